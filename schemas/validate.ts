// Checks events against what schemas/*.avsc says of them (variants, required fields, value shapes) and names the first wrong field.
import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import type { RecordSchema, Variant } from './generate/generate.ts';
import { futureMsMax, type ValueShape, valueShapes } from './ids.ts';
import { type TopicName, topics } from './topics.ts';

export type Problem = {
  readonly field: string;
  readonly expected: string;
  readonly reason:
    | 'invalid_field'
    | 'missing_field'
    | 'unknown_field'
    | 'unknown_action'
    | 'not_client_action'
    | 'unknown_reason'
    | 'in_the_future';
};

export type Checked<T> = { readonly ok: true; readonly event: T } | { readonly ok: false; readonly problem: Problem };

type JsonSchema = Readonly<Record<string, unknown>>;
export type Loose = Readonly<Record<string, unknown>>;

const envelope = ['eventId', 'occurredAt', 'actorId', 'correlationId', 'source', 'ruleSet', 'origin'];
/** Envelope fields that a client may set. */
const clientEnvelope = ['eventId', 'occurredAt'];

const ajv = new Ajv({ strict: false, allErrors: false });
(formats as unknown as (instance: Ajv) => void)(ajv);
const schemas = new Map<TopicName, RecordSchema>();
/** What checking needs of a topic, made once, for clients and for services. */
type Gate = {
  readonly tag: string;
  readonly variants: Readonly<Record<string, Variant>>;
  readonly allowed: ReadonlySet<string>;
  readonly listed: string;
  readonly validators: Map<string, ValidateFunction>;
};
const gates = { client: new Map<TopicName, Gate>(), service: new Map<TopicName, Gate>() };

function schemaOf(topic: TopicName): RecordSchema {
  let schema = schemas.get(topic);
  if (!schema) {
    schema = JSON.parse(readFileSync(new URL(`${topics[topic].schema}.avsc`, import.meta.url), 'utf8')) as RecordSchema;
    schemas.set(topic, schema);
  }
  return schema;
}

function variantsOf(topic: TopicName): { tag: string; variants: Record<string, Variant> } {
  const { tag, variants } = schemaOf(topic);
  if (!tag || !variants) throw new Error(`${topic} has no variants`);
  return { tag, variants };
}

/** The actions of a topic that a client may post. */
export const clientActions = (topic: TopicName): string[] =>
  Object.entries(variantsOf(topic).variants).flatMap(([action, { client }]) => (client ? [action] : []));

/** The JSON Schema of one action's event, as producers accept it. */
function actionJsonSchema(topic: TopicName, action: string, { client = false } = {}): JsonSchema {
  const { tag, variants } = variantsOf(topic);
  const variant = variants[action];
  if (!variant) throw new Error(`${topic} has no ${action}`);
  const key = topics[topic].key;
  const properties: Record<string, JsonSchema> = { [tag]: { type: 'string', const: action } };
  const plain = [key, ...(client ? clientEnvelope : envelope), ...variant.required, ...variant.optional];
  const shapes = client ? (variant.clientShapes ?? {}) : {};
  for (const name of plain) properties[name] = shapeOf(topic, name, shapes[name]);
  for (const name of variant.personal ?? []) properties[name] = personalShape(name);
  const required = [...new Set([tag, key, ...variant.required])];
  return { type: 'object', required, properties, additionalProperties: false };
}

/** The JSON Schema of any event of a topic, one alternative per action. */
export function eventJsonSchema(topic: TopicName, { client = false } = {}): JsonSchema {
  const actions = client ? clientActions(topic) : Object.keys(variantsOf(topic).variants);
  const { tag } = variantsOf(topic);
  return {
    oneOf: actions.map((action) => actionJsonSchema(topic, action, { client })),
    discriminator: { propertyName: tag },
  };
}

function shapeOf(topic: TopicName, name: string, instead?: string): JsonSchema {
  const field = schemaOf(topic).fields.find((f) => f.name === name);
  if (name === 'origin') return { type: ['string', 'null'] };
  return valueShapes[(instead ?? field?.is ?? 'text') as ValueShape];
}

function personalShape(name: string): JsonSchema {
  if (name === 'birthDate') return { type: 'string', format: 'date', description: 'a date as in 2001-12-31' };
  if (name === 'dating') return { type: 'object', maxProperties: 20, description: 'a dating profile' };
  return valueShapes.text;
}

