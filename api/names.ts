// Names in requests: snake_case and camelCase mean the same, answers are snake_case.
import { Refusal } from './problems.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Under which a request for money is carried out once, however often it is made. */
export const idempotencyHeader = 'Idempotency-Key';
/** Marks the answer to a repeat. */
export const hitHeader = 'Idempotency-Hit';

const capital = /[A-Z]/;

export function toSnake(name: string): string {
  return !capital.test(name) ? name : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function toCamel(name: string): string {
  return !name.includes('_') ? name : name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The same fields under their snake_case names; a field given in both spellings is refused. */
export const inSnakeCase = (fields: Fields) => renamed(fields, toSnake);

/** The same fields under their camelCase names, as events have them. */
export const inCamelCase = (fields: Fields) => renamed(fields, toCamel);

function renamed(fields: Fields, rename: (name: string) => string): Fields | Refusal {
  if (Object.keys(fields).every((name) => rename(name) === name)) return fields;
  const entries = new Map<string, unknown>();
  for (const [name, value] of Object.entries(fields)) {
    if (entries.has(rename(name))) {
      return new Refusal('invalid_field', `${name} is given twice, in both spellings`, { field: name });
    }
    entries.set(rename(name), value);
  }
  return Object.fromEntries(entries);
}

/** A field's name as the caller spells it: as it was given, else in the style of the other fields that were given. */
export function asSpelled(given: Fields, name: string): string {
  const names = Object.keys(given);
  const own = names.find((candidate) => toSnake(candidate) === toSnake(name));
  if (own !== undefined) return own;
  return names.some((candidate) => /[A-Z]/.test(candidate)) ? toCamel(name) : toSnake(name);
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
