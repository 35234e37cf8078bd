// The runner's owner over ports in memory: redelivery, faults between any two effects, fencing, dead letters, builds.
import { describe, expect, it } from 'vitest';
import { Unreadable } from '../../infra/avro.ts';
import { history } from '../../processors/history/processor.ts';
import { Halted, Lost, Owner } from '../../processors/runtime/owner.ts';
import type { InputRecord } from '../../processors/runtime/ports.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import { decodeJson, MemoryWorld, record } from '../memory-ports.ts';

const processor = history as unknown as Processor;
const at = { partition: 0, build: 1 };

const view = (n: number, more: Record<string, unknown> = {}) => ({
  eventId: `event-${n}`,
  occurredAt: 1_000 + n,
  actorId: 'ana',
  correlationId: 'test',
  source: 'api',
  ruleSet: 0,
  origin: null,
  userId: n % 3 === 0 ? 'ben' : 'ana',
  action: 'view',
  videoId: `video-${n % 4}`,
  watchDurationMs: 1_000 * n,
  ...more,
});
const log = (count: number): InputRecord[] => Array.from({ length: count }, (_, i) => record(i, view(i)));

const owner = (world: MemoryWorld, decode = decodeJson) => Owner.acquire(processor, at, world.ports(decode));

/** Folds until the end with whatever faults the world has, acquiring again after each as the slot does. */
async function foldAll(world: MemoryWorld, records: readonly InputRecord[], size: number): Promise<void> {
  let current = await owner(world);
  while (current.offset < records.length) {
    try {
      await current.fold(records.slice(current.offset, current.offset + size));
    } catch (error) {
      if (error instanceof Halted) throw error;
      current = await owner(world);
    }
  }
}

function projections(world: MemoryWorld) {
  const { states, fields, scores, offset, ids } = world.kept;
  return {
    states,
    fields,
    scores,
    offset,
    ids,
    rows: world.rows,
    effects: world
      .effective()
      .map(({ outgoing }) => `${outgoing.origin} ${outgoing.value}`)
      .sort(),
  };
}

async function folded(records: readonly InputRecord[], size: number) {
  const world = new MemoryWorld();
  await foldAll(world, records, size);
  return projections(world);
}