export type CheckOptions = { readonly client?: boolean; readonly now: number };

/** Checks an event of any shape. Times may be given as ISO 8601; null means absent. */
export function checkEvent(topic: TopicName, given: Loose, { client = false, now }: CheckOptions): Checked<Loose> {
  const gate = gateOf(topic, client);
  const { tag, variants, listed } = gate;
  const event = withTimes(present(given));
  const action = event[tag];
  if (typeof action !== 'string' || !Object.hasOwn(variants, action)) return wrong(tag, listed, 'unknown_action');
  if (!gate.allowed.has(action))
    return wrong(tag, `${listed}: ${action} is written by its service`, 'not_client_action');
  const validate = gate.validators.get(action) ?? compiled(topic, action, client);
  if (!validate(event)) return { ok: false, problem: problemOf(validate.errors?.[0], topic, { action, client }) };
  if (typeof event.occurredAt === 'number' && event.occurredAt > now + futureMsMax) {
    return wrong('occurredAt', 'a time not later than five minutes from now', 'in_the_future');
  }
  return { ok: true, event };
}

function gateOf(topic: TopicName, client: boolean): Gate {
  const known = client ? gates.client : gates.service;
  let gate = known.get(topic);
  if (!gate) {
    const { tag, variants } = variantsOf(topic);
    const allowed = client ? clientActions(topic) : Object.keys(variants);
    const listed = `one of ${allowed.join(', ')}`;
    gate = { tag, variants, allowed: new Set(allowed), listed, validators: new Map() };
    known.set(topic, gate);
  }
  return gate;
}

function compiled(topic: TopicName, action: string, client: boolean): ValidateFunction {
  const validate = ajv.compile(actionJsonSchema(topic, action, { client }));
  gateOf(topic, client).validators.set(action, validate);
  return validate;
}

/** Without what is null or undefined; most events have none, and are not copied. */
function present(given: Loose): Loose {
  for (const name in given) {
    if (given[name] === undefined || given[name] === null)
      return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== null));
  }
  return given;
}

const timeNames = ['occurredAt', 'publishedAt', 'endsAt'] as const;

/** ISO 8601 times become ms; what cannot be read stays, and is refused by its type. */
function withTimes(event: Loose): Loose {
  let times: Record<string, number> | undefined;
  for (const name of timeNames) {
    const value = event[name];
    const ms = typeof value === 'string' ? msOf(value) : null;
    if (ms !== null) times = { ...times, [name]: ms };
  }
  return times ? { ...event, ...times } : event;
}

/** ms of an ISO 8601 date, with or without a time; null if it is none, or a day that does not exist. */
function msOf(text: string): number | null {
  const date = /^(\d{4}-\d\d-\d\d)(T.+)?$/.exec(text)?.[1];
  const [day, ms] = [Date.parse(date ?? ''), Date.parse(text)];
  if (!date || !Number.isFinite(day) || !Number.isFinite(ms)) return null;
  return new Date(day).toISOString().startsWith(date) ? ms : null;
}

type Case = { readonly action: string; readonly client: boolean };

function problemOf(error: ErrorObject | undefined, topic: TopicName, { action, client }: Case): Problem {
  const { properties, required } = actionJsonSchema(topic, action, { client }) as {
    properties: Record<string, JsonSchema>;
    required: string[];
  };
  const expected = (field: string) => String(properties[field]?.description ?? 'a value');
  if (error?.keyword === 'required') {
    const field = String(error.params.missingProperty);
    return { field, expected: `${expected(field)}; it is required for ${action}`, reason: 'missing_field' };
  }
  if (error?.keyword === 'additionalProperties') {
    const others = Object.keys(properties).filter((name) => !required.includes(name));
    return {
      field: String(error.params.additionalProperty),
      expected: `no such field for ${action}; besides ${required.join(', ')} it takes ${others.join(', ')}`,
      reason: 'unknown_field',
    };
  }
  const field = error?.instancePath.split('/')[1] ?? 'event';
  const isUnknownReason = field === 'reason' && error?.keyword === 'enum';
  return { field, expected: expected(field), reason: isUnknownReason ? 'unknown_reason' : 'invalid_field' };
}

function wrong(field: string, expected: string, reason: Problem['reason']): { ok: false; problem: Problem } {
  return { ok: false, problem: { field, expected, reason } };
}
