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

/** Is a position at or before a watermark ("offset/index")? */
export function isFolded(origin: Origin, watermark: string | undefined): boolean {
  if (watermark === undefined) return false;
  const slash = watermark.indexOf('/');
  const offset = Number(watermark.slice(0, slash));
  return origin.offset < offset || (origin.offset === offset && origin.index <= Number(watermark.slice(slash + 1)));
}

const laneHashes = new Map<string, number>();

/** 12 bits of a lane's processor and 10 of its partition; FNV-1a. */
function hash22(lane: string): number {
  let hash = laneHashes.get(lane);
  if (hash === undefined) {
    hash = 0x811c9dc5;
    for (let i = 0; i < lane.length; i++) hash = Math.imul(hash ^ lane.charCodeAt(i), 0x01000193) >>> 0;
    hash &= 0x3fffff;
    laneHashes.set(lane, hash);
  }
  return hash;
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** The id of a derived event: a UUIDv8 of time (48 bits), lane (22), offset (36) and index (12). Same input, same id. */
export function derivedId(lane: string, offset: number, index: number, timeMs: number): string {
  const time = hex(timeMs, 12);
  const laneBits = hash22(lane);
  const high = hex(0x8000 | (laneBits >>> 10), 4);
  const low = hex(0x8000 | (laneBits & 0x3ff), 4);
  return `${time.slice(0, 8)}-${time.slice(8)}-${high}-${low}-${hex(offset, 10).slice(-9)}${hex(index & 0xfff, 3)}`;
}
