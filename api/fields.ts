// The fields of requests as JSON Schemas, and the check that turns the first wrong one into a refusal naming it.
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { windows } from '../processors/trending/domain.ts';
import { valueShapes } from '../schemas/ids.ts';
import { sizes } from './limits/sizes.ts';
import { type Fields, toSnake } from './names.ts';
import { Refusal } from './problems.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;
export type ObjectSchema = {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  /** False: other fields are refused, not passed over. */
  readonly additionalProperties?: false;
};

export const limitMax = sizes.pageItems;
export const limitDefault = sizes.pageItemsDefault;

/** Fields that occur in several requests; `description` is also what a refusal says was expected. */
export const field = {
  id: valueShapes.id,
  limit: {
    type: 'integer',
    minimum: 1,
    maximum: limitMax,
    default: limitDefault,
    description: `a whole number from 1 to ${limitMax}`,
  },
  items: {
    type: 'integer',
    minimum: 1,
    maximum: limitMax,
    default: 20,
    description: `a whole number from 1 to ${limitMax}`,
  },
  cursor: {
    type: 'string',
    pattern: `^[A-Za-z0-9_.=-]{1,${sizes.cursorCharacters}}$`,
    description: 'the next_cursor of the page before, unchanged',
  },
  token: {
    type: 'string',
    pattern: '^[a-z_]{1,64}:[0-9]{1,5}:[0-9]{1,15}$',
    description: 'the token of an acknowledgement, unchanged',
  },
  window: {
    type: 'string',
    enum: windows,
    default: 'day',
    description: `one of ${windows.join(', ')}`,
  },
  category: valueShapes.name,
  unseen: {
    type: 'boolean',
    description:
      'true or false: whether the page is shown to nobody, as in a check, and so exposes nobody to an experiment',
  },
  watchDurationMs: valueShapes.watchDurationMs,
  birthDate: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\d$', description: 'a day as in 1999-12-31' },
} as const satisfies Record<string, JsonSchema>;

export const oneOf = (names: readonly string[], otherwise: Record<string, unknown> = {}): JsonSchema => ({
  type: 'string',
  enum: names,
  ...otherwise,
  description: `one of ${names.join(', ')}`,
});

export function objectOf(properties: Record<string, JsonSchema>, required: readonly string[] = []): ObjectSchema {
  return { type: 'object', properties, required };
}

const ajv = new Ajv({ useDefaults: true, strict: false, validateFormats: false });
type Compiled = { readonly names: readonly string[]; readonly validate: ValidateFunction };
const compiled = new WeakMap<ObjectSchema, Compiled>();

function compiledOf(schema: ObjectSchema): Compiled {
  const known = compiled.get(schema) ?? { names: Object.keys(schema.properties), validate: ajv.compile(schema) };
  compiled.set(schema, known);
  return known;
}

/** Cut short: it is whatever a caller has sent. */
export const unknownIn = (schema: ObjectSchema, fields: Fields): string | undefined =>
  Object.keys(fields)
    .find((name) => !Object.hasOwn(schema.properties, name))
    ?.slice(0, 64);

/** The request with its defaults, only the named fields; or a refusal that names the first field that is wrong. */
export function checked(schema: ObjectSchema, fields: Fields): Fields | Refusal {
  const unknown = schema.additionalProperties === false ? unknownIn(schema, fields) : undefined;
  if (unknown !== undefined) return new Refusal('unknown_field', `there is no ${unknown} here`, { field: unknown });
  const { names, validate } = compiledOf(schema);
  const request: Record<string, unknown> = {};
  for (const name of names) if (Object.hasOwn(fields, name)) request[name] = fields[name];
  return validate(request) ? request : wrong(schema, validate.errors?.[0]);
}

function wrong(schema: ObjectSchema, error: ErrorObject | undefined): Refusal {
  const missing = error?.keyword === 'required' ? String(error.params.missingProperty) : undefined;
  const name = missing ?? error?.instancePath.split('/')[1] ?? '';
  const expected = schema.properties[name]?.description ?? 'as documented';
  const detail = missing ? `${name} is missing: ${expected}` : `${name} must be ${expected}`;
  return new Refusal(missing ? 'missing_field' : 'invalid_field', detail, { field: name });
}

/** Texts of a query string or path as the types that the schema names; what does not fit stays, and is refused later. */
export function typed(schema: ObjectSchema, texts: Fields): Fields {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      const type = schema.properties[toSnake(name)]?.type;
      if (type === 'boolean' && (text === 'true' || text === 'false')) return [name, text === 'true'];
      const isWhole = type === 'integer' && typeof text === 'string' && /^-?\d{1,15}$/.test(text);
      return [name, isWhole ? Number(text) : text];
    }),
  );
}
