// The generations of a slug as a fold: who comes too late changes nothing, and an owner that claims after a stop stands back.
import { describe, expect, it } from 'vitest';
import { history } from '../../processors/history/processor.ts';
import { GenerationHistory } from '../../processors/runtime/generation-history.ts';
import { type GenerationsView, gateOf, placeOf } from '../../processors/runtime/live-gate.ts';
import { StandsStill } from '../../processors/runtime/owner.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import type { GenerationChange } from '../../schemas/generated.ts';

const processor = { ...history, rules: 1 } as unknown as Processor;
const of = { slug: 'history', by: 'test' } as const;
const started = (generation: number, rules = 1, outputs: number | null = null) =>
  ({ ...of, kind: 'started', generation, rules, outputs, build: 1 }) as const;
const stopped = (generation: number) => ({ ...of, kind: 'stopped', generation, until: 1_000, stop: null }) as const;
const resumed = (stop: number) => ({ ...of, kind: 'resumed', stop }) as const;
const swapped = (generation: number, stop: number) =>
  ({ ...of, kind: 'swapped', generation, rules: 1, build: 1, stop, offsets: [0], differing: 0 }) as const;

function folded(...changes: GenerationChange[]): GenerationHistory {
  const generations = new GenerationHistory();
  changes.forEach((change, offset) => {
    generations.take(offset, change);
  });
  return generations;
}

const numbers = ({ live, previous, shadow, stop }: GenerationHistory) => ({
  live: live?.generation ?? null,
  previous: previous?.generation ?? null,
  shadow: shadow?.generation ?? null,
  stopped: stop?.at ?? null,
});
const first = { live: 1, previous: null, shadow: null, stopped: null };

describe('generations', () => {
  it.each<[string, GenerationChange[], ReturnType<typeof numbers>]>([
    ['begin with one', [started(1), started(1)], first],
    [
      'are swapped under a stop',
      [started(1), started(2), stopped(2), swapped(2, 2)],
      { ...first, live: 2, previous: 1 },
    ],
    [
      'are not swapped after the stop was ended',
      [started(1), started(2), stopped(2), resumed(2), swapped(2, 2)],
      { ...first, shadow: 2 },
    ],
    [
      'are not swapped under another stop',
      [started(1), started(2), stopped(2), resumed(2), stopped(2), swapped(2, 2)],
      { ...first, shadow: 2, stopped: 4 },
    ],
    ['are not swapped without a stop', [started(1), started(2), swapped(2, 1)], { ...first, shadow: 2 }],
    [
      'stand still for one comparison at a time',
      [started(1), started(2), stopped(2), stopped(2), resumed(3)],
      { ...first, shadow: 2, stopped: 2 },
    ],
    ['are made one at a time', [started(1), started(2), started(3)], { ...first, shadow: 2 }],
    [
      'are cancelled with their stop',
      [started(1), started(2), stopped(2), { ...of, kind: 'cancelled', generation: 2 }],
      first,
    ],
    [
      'never take a number again',
      [started(1), started(2), { ...of, kind: 'cancelled', generation: 2 }, started(2)],
      first,
    ],
    [
      'go back to the one before',
      [started(1), started(2), stopped(2), swapped(2, 2), started(1), stopped(1), swapped(1, 5)],
      { ...first, live: 1, previous: 2 },
    ],
  ])('%s', (_, changes, expected) => {
    expect(numbers(folded(...changes))).toEqual(expected);
  });

  it('know what they emit by: 1 where nothing is told, and what a swap brought after it', () => {
    expect(folded(started(1)).live?.outputs).toBe(1);
    const swap = [started(1, 1, 1), started(2, 2, 3), stopped(2), swapped(2, 2)];
    expect(folded(...swap).live).toEqual({ generation: 2, rules: 2, outputs: 3, build: 1 });
    expect(folded(...swap).previous?.outputs).toBe(1);
  });

  it('tell a processor where it may fold', () => {
    expect(placeOf(processor, folded())).toBe(1);
    expect(placeOf(processor, folded(started(1), started(2), stopped(2), swapped(2, 2)))).toBe(2);
    expect(placeOf(processor, folded(started(1), started(2), stopped(2)))).toMatchObject({ state: 'waiting' });
    expect(placeOf({ ...processor, rules: 2 }, folded(started(1)))).toMatchObject({ state: 'standby' });
  });
});

describe('an owner that has claimed', () => {
  const viewOf = (generations: GenerationHistory, later: GenerationChange[] = []): GenerationsView => ({
    of: () => generations,
    onChange: () => {},
    append: async () => 0,
    refresh: async () =>
      later.forEach((change, i) => {
        generations.take(10 + i, change);
      }),
  });

  it('passes while its generation is live', async () => {
    await expect(gateOf(processor, viewOf(folded(started(1))), 1).pass()).resolves.toBeUndefined();
  });

  it('stands back for a stop, or a swap, that it had not heard of', async () => {
    const stop = viewOf(folded(started(1), started(2)), [stopped(2)]);
    await expect(gateOf(processor, stop, 1).pass()).rejects.toThrow(StandsStill);
    const swap = viewOf(folded(started(1), started(2)), [stopped(2), swapped(2, 10)]);
    await expect(gateOf(processor, swap, 1).pass()).rejects.toThrow('generation 2 is live, not 1');
  });
});
