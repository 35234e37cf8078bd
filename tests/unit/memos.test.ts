// Memos: read before the event that concerns them, written in its commit, forgotten by the log's time and no other.
import { describe, expect, it } from 'vitest';
import { Owner } from '../../processors/runtime/owner.ts';
import type { InputRecord } from '../../processors/runtime/ports.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import { decodeJson, MemoryWorld, record } from '../memory-ports.ts';

type Asked = { readonly eventId: string; readonly userId: string; readonly request: string };
/** How often each request came, by its memo; and the events of the partition, by another. */
type Seen = { readonly answers: readonly string[]; readonly inPartition: number; readonly scratch: string };

const keptMs = 100;
const requestOf = (event: Asked) => `request:${event.request}`;

const processor: Processor<Seen, Asked> = {
  name: 'asking',
  input: 'user_activity',
  control: 'history_control',
  rules: 1,
  emitsTo: [],
  firstHop: false,
  pushesStates: false,
  initialState: () => ({ answers: [], inPartition: 0, scratch: '' }),
  memos: (event) => ['partition', requestOf(event)],
  evolve: (seen, event, { now }, { memo, record: { key } }) => {
    const known = memo(requestOf(event)) as { first: string; at: number } | null;
    const isKnown = known !== null && now - known.at < keptMs;
    return {
      answers: [...seen.answers, isKnown ? `again, as ${known.first}` : event.eventId],
      inPartition: Number(memo('partition') ?? 0) + 1,
      scratch: key,
    };
  },
  keeps: ({ answers, inPartition }) => ({ answers, inPartition }),
  writes: ({ answers, inPartition }, event, { now }) => [
    { kind: 'memo', key: 'partition', value: inPartition, until: null },
    ...(answers.at(-1) === event.eventId
      ? [
          {
            kind: 'memo' as const,
            key: requestOf(event),
            value: { first: event.eventId, at: now },
            until: now + keptMs,
          },
        ]
      : []),
  ],
  emits: () => [],
  tagOf: () => 'asked',
};

const asked = (offset: number, request: string, more: Partial<InputRecord> = {}) =>
  record(offset, { eventId: `event-${offset}`, userId: offset % 2 ? 'ana' : 'ben', request }, more);

const at = { partition: 0, build: 1 };
const table = processor as unknown as Processor;
const answersIn = (world: MemoryWorld, user: string) => JSON.parse(world.kept.states.get(user) ?? 'null')?.answers;

describe('memos', () => {
  it.each([1, 2, 5])(
    'are seen by later events of other keys, in batches of %i, and after another owner',
    async (size) => {
      const world = new MemoryWorld();
      const records = ['a', 'b', 'a', 'b', 'a'].map((request, offset) => asked(offset, request));
      for (let offset = 0; offset < records.length; offset += size) {
        const owner = await Owner.acquire(table, at, world.ports(decodeJson));
        await owner.fold(records.slice(offset, offset + size));
      }
      expect(answersIn(world, 'ben')).toEqual(['event-0', 'again, as event-0', 'again, as event-0']);
      expect(answersIn(world, 'ana')).toEqual(['event-1', 'again, as event-1']);
      expect(world.kept.memos.get('partition')).toBe('5');
    },
  );

  it('are forgotten by the time of the log, and until then count for one owner as for the next', async () => {
    const world = new MemoryWorld();
    const owner = await Owner.acquire(table, at, world.ports(decodeJson));
    await owner.fold([asked(0, 'a', { time: 1_000 })]);
    await owner.fold([asked(1, 'a', { time: 1_000 + keptMs - 1 })]);
    expect(world.kept.memos.has('request:a')).toBe(true);
    await owner.fold([asked(2, 'a', { time: 1_000 + keptMs })]);
    expect(answersIn(world, 'ben')).toEqual(['event-0', 'event-2']);
    expect(answersIn(world, 'ana')).toEqual(['again, as event-0']);
    await owner.fold([asked(3, 'b', { time: 1_000 + 3 * keptMs })]);
    expect([...world.kept.memos.keys()].sort()).toEqual(['partition', 'request:b']);
  });

  it('are not written by a batch that is lost, and folded anew by the next owner', async () => {
    const world = new MemoryWorld();
    const first = await Owner.acquire(table, at, world.ports(decodeJson));
    world.failures.set('commit', new Error('the store is away'));
    await expect(first.fold([asked(0, 'a')])).rejects.toThrow('away');
    expect(world.kept.memos.size).toBe(0);
    const second = await Owner.acquire(table, at, world.ports(decodeJson));
    await second.fold([asked(0, 'a'), asked(1, 'a')]);
    expect(answersIn(world, 'ana')).toEqual(['again, as event-0']);
  });

  it('that the processor does not name for an event are nobody’s to look at', async () => {
    const world = new MemoryWorld();
    const careless = {
      ...processor,
      evolve: (seen: Seen, _e: Asked, _at: unknown, { memo }: { memo(key: string): unknown }) => ({
        ...seen,
        scratch: String(memo('other')),
      }),
    };
    const owner = await Owner.acquire(careless as unknown as Processor, at, world.ports(decodeJson));
    await owner.fold([asked(0, 'a')]);
    expect(world.control.at(-1)).toMatchObject({
      kind: 'dead_letter',
      letter: { cause: expect.stringContaining('other') },
    });
  });

  it('leave out of the kept state what only its own event’s writes need', async () => {
    const world = new MemoryWorld();
    await (await Owner.acquire(table, at, world.ports(decodeJson))).fold([asked(0, 'a')]);
    expect(JSON.parse(world.kept.states.get('ben') ?? '')).toEqual({ answers: ['event-0'], inPartition: 1 });
  });
});
