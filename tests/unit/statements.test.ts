// Boards of gifts, by example: what is reversed is taken back where it counted, and what is too old makes no board.
import { expect, it } from 'vitest';
import { derivedId } from '../../processors/runtime/origin.ts';
import { initialState } from '../../processors/statements/domain.ts';
import { statements } from '../../processors/statements/processor.ts';
import type { LedgerEntry } from '../../schemas/generated.ts';

const dayMs = 86_400_000;
const sunday = Date.UTC(2026, 10, 1, 12);

class Boards {
  readonly boards = new Map<string, number>();
  #memo: unknown = null;
  #offset = 0;

  take(time: number, more: Partial<LedgerEntry>): this {
    const offset = this.#offset++;
    const eventId = derivedId('ledger/payment_transactions/0', offset, 0, time);
    const gift = { outcome: 'accepted', kind: 'gift', stream: 'gifts', asset: 'COIN', amount: 10, accountId: 'ann' };
    const about = { counterpartyId: 'zoe', postings: '[]', balances: '[]', originalAt: null };
    const event = { ...gift, ...about, eventId, ...more } as LedgerEntry;
    const at = { topic: 'ledger_entries', partition: 0, offset, now: time } as const;
    const record = { offset, time, key: 'ann', id: eventId, value: null };
    const state = statements.evolve(initialState(), event, at, { record, memo: () => this.#memo });
    for (const write of statements.writes(state, event, at, initialState())) {
      if (write.kind === 'memo') this.#memo = write.value;
      if (write.kind === 'drop') this.boards.delete(write.board);
      if (write.kind === 'increment') this.boards.set(write.board, (this.boards.get(write.board) ?? 0) + write.by);
    }
    return this;
  }
}

it('take back what is reversed where it counted', () => {
  const { boards } = new Boards()
    .take(sunday, {})
    .take(sunday + 2 * dayMs, { kind: 'reversal', amount: 4, originalAt: sunday });
  expect(Object.fromEntries([...boards].filter(([name]) => name.startsWith('sent')))).toEqual({
    'sent:day:2026-11-01': 6,
    'sent:week:2026-W44': 6,
    'sent:all:all': 6,
  });
});

it('of a day that is gone do not come back for an old gift, nor for its reversal', () => {
  const given = new Boards();
  for (let day = 0; day < 9; day++) given.take(sunday + day * dayMs, {});
  given.take(sunday - 100 * dayMs, {}).take(sunday + 9 * dayMs, { kind: 'reversal', amount: 10, originalAt: sunday });
  const days = [...given.boards.keys()].filter((name) => name.startsWith('received:day:')).sort();
  expect([days.length, days[0], days.at(-1)]).toEqual([8, 'received:day:2026-11-02', 'received:day:2026-11-09']);
  expect(given.boards.get('received:all:all')).toBe(90);
});