describe('an owner', () => {
  it('makes the same projections whatever the batch size', async () => {
    expect(await folded(log(20), 1)).toEqual(await folded(log(20), 7));
  });

  it('counts a repeated event id once', async () => {
    const records = log(6);
    const repeated = [...records, ...records].map((r, offset) => ({ ...r, offset }));
    const once = await folded(records, 4);
    const twice = await folded(repeated, 4);
    expect(twice.states).toEqual(once.states);
    expect(twice.rows).toEqual(once.rows);
    expect(twice.effects).toEqual(once.effects);
  });

  it('counts an id again after a day', async () => {
    const [first] = log(1) as [InputRecord];
    const later = { ...first, offset: 1, time: first.time + 86_400_000 };
    const { states } = await folded([first, later], 1);
    expect(JSON.parse(states.get('ben') ?? '{}').events).toBe(2);
  });

  it('folds a derived or imported record once by its watermark, even when its id is new', async () => {
    const origins = ['import/log/0/0', 'import/log/0/1', 'import/log/0/0', 'import/log/1/0', 'import/log/0/1'];
    const records = origins.map((origin, i) => record(i, view(1, { eventId: `import-${i}` }), { origin }));
    const { states } = await folded(records, 2);
    expect(JSON.parse(states.get('ana') ?? '{}').events).toBe(3);
  });

  it.each(['read', 'rows', 'send', 'commit', 'commit-after'] as const)(
    'loses and doubles nothing when %s fails',
    async (step) => {
      const world = new MemoryWorld();
      const current = await owner(world);
      await current.fold(log(3));
      world.failures.set(step, new Error('timed out'));
      await foldAll(world, log(20), 5);
      expect(projections(world)).toEqual(await folded(log(20), 5));
    },
  );

  it('is refused once a newer claim holds the partition', async () => {
    const world = new MemoryWorld();
    const zombie = await owner(world);
    const next = await owner(world);
    await expect(zombie.fold(log(2))).rejects.toThrow(Lost);
    await next.fold(log(2));
    expect(world.kept.offset).toBe(2);
  });

  it('is refused at the commit if it lost the partition after its reads', async () => {
    const world = new MemoryWorld();
    const zombie = await owner(world);
    world.before.set('commit', () => {
      world.before.clear();
      world.kept.token = 99;
    });
    await expect(zombie.fold(log(2))).rejects.toThrow(Lost);
    expect(world.kept.offset).toBe(0);
  });

  it('refuses an old token even at the right offset', async () => {
    const world = new MemoryWorld();
    await owner(world);
    const states = world.ports(decodeJson).states;
    expect(await states.acquire(0, 0, 1)).toBe('refused');
    expect(await states.read(0, { token: -1, offset: 0 }, { keys: ['ana'], withIds: false })).toBe('lost');
  });

  it('goes on under the same claim after a dependency failed', async () => {
    const world = new MemoryWorld();
    const interrupted = await owner(world);
    world.failures.set('rows', new Error('timed out'));
    await expect(interrupted.fold(log(3))).rejects.toThrow('timed out');
    await (await interrupted.resume()).fold(log(3));
    expect(projections(world)).toEqual(await folded(log(3), 3));
    expect(world.control).toHaveLength(1);
  });

  it('keeps the last 10,000 ids of a key, however its log is cut into batches', async () => {
    const records = [...Array(10_001).keys(), 0, 1].map((n, offset) => record(offset, view(3 * n)));
    const events = async (size: number) => JSON.parse((await folded(records, size)).states.get('ben') ?? '{}').events;
    expect(await events(997)).toBe(await events(2_000));
  });

  it('stands back behind a newer build', async () => {
    const world = new MemoryWorld();
    world.claim(2);
    await expect(owner(world)).rejects.toThrow(/build 1 stands back/);
  });
});

