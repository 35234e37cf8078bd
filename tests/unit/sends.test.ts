// Sends of derived events: within the broker's limits, in order, and put together only while they stay so.
import { expect, it } from 'vitest';
import type { Outgoing } from '../../processors/runtime/ports.ts';
import { lastOffsets, type Send, sendsOf, togetherOf } from '../../processors/runtime/sends.ts';
import type { TopicName } from '../../schemas/topics.ts';

const event = (i: number, bytes: number): Outgoing => ({
  key: 'ana',
  value: Buffer.alloc(bytes),
  id: `id-${i}`,
  origin: `ledger/payment_transactions/0/${i}/0`,
});
const events = (count: number, bytes: number) => Array.from({ length: count }, (_, i) => event(i, bytes));
const batches = (of: readonly Outgoing[], partition = 0, topic: TopicName = 'ledger_entries') =>
  new Map([[topic, new Map([[partition, of]])]]);
const messagesOf = ({ runs }: Send) => runs.flatMap(({ outgoing }) => outgoing);
const bytesOf = (send: Send) => messagesOf(send).reduce((sum, { value }) => sum + value.length, 0);

it('keeps what one partition gets in a send below what a broker takes as one batch, in order', () => {
  const given = events(3_000, 1_000);
  const sends = [...sendsOf(batches(given))];
  expect(sends.flatMap(messagesOf).map(({ id }) => id)).toEqual(given.map(({ id }) => id));
  for (const send of sends) expect(bytesOf(send)).toBeLessThan(1_000_000);
  expect(sends.length).toBeLessThan(6);
});

it('carries few messages in a send, and one that is as large as may be alone', () => {
  expect([...sendsOf(batches(events(2_001, 1)))].map((send) => messagesOf(send).length)).toEqual([2_000, 1]);
  expect([...sendsOf(batches(events(2, 1_000_000)))].map((send) => messagesOf(send).length)).toEqual([1, 1]);
});

it('puts sends together while no partition gets too much', () => {
  const [small] = sendsOf(batches(events(10, 100)));
  const [large] = sendsOf(batches(events(1, 899_000)));
  const [elsewhere] = sendsOf(batches(events(1, 899_000), 1));
  if (!small || !large || !elsewhere) throw new Error('no sends');
  expect(togetherOf([small, small, elsewhere])).toBe(3);
  expect(togetherOf([small, large, elsewhere])).toBe(1);
  expect(togetherOf([large, elsewhere])).toBe(2);
  expect(togetherOf([])).toBe(0);
});

it('tells each sender the last offset of its own messages', () => {
  const [first] = sendsOf(batches(events(3, 1)));
  const [second] = sendsOf(new Map([...batches(events(2, 1)), ...batches(events(1, 1), 5, 'payment_transactions')]));
  const next = new Map([
    ['ledger_entries:0', 40],
    ['payment_transactions:5', 7],
  ]);
  if (!first || !second) throw new Error('no sends');
  expect([...lastOffsets(first, next)]).toEqual([['ledger_entries:0', 42]]);
  expect([...lastOffsets(second, next)]).toEqual([
    ['ledger_entries:0', 44],
    ['payment_transactions:5', 7],
  ]);
  expect(() => lastOffsets(first, new Map())).toThrow('ledger_entries:0');
});
