// Seeded chance: the same seed makes the same numbers on every machine.

export type Random = {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform whole number in [0, below). */
  whole(below: number): number;
  /** One of the items. */
  pick<T>(items: readonly T[]): T;
  /** A rank in [0, count), small ones far more often: probability falls with 1/rank^exponent (Zipf, by inversion). */
  rank(count: number, exponent: number): number;
};

/** Tommy Ettinger's mulberry32. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const whole = (below: number) => Math.floor(next() * below);
  return {
    next,
    whole,
    pick: (items) => items[whole(items.length)] as (typeof items)[number],
    rank: (count, exponent) => zipfRank(next(), count, exponent),
  };
}

/** Inverse of the continuous Zipf distribution on [1, count + 1). */
function zipfRank(u: number, count: number, exponent: number): number {
  if (exponent === 1) return Math.floor((count + 1) ** u) - 1;
  const power = 1 - exponent;
  return Math.min(count - 1, Math.floor((1 + u * ((count + 1) ** power - 1)) ** (1 / power)) - 1);
}
