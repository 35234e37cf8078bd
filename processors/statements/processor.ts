// ledger_entries → statements and revenue by hour in Cassandra, boards of gifts in Redis.
import { revenueRow, statementRow } from '../../projections/statements.ts';
import type { LedgerEntry } from '../../schemas/generated.ts';
import type { Processor, Write } from '../runtime/processor.ts';
import { countingMemo, evolve, initialState, type Statement, type Told } from './domain.ts';
import { boardName, type Side } from './domain-boards.ts';

export const statements: Processor<Statement, LedgerEntry> = {
  name: 'statements',
  input: 'ledger_entries',
  control: 'statements_control',
  rules: 1,
  emitsTo: [],
  firstHop: false,
  pushesStates: false,
  initialState,
  evolve,
  memos: () => [countingMemo],
  keeps: ({ told: _, ...kept }) => kept,
  writes: (state, event, at) => [
    statementRow(state, event),
    ...(state.told ? [...revenueRow(state.told, at), ...boardWrites(state.told)] : []),
  ],
  emits: () => [],
  tagOf: (event) => event.outcome,
  // Requests are answered from the ledger itself: lines may come together, a moment later.
  lingerMs: 100,
};

function boardWrites({ counting, board, dropped }: Told): Write[] {
  if (!counting) return [];
  const writes: Write[] = [{ kind: 'memo', key: countingMemo, value: counting, until: null }];
  for (const old of dropped)
    for (const side of ['received', 'sent']) writes.push({ kind: 'drop', board: `${side}:${old}` });
  if (!board) return writes;
  const count = (side: Side, member: string) => {
    for (const period of board.periods)
      writes.push({ kind: 'increment', board: boardName(side, period), member, by: board.coins });
  };
  count('sent', board.sender);
  if (board.receiver !== null) count('received', board.receiver);
  return writes;
}
