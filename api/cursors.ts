// Cursors: the place where a page ended, as an opaque text that clients hand back unchanged, for the same list of the same person.
import { hash } from 'node:crypto';
import { type Fields, isObject } from './names.ts';
import { Refusal } from './problems.ts';

/** Whose list of what: a cursor is of no use anywhere else. It is no secret, and a place in a list gives nobody a right to read it. */
export type CursorOf = {
  readonly list: 'history' | 'match_history' | 'matches' | 'statement' | 'export' | 'certificates';
  readonly id: string;
};

export function encodeCursor(of: CursorOf, place: object): string {
  return Buffer.from(JSON.stringify({ of: tagOf(of), ...place })).toString('base64url');
}

/** @returns the place, or null unless the text is such a cursor of this list. */
export function decodeCursor<Place>(
  of: CursorOf,
  cursor: string,
  isPlace: (value: Fields) => value is Fields & Place,
): Place | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!isObject(value) || value.of !== tagOf(of)) return null;
    const { of: _, ...place } = value;
    return isPlace(place) ? place : null;
  } catch {
    return null;
  }
}

const tagOf = ({ list, id }: CursorOf): string => hash('sha256', `${list} ${id}`, 'base64url').slice(0, 8);

export const wrongCursor = (): Refusal =>
  new Refusal('invalid_field', 'cursor must be the next_cursor of a page of this list', { field: 'cursor' });
