// Turns to fold: a few at once, first come first served, and nobody holds up the others for long.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Turns } from '../../processors/runtime/turns.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Who has had a turn so far, in that order. */
async function taken(turns: Turns, names: readonly string[]) {
  const had: string[] = [];
  const ends = new Map<string, () => void>();
  for (const name of names)
    void Promise.resolve(turns.take()).then((over) => {
      had.push(name);
      ends.set(name, over);
    });
  await vi.advanceTimersByTimeAsync(0);
  return { had, end: (name: string) => ends.get(name)?.() };
}

describe('turns', () => {
  it('are given to so many at once, then in the order in which they were asked for', async () => {
    const { had, end } = await taken(new Turns(2), ['a', 'b', 'c', 'd']);
    expect(had).toEqual(['a', 'b']);
    end('b');
    await vi.advanceTimersByTimeAsync(0);
    expect(had).toEqual(['a', 'b', 'c']);
    end('a');
    await vi.advanceTimersByTimeAsync(0);
    expect(had).toEqual(['a', 'b', 'c', 'd']);
  });

  it('that are over twice are over once', async () => {
    const { had, end } = await taken(new Turns(1), ['a', 'b', 'c']);
    end('a');
    end('a');
    await vi.advanceTimersByTimeAsync(0);
    expect(had).toEqual(['a', 'b']);
  });

  it('of somebody who is held up go on to the next, once', async () => {
    const { had, end } = await taken(new Turns(1), ['stalled', 'b', 'c']);
    await vi.advanceTimersByTimeAsync(249);
    expect(had).toEqual(['stalled']);
    await vi.advanceTimersByTimeAsync(1);
    expect(had).toEqual(['stalled', 'b']);
    end('stalled');
    await vi.advanceTimersByTimeAsync(0);
    expect(had).toEqual(['stalled', 'b']);
  });

  it('are free again when all are over', async () => {
    const turns = new Turns(1);
    const first = await taken(turns, ['a']);
    first.end('a');
    expect((await taken(turns, ['b'])).had).toEqual(['b']);
  });
});
