// Payouts in batches: a provider takes a batch once, so nothing of it may be left behind.
import { describe, expect, it } from 'vitest';
import { createLog } from '../../infra/log.ts';
import type { PayoutBatchOrder } from '../../infra/providers/provider.ts';
import type { Batch, Batches } from '../../processors/effects/batches.ts';
import type { OpenIntent } from '../../processors/effects/intent-book.ts';
import { Payouts } from '../../processors/effects/payouts.ts';

const now = 1_000_000;
const open = (intentId: string, over: Partial<OpenIntent> = {}): OpenIntent => ({
  intent: {
    kind: 'payout',
    intentId,
    subjectId: `of-${intentId}`,
    userId: `of-${intentId}`,
    provider: 'paypal',
    amount: 1_000,
    personal: Buffer.from(intentId),
  } as never,
  partition: 0,
  offset: 0,
  appendedAt: now - 10_000,
  mayBeRepeat: false,
  state: 'waiting',
  tries: 0,
  notBefore: 0,
  ...over,
});

/** A provider that takes a batch once, and batches that are composed in memory. */
function given(destinations: Record<string, string | 'erased'> = {}) {
  const sent: PayoutBatchOrder[] = [];
  const batches = new Map<string, Batch>();
  const provider = {
    name: 'paypal',
    payoutsTogetherMax: 500,
    isDestination: (text: string) => text.includes('@'),
    payout: async (order: PayoutBatchOrder) => {
      sent.push(order);
      const outcomes = order.items.map(({ intentId }) => ({
        intentId,
        status: 'settled' as const,
        referenceId: 'x',
        reason: null,
      }));
      return { batchRef: null, outcomes };
    },
  };
  const compose = async (_: string, ids: readonly string[]) => {
    for (const id of ids) batches.set(id, { batchId: 'b1', composedAt: now });
  };
  const payouts = new Payouts({
    batches: { of: (id: string) => batches.get(id) ?? null, compose } as unknown as Batches,
    provider: () => provider as never,
    decrypt: async (_, personal) => {
      const destination = destinations[personal.toString()] ?? 'somebody@x.test';
      return destination === 'erased' ? 'erased' : { destination };
    },
    log: createLog('test', 'silent'),
    now: () => now,
    batchMs: 1,
    pollMs: 1,
  });
  return { payouts, sent };
}
const isFree = ({ state, notBefore }: OpenIntent) => state === 'waiting' && notBefore <= 0;
const ids = (groups: OpenIntent[][]) => groups.map((group) => group.map(({ intent }) => intent.intentId));

describe('a batch of payouts', () => {
  it('goes whole: what one of them waits for, all wait for', async () => {
    const { payouts } = given();
    const [a, b] = [open('a'), open('b', { mayBeRepeat: true })];
    expect(ids(payouts.groups([a, b], now, isFree))).toEqual([['a', 'b']]);
    await payouts.act([a, b]);
    b.notBefore = 1;
    expect(ids(payouts.groups([a, b], now, isFree))).toEqual([]);
    Object.assign(b, { notBefore: 0, state: 'acting' });
    expect(ids(payouts.groups([a, b], now, isFree))).toEqual([]);
    b.state = 'waiting';
    expect(ids(payouts.groups([a, b], now, isFree))).toEqual([['a', 'b']]);
  });

  it('is composed of those that are free', () => {
    const { payouts } = given();
    expect(ids(payouts.groups([open('a'), open('b', { notBefore: 1 })], now, isFree))).toEqual([['a']]);
  });

  it('is not refused because of one whose destination is none', async () => {
    const { payouts, sent } = given({ b: 'nonsense', c: 'erased' });
    const group = [open('a'), open('b'), open('c')];
    await payouts.act(group);
    const told = await payouts.act(group);
    expect(sent.map(({ items }) => items.map(({ intentId }) => intentId))).toEqual([['a']]);
    expect(told.map(({ outcome }) => outcome.event)).toMatchObject([
      { type: 'payout_settled' },
      { type: 'payout_failed', reason: 'invalid_destination' },
      { type: 'payout_failed', reason: 'destination_erased' },
    ]);
  });

  it('is left to an operator where it may have been sent and nobody knows to whom any more', async () => {
    const { payouts, sent } = given({ a: 'erased' });
    const group = [open('a', { appendedAt: now - 61_000 })];
    await payouts.act(group);
    expect(await payouts.act(group)).toEqual([]);
    expect(sent).toEqual([]);
  });
});
