// Reads the places that --from and --to name: a moment of append time, or an offset. Pure.

export type Place =
  | { readonly kind: 'time'; readonly ms: number }
  /** `partition` null means: of every partition. */
  | { readonly kind: 'offset'; readonly partition: number | null; readonly offset: number };

/** Told to whoever typed it. */
export class InvalidPlace extends Error {}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const form =
  'a time such as 2026-11-01T12:00:00Z, milliseconds since 1970, -1h (s, m, h, d before now), offset:N or offset:PARTITION:N';

/** @param now for what is relative, in ms. A time without a zone is UTC, so that it means the same on every machine. */
export function parsePlace(text: string, now: number): Place {
  const offset = /^offset:(?:(\d{1,5}):)?(\d{1,15})$/.exec(text);
  if (offset) return { kind: 'offset', partition: offset[1] ? Number(offset[1]) : null, offset: Number(offset[2]) };
  const relative = /^-(\d{1,9})([smhd])$/.exec(text);
  if (relative) {
    return { kind: 'time', ms: now - Number(relative[1]) * unitMs[relative[2] as keyof typeof unitMs] };
  }
  if (/^\d{1,15}$/.test(text)) return { kind: 'time', ms: Number(text) };
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(withZone(text)) : Number.NaN;
  if (Number.isNaN(ms)) throw new InvalidPlace(`"${text}" is no place in a topic: give ${form}`);
  return { kind: 'time', ms };
}

function withZone(text: string): string {
  return /[T ]\d\d:\d\d/.test(text) && !/(Z|[+-]\d\d:?\d\d)$/.test(text) ? `${text}Z` : text;
}

/** As one would type it, never relative. */
export function formatPlace(place: Place): string {
  if (place.kind === 'time') return new Date(place.ms).toISOString();
  return place.partition === null ? `offset:${place.offset}` : `offset:${place.partition}:${place.offset}`;
}
