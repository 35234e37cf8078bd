// Cursors: the place where a page ended, as an opaque text that clients hand back unchanged.
import { type Fields, isObject } from './names.ts';

export function encodeCursor(place: object): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** @returns the place, or null unless the text is such a cursor. */
export function decodeCursor<Place>(cursor: string, isPlace: (value: Fields) => value is Fields & Place): Place | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return isObject(value) && isPlace(value) ? value : null;
  } catch {
    return null;
  }
}
