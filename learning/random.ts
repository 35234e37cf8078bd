// A seeded stream of chance (mulberry32): the same seed draws the same numbers on every machine.

export type Random = () => number;

/** @returns a function that draws from [0, 1) */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A whole number from [0, below). */
export const wholeBelow = (random: Random, below: number): number => Math.floor(random() * below);
