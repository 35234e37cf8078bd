// One assigned partition: what it does with fetched records, faults of its dependencies, and a log that was truncated.
import { expect, it } from 'vitest';
import { createLog } from '../../infra/log.ts';
import { history } from '../../processors/history/processor.ts';
import type { InputRecord } from '../../processors/runtime/ports.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import { Slot } from '../../processors/runtime/slot.ts';
import { decodeJson, MemoryWorld, record } from '../memory-ports.ts';

const event = (n: number) => ({
  eventId: `event-${n}`,
  occurredAt: 1_000,
  actorId: 'ana',
  correlationId: 'test',
  source: 'api',
  ruleSet: 0,
  origin: null,
  userId: 'ana',
  action: 'view',
  videoId: `video-${n}`,
  watchDurationMs: 1_000,
});
const log: InputRecord[] = Array.from({ length: 6 }, (_, i) => record(i, event(i)));
const goOn = async () => true;

/** A slot that has acquired its partition, and where it asked to be fetched from. */
async function acquired(world: MemoryWorld, end = log.length) {
  const resumedAt: number[] = [];
  const slot = new Slot({
    processor: history as unknown as Processor,
    partition: 0,
    build: 1,
    ports: world.ports(decodeJson),
    fetching: { pause: () => {}, resumeAt: (_, offset) => void resumedAt.push(offset), endOffset: async () => end },
    log: createLog('test', 'silent'),
    metrics: { folded: () => {}, lost: () => {}, stalled: () => {} },
  });
  slot.start();
  await expect.poll(() => slot.status.state).not.toBe('acquiring');
  return { slot, resumedAt };
}

it('folds from the start, and after a restart from the record before, which counts as done', async () => {
  const world = new MemoryWorld();
  const first = await acquired(world);
  expect(first.resumedAt).toEqual([0]);
  expect(await first.slot.fold(log.slice(0, 3), goOn)).toBe(3);
  const { slot, resumedAt } = await acquired(world);
  expect(resumedAt).toEqual([2]);
  expect(await slot.fold(log.slice(2, 3), goOn)).toBe(3);
  expect(await slot.fold(log.slice(3), goOn)).toBe(6);
});

it('halts when the log holds another record than was folded', async () => {
  const world = new MemoryWorld();
  await (await acquired(world)).slot.fold(log.slice(0, 3), goOn);
  const { slot } = await acquired(world);
  expect(await slot.fold([record(2, { ...event(2), eventId: 'another' })], goOn)).toBeNull();
  expect(slot.status).toMatchObject({ state: 'halted', why: expect.stringContaining('another record at 2') });
  slot.end();
});

it('halts when the log ends before what was folded', async () => {
  const world = new MemoryWorld();
  await (await acquired(world)).slot.fold(log, goOn);
  const { slot } = await acquired(world, 4);
  expect(slot.status).toMatchObject({ state: 'halted', why: expect.stringContaining('truncated') });
  slot.end();
});

it('waits for a dependency, then goes on under the same claim', async () => {
  const world = new MemoryWorld();
  const { slot, resumedAt } = await acquired(world);
  world.failures.set('rows', new Error('Cassandra is away'));
  expect(await slot.fold(log, goOn)).toBeNull();
  expect(slot.status).toMatchObject({ state: 'waiting', why: 'Cassandra is away' });
  await expect.poll(() => slot.status.state).toBe('ready');
  expect(await slot.fold(log, goOn)).toBe(6);
  expect(resumedAt).toEqual([0, 0]);
  expect(world.control).toHaveLength(1);
});

it('notices between records that the state store has lost everything, and folds it anew', async () => {
  const world = new MemoryWorld();
  const { slot, resumedAt } = await acquired(world);
  await slot.fold(log, goOn);
  await slot.check();
  expect(slot.status.state).toBe('ready');
  world.loseStates();
  await slot.check();
  expect(slot.status.state).toBe('waiting');
  await expect.poll(() => slot.status.state).toBe('ready');
  expect(resumedAt).toEqual([0, 0]);
  expect(await slot.fold(log, goOn)).toBe(6);
  slot.end();
});
