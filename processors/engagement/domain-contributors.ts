// Remembers who acted on a video last and with what, so that what one person repeats counts once; a short text, pure.

/**
 * A video remembers its latest `contributorsMax` people in the order of their first action; who acts again keeps the place.
 *
 * What this bounds: between two actions of one person that both count, at least `contributorsMax` other people came, each of whom
 * counted, too. So of n counted actions of a kind at most 1 + n / (contributorsMax + 1) are one person's, and a ring of up to
 * `contributorsMax` accounts counts for as many as it has, however long it goes on. A larger ring that takes turns is not
 * recognised: its accounts count anew in each round, as so many strangers would.
 */
export const contributorsMax = 128;

/** What somebody did, as bits. */
export const mark = { view: 1, like: 2, share: 4, comment: 8, skip: 16, not_interested: 32 } as const;
export type Mark = keyof typeof mark;

/** Entries of the same width, oldest first: four characters for the person, one for the marks, then what a user of this adds. */
export type Contributors = string;

/** A person's entry: where it is (-1 where there is none), what it says. */
export type Entry = { readonly at: number; readonly print: string; readonly marks: number; readonly note: string };

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const pairs = Array.from({ length: 4_096 }, (_, n) => digits.charAt(n >>> 6) + digits.charAt(n & 63));
const printLength = 4;
const headLength = printLength + 1;

/** The entry of a person; `noteLength` is how many characters each entry has of its user's own. */
export function entryOf(contributors: Contributors, userId: string, noteLength: number): Entry {
  const print = printOf(userId);
  const width = headLength + noteLength;
  let at = contributors.indexOf(print);
  while (at >= 0 && at % width !== 0) at = contributors.indexOf(print, at + 1);
  if (at < 0) return { at, print, marks: 0, note: '' };
  const marks = digits.indexOf(contributors.charAt(at + printLength));
  return { at, print, marks, note: contributors.slice(at + headLength, at + width) };
}

/** With the entry as it is given: in its place, or as the newest, for which the oldest goes. */
export function withEntry(contributors: Contributors, { at, print, marks, note }: Entry): Contributors {
  const width = headLength + note.length;
  const entry = print + digits.charAt(marks) + note;
  if (at >= 0) return contributors.slice(0, at) + entry + contributors.slice(at + width);
  const kept = contributors.length >= contributorsMax * width ? contributors.slice(width) : contributors;
  return kept + entry;
}

/** A number below 4,096 as a note of two characters, and back. */
export const noteOf = (value: number): string => pairs[value] as string;
export const numberOf = (note: string): number => digits.indexOf(note.charAt(0)) * 64 + digits.indexOf(note.charAt(1));

/**
 * 24 bits of a hash (FNV-1a with a final mix): of 130,000 newcomers to a full memory one is taken for somebody else, and counts as
 * a repeat.
 */
function printOf(userId: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < userId.length; i++) hash = Math.imul(hash ^ userId.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash ^= hash >>> 13;
  return (pairs[(hash >>> 12) & 4_095] as string) + (pairs[hash & 4_095] as string);
}
