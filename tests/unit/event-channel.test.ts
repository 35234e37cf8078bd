// An event channel whose subscriber claims to have seen what is not there: another log's place, or a store that lost its last second.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Message } from '../../api/ws/delivery.ts';
import { EventChannel } from '../../api/ws/event-channel.ts';
import { Gate } from '../../api/ws/gate.ts';
import { isAfter, type Sequence } from '../../api/ws/sequence.ts';
import { aheadMsMax } from '../../api/ws/subscription.ts';

const at = (offset: number): Sequence => ({ generation: 1, offset, index: 0 });
const channel = 'c';

let events: number[];
let changed: () => void;
let messages: Message[];
const source = {
  kind: 'events' as const,
  read: async (after: Sequence | null) => ({
    latest: at(events.at(-1) ?? -1),
    events: events
      .map((offset) => ({ sequence: at(offset), data: { offset } }))
      .filter(({ sequence }) => after !== null && isAfter(sequence, after)),
    state: { whole: events.length },
  }),
  changes: (listener: () => void) => {
    changed = listener;
    return () => {};
  },
};
const to = {
  send: (message: Message | Buffer) => void messages.push(message as Message),
  offer: (_: unknown, make: () => Message | Buffer | null) => void messages.push(make() as Message),
};

beforeEach(() => {
  vi.useFakeTimers();
  events = [1, 2];
  messages = [];
});
afterEach(() => void vi.useRealTimers());

async function resumedAfter(offset: number): Promise<EventChannel> {
  const open = new EventChannel(channel, source, new Gate(1));
  await open.join({ channel, to, after: at(offset), id: undefined, isWanted: () => true });
  expect(messages.splice(0)).toEqual([{ type: 'subscribed', channel, sequence: `1:${offset}:0`, resumed: true }]);
  return open;
}

async function append(offset: number): Promise<void> {
  events.push(offset);
  changed();
  await vi.advanceTimersByTimeAsync(1_000);
}

it('waits for what the log brings again, and goes on after it', async () => {
  const open = await resumedAfter(3);
  await append(3);
  await append(4);
  await vi.advanceTimersByTimeAsync(aheadMsMax);
  const [state, event] = messages;
  expect([state?.type, messages.map(({ type }) => type).includes('gap')]).toEqual(['state', false]);
  expect(event).toMatchObject({ type: 'event', sequence: '1:4:0', previous: '1:3:0' });
  open.close();
});

it('names the gap where that does not come, and goes on from where it really is', async () => {
  const open = await resumedAfter(900);
  await append(3);
  expect(messages).toEqual([]);
  await vi.advanceTimersByTimeAsync(aheadMsMax);
  const gap = { type: 'gap', channel, from: '1:900:0', to: '1:3:0', reason: 'unknown_sequence' };
  expect(messages.splice(0)).toEqual([{ ...gap, snapshot: { whole: 3 } }]);
  await append(4);
  expect(messages[0]).toMatchObject({ type: 'event', sequence: '1:4:0', previous: '1:3:0' });
  open.close();
});
