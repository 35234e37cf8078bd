// Origins "lane/offset/index", the ids made of them, and which of two places in a lane comes first.

export type Place = { readonly lane: string; readonly offset: number; readonly index: number };

/** Null for what is no origin. */
export function readOrigin(text: string): Place | null {
  const parts = text.split('/');
  if (parts.length < 3) return null;
  const [offset, index] = parts.slice(-2).map(Number);
  const lane = parts.slice(0, -2).join('/');
  if (lane === '' || !Number.isSafeInteger(offset) || !Number.isSafeInteger(index)) return null;
  return { lane, offset: offset as number, index: index as number };
}

/** Whether a lane has passed this place already, by the last one that counted ("offset/index"). */
export function isPast({ offset, index }: Place, mark: string | undefined): boolean {
  if (mark === undefined) return false;
  const [markOffset = 0, markIndex = 0] = mark.split('/').map(Number);
  return offset < markOffset || (offset === markOffset && index <= markIndex);
}

/** A UUIDv8: 48 bits of time, 22 of the lane's FNV-1a hash (12 and 10, beside version and variant), 36 of offset, 12 of index. */
export function idOf({ lane, offset, index }: Place, timeMs: number): string {
  const hash = fnv1a(lane) & 0x3fffffn;
  const bits =
    (BigInt(timeMs) << 80n) |
    (8n << 76n) |
    ((hash >> 10n) << 64n) |
    (2n << 62n) |
    ((hash & 0x3ffn) << 48n) |
    (BigInt(offset) << 12n) |
    BigInt(index);
  const text = bits.toString(16).padStart(32, '0');
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-');
}

function fnv1a(text: string): bigint {
  let hash = 0x811c9dc5n;
  for (const character of text) hash = ((hash ^ BigInt(character.charCodeAt(0))) * 0x01000193n) & 0xffffffffn;
  return hash;
}
