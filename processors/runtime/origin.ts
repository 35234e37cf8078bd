// Where a derived or imported record comes from, as one string lane/offset/index, and the id that is made of it.

export type Origin = { readonly lane: string; readonly offset: number; readonly index: number };

/** The lane of all that a processor derives from one input partition, whatever the generation. */
export const laneOf = (processor: string, topic: string, partition: number): string =>
  `${processor}/${topic}/${partition}`;

export const formatOrigin = (lane: string, offset: number, index: number): string => `${lane}/${offset}/${index}`;

export function parseOrigin(text: string): Origin | null {
  const last = text.lastIndexOf('/');
  const middle = text.lastIndexOf('/', last - 1);
  if (middle <= 0) return null;
  const offset = Number(text.slice(middle + 1, last));
  const index = Number(text.slice(last + 1));
  return Number.isSafeInteger(offset) && Number.isSafeInteger(index)
    ? { lane: text.slice(0, middle), offset, index }
    : null;
}

export const isAfter = (origin: Origin, other: Origin): boolean =>
  origin.offset > other.offset || (origin.offset === other.offset && origin.index > other.index);

/** Is a position at or before a watermark ("offset/index")? */
export function isFolded(origin: Origin, watermark: string | undefined): boolean {
  if (watermark === undefined) return false;
  const slash = watermark.indexOf('/');
  const offset = Number(watermark.slice(0, slash));
  return origin.offset < offset || (origin.offset === offset && origin.index <= Number(watermark.slice(slash + 1)));
}

const laneParts = new Map<string, string>();

/** 12 bits of a lane's processor and 10 of its partition, as the third and fourth group of an id; FNV-1a. */
function groupsOf(lane: string): string {
  let groups = laneParts.get(lane);
  if (groups === undefined) {
    let hash = 0x811c9dc5;
    for (let i = 0; i < lane.length; i++) hash = Math.imul(hash ^ lane.charCodeAt(i), 0x01000193) >>> 0;
    groups = `${hex(0x8000 | ((hash & 0x3fffff) >>> 10), 4)}-${hex(0x8000 | (hash & 0x3ff), 4)}`;
    laneParts.set(lane, groups);
  }
  return groups;
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** What ids of the same lane and time have in common: records of one batch have one time. */
let latest = { timeMs: Number.NaN, lane: '', text: '' };

/** The id of a derived event: a UUIDv8 of time (48 bits), lane (22), offset (36) and index (12). Same input, same id. */
export function derivedId(lane: string, offset: number, index: number, timeMs: number): string {
  if (latest.timeMs !== timeMs || latest.lane !== lane) {
    const time = hex(timeMs, 12);
    latest = { timeMs, lane, text: `${time.slice(0, 8)}-${time.slice(8)}-${groupsOf(lane)}-` };
  }
  return `${latest.text}${hex(offset, 10).slice(-9)}${hex(index & 0xfff, 3)}`;
}
