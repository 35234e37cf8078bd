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

/** Names that came before with what they became; callers make names up, so only so many, and no long ones. */
const camelNames = new Map<string, string>();
const rememberedMax = { names: 1_000, characters: 64 };

export function toCamel(name: string): string {
  if (!name.includes('_')) return name;
  const known = camelNames.get(name);
  if (known !== undefined) return known;
  const camel = name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const isKept = camelNames.size < rememberedMax.names && name.length <= rememberedMax.characters;
  if (isKept) camelNames.set(name, camel);
  return camel;
}

/** The same fields under their snake_case names; a field given in both spellings is refused. */
export const inSnakeCase = (fields: Fields) => renamed(fields, toSnake);

/** The same fields under their camelCase names, as events have them. */
export const inCamelCase = (fields: Fields) => renamed(fields, toCamel);

function renamed(fields: Fields, rename: (name: string) => string): Fields | Refusal {
  const names = Object.keys(fields);
  const others = names.map(rename);
  if (others.every((other, i) => other === names[i])) return fields;
  const seen = new Set<string>();
  const twice = names.find((_, i) => seen.size === seen.add(others[i] as string).size);
  if (twice !== undefined)
    return new Refusal('invalid_field', `${twice} is given twice, in both spellings`, { field: twice });
  return Object.fromEntries(others.map((other, i) => [other, fields[names[i] as string]]));
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