describe('poison', () => {
  const bad = (n: number) => record(n, view(n), { value: Buffer.from('not json') });
  const poisoned = () => log(5).map((r) => (r.offset === 2 ? bad(2) : r));
  const decode = (value: Buffer | null) => {
    if (String(value) === 'not json') throw new Unreadable('broken');
    return decodeJson(value);
  };

  it('is dead-lettered with its bytes and its cause, and the rest goes on', async () => {
    const world = new MemoryWorld();
    await (await owner(world, decode)).fold(poisoned());
    expect(world.kept.offset).toBe(5);
    const letters = world.control.filter((entry) => entry.kind === 'dead_letter');
    expect(letters).toHaveLength(1);
    expect(letters[0]?.letter.record.value).toEqual(Buffer.from('not json'));
    expect(letters[0]?.letter.cause).toContain('broken');
    expect(world.kept.skips).toEqual(new Map([[2, 'event-2']]));
  });

  it('is skipped by a later owner that could fold it', async () => {
    const world = new MemoryWorld();
    await (await owner(world, decode)).fold(poisoned());
    const rebuilt = new MemoryWorld();
    rebuilt.control.push(...world.control);
    await (await owner(rebuilt)).fold(log(5));
    expect(rebuilt.kept.states).toEqual(world.kept.states);
  });

  it('stays unskipped when a newer claim precedes the dead letter', async () => {
    const world = new MemoryWorld();
    const old = await owner(world, decode);
    world.before.set('deadLetter', () => void world.claim(1));
    await expect(old.fold(poisoned())).rejects.toThrow(Lost);
    expect(world.claim(1).skips.size).toBe(0);
  });

  it('stops the partition if another build has already folded it', async () => {
    const world = new MemoryWorld();
    const derived = world.ports(decode).derived;
    await derived.send(
      new Map([
        [
          'video_engagement',
          new Map([[0, [{ key: 'v', value: Buffer.alloc(0), id: 'x', origin: 'history/user_activity/0/2/0' }]]]),
        ],
      ]),
    );
    await expect((await owner(world, decode)).fold(poisoned())).rejects.toThrow(/folded by another build/);
  });

  it('stops the partition after twenty in a row', async () => {
    const world = new MemoryWorld();
    await expect((await owner(world, decode)).fold(Array.from({ length: 30 }, (_, i) => bad(i)))).rejects.toThrow(
      Halted,
    );
    expect(world.kept.offset).toBe(20);
  });

  it('is one whose origin cannot be read, or which is dated ahead of the log', async () => {
    const world = new MemoryWorld();
    const strange = record(0, view(0), { origin: 'no origin' });
    const ahead = record(1, view(1, { occurredAt: 1_000_001 + 300_001 }));
    await (await owner(world)).fold([strange, ahead, record(2, view(2))]);
    expect(world.kept.offset).toBe(3);
    expect(world.kept.skips).toEqual(
      new Map([
        [0, 'event-0'],
        [1, 'event-1'],
      ]),
    );
    expect(world.kept.watermarks.size).toBe(0);
  });

  it('stops the partition again for the next owner, but not where good records lie between', async () => {
    const world = new MemoryWorld();
    const all = Array.from({ length: 30 }, (_, i) => bad(i));
    await expect((await owner(world, decode)).fold(all)).rejects.toThrow(Halted);
    await expect((await owner(world, decode)).fold(all.slice(20))).rejects.toThrow(Halted);
    expect(world.kept.offset).toBe(20);
    const mixed = Array.from({ length: 60 }, (_, i) => (i % 2 ? record(i, view(i)) : bad(i)));
    const other = new MemoryWorld();
    await (await owner(other, decode)).fold(mixed);
    expect(other.kept.offset).toBe(60);
  });

  it('is one whose derived event cannot be encoded or published, or whose row no store would take', async () => {
    const world = new MemoryWorld();
    const ports = world.ports(decodeJson);
    const encode: typeof ports.derived.encode = (topic, event) => {
      const { videoId } = event as { videoId: string };
      if (videoId === 'odd') throw new TypeError('invalid "string": null');
      return videoId === 'large' ? Buffer.alloc(1_000_001) : ports.derived.encode(topic, event);
    };
    const records = [
      record(0, view(0)),
      record(1, view(1, { videoId: 'odd' })),
      record(2, view(2, { videoId: 'large' })),
      record(3, view(3, { userId: 'u'.repeat(70_000) }), { key: 'u' }),
      record(4, view(4)),
    ];
    await (await Owner.acquire(processor, at, { ...ports, derived: { ...ports.derived, encode } })).fold(records);
    expect([...world.kept.skips.keys()]).toEqual([1, 2, 3]);
    expect([...world.kept.states.keys()]).toEqual(['ben', 'ana']);
    expect(world.sent).toHaveLength(2);
  });

  it('stops payment_transactions, which skips nothing', async () => {
    const world = new MemoryWorld();
    const payments = { ...processor, input: 'payment_transactions' } as Processor;
    const paying = await Owner.acquire(payments, at, world.ports(decode));
    await expect(paying.fold(poisoned())).rejects.toThrow(Halted);
    expect(world.kept.offset).toBe(2);
    expect(world.control.filter(({ kind }) => kind === 'dead_letter')).toHaveLength(0);
  });

  it('is folded when redriven, once, and by its own processor alone', async () => {
    const world = new MemoryWorld();
    await (await owner(world, decode)).fold(poisoned());
    const redriven = [5, 6].map((offset) => record(offset, view(2), { redrive: 'history/2' }));
    const foreign = record(7, view(2), { redrive: 'trending/2' });
    await (await owner(world)).fold([...redriven, foreign]);
    expect(JSON.parse(world.kept.states.get('ana') ?? '{}').events).toBe(3);
    expect(world.kept.skips.size).toBe(0);
  });

  it('is never an action newer than this build: that waits', async () => {
    const world = new MemoryWorld();
    const records = [record(0, view(0, { action: 'unknown' }))];
    await expect((await owner(world)).fold(records)).rejects.toThrow(/older than the event/);
    expect(world.control.filter(({ kind }) => kind === 'dead_letter')).toHaveLength(0);
  });
});
