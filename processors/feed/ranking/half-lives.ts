// How long it takes until a video of a category is half as fresh.

const hourMs = 3_600_000;
const usualHalfLifeMs = 48 * hourMs;

const halfLivesMs: ReadonlyMap<string, number> = new Map([
  ['live', 6 * hourMs],
  ['news', 12 * hourMs],
  ['sports', 24 * hourMs],
  ['gaming', 72 * hourMs],
  ['music', 168 * hourMs],
  ['education', 336 * hourMs],
]);

/** @param category in lower case */
export const halfLifeOf = (category: string): number => halfLivesMs.get(category) ?? usualHalfLifeMs;
