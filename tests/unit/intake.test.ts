// What waits to be folded: added at once, folded in order, batches that continue each other together, and nothing across a gap or a fault.
import { expect, it } from 'vitest';
import { type Folding, Intake } from '../../processors/runtime/intake.ts';
import type { InputRecord } from '../../processors/runtime/ports.ts';
import { recordsPerCommit } from '../../processors/runtime/slot.ts';
import { Turns } from '../../processors/runtime/turns.ts';
import { record } from '../memory-ports.ts';

const records = (from: number, to: number): InputRecord[] =>
  Array.from({ length: to - from }, (_, i) => record(from + i, { eventId: `event-${from + i}` }));

/** A slot whose folds end when they are told to; offsets of each fold are kept. */
function given() {
  const folds: number[][] = [];
  const open: { end: (isWell: boolean) => Promise<void> }[] = [];
  const status = { state: 'ready' as 'ready' | 'waiting', why: null };
  let goesOn = true;
  const slot: Folding = {
    get status() {
      return status;
    },
    fold: (batch, between) => {
      folds.push(batch.map(({ offset }) => offset));
      return new Promise((resolve) => {
        const end = async (isWell: boolean) => {
          status.state = isWell ? 'ready' : 'waiting';
          if (isWell) await between();
          resolve(isWell ? Number(batch.at(-1)?.offset) + 1 : null);
          await new Promise(setImmediate);
        };
        open.push({ end });
      });
    },
  };
  const intake = new Intake(slot, () => goesOn, new Turns(1));
  const end = async (isWell = true) => open.shift()?.end(isWell);
  const stop = () => {
    goesOn = false;
  };
  return { intake, folds, end, stop, status };
}

it('folds what comes first at once, and what came meanwhile together', async () => {
  const { intake, folds, end } = given();
  for (const [from, to] of [
    [0, 2],
    [2, 3],
    [3, 6],
  ] as const)
    intake.add(records(from, to));
  expect(folds).toEqual([[0, 1]]);
  await end();
  expect(folds).toEqual([
    [0, 1],
    [2, 3, 4, 5],
  ]);
  await end();
  intake.add(records(6, 7));
  expect(folds.at(-1)).toEqual([6]);
});

it('leaves it to the slot to see a gap or a repeat: such batches are folded apart', async () => {
  const { intake, folds, end } = given();
  for (const [from, to] of [
    [0, 1],
    [1, 2],
    [4, 5],
    [0, 2],
  ] as const)
    intake.add(records(from, to));
  for (let i = 0; i < 4; i++) await end();
  expect(folds).toEqual([[0], [1], [4], [0, 1]]);
});

it('drops what waits after a fault, and goes on with what is fetched then', async () => {
  const { intake, folds, end, status } = given();
  intake.add(records(0, 2));
  intake.add(records(2, 4));
  await end(false);
  await intake.idle();
  status.state = 'ready';
  intake.add(records(0, 4));
  expect(folds).toEqual([
    [0, 1],
    [0, 1, 2, 3],
  ]);
});

it('drops what waits once the group stops', async () => {
  const { intake, folds, end, stop } = given();
  intake.add(records(0, 2));
  intake.add(records(2, 4));
  stop();
  await end();
  await intake.idle();
  expect(folds).toEqual([[0, 1]]);
});

it('is full with a commit’s records or two MiB waiting, and tells of progress', async () => {
  const { intake, folds, end } = given();
  intake.add(records(0, 1));
  intake.add(records(1, recordsPerCommit));
  expect(intake.isFull).toBe(false);
  intake.add(records(recordsPerCommit, recordsPerCommit + 1));
  expect(intake.isFull).toBe(true);
  const progress = intake.progress();
  await end();
  await progress;
  expect(intake.isFull).toBe(false);
  expect(folds.at(-1)).toHaveLength(recordsPerCommit);
  await end();
  await intake.idle();
  intake.add(records(0, 1));
  intake.add([{ ...(records(1, 2)[0] as InputRecord), value: Buffer.alloc(2 * 1_048_576) }]);
  expect(intake.isFull).toBe(true);
});
