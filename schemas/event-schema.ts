// Reads schemas/*.avsc and makes of each topic's record the JSON Schemas of its actions, for validation and for OpenAPI alike.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { envelopeFields } from './event-types.ts';
import type { Field, RecordSchema, Variant } from './generate/generate.ts';
import { type ValueShape, valueShapes } from './ids.ts';
import { type TopicName, topics } from './topics.ts';

export type JsonSchema = { readonly [keyword: string]: unknown };
export type Naming = 'camelCase' | 'snake_case';

export type FieldRule = {
  readonly name: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
  /** What a right value looks like, in words. */
  readonly expected: string;
  readonly isTime: boolean;
  readonly isPersonal: boolean;
};

/** One action of a topic; fields stand in the order in which a caller is told of what is wrong. */
export type ActionRule = { readonly name: string; readonly client: boolean; readonly fields: readonly FieldRule[] };
export type TopicRules = { readonly tag: string; readonly actions: ReadonlyMap<string, ActionRule> };

const folder = dirname(fileURLToPath(import.meta.url));
/** Of the envelope a client gives only these; the rest is its service's to say. */
const clientEnvelope = new Set(['eventId', 'occurredAt']);
const personalShapes: Readonly<Record<string, ValueShape>> = { username: 'name', place: 'name' };
const birthDate = { type: 'string', format: 'date', description: 'a date such as 2001-12-31' };
const originShape = { type: 'string', minLength: 1, maxLength: 400, description: 'lane/row/index' };

const loaded = new Map<TopicName, TopicRules>();

export function rulesOf(topic: TopicName): TopicRules {
  let rules = loaded.get(topic);
  if (!rules) {
    rules = makeRules(topic);
    loaded.set(topic, rules);
  }
  return rules;
}

function makeRules(topic: TopicName): TopicRules {
  const file = join(folder, `${topics[topic].schema}.avsc`);
  const record = JSON.parse(readFileSync(file, 'utf8')) as RecordSchema;
  if (!record.tag || !record.variants) throw new Error(`${topic} has no actions`);
  const { tag, variants } = record;
  const actions = Object.entries(variants).map(([name, variant]): [string, ActionRule] => [
    name,
    { name, client: variant.client === true, fields: fieldsOf({ ...record, tag, variants }, variant) },
  ]);
  return { tag, actions: new Map(actions) };
}

type Tagged = RecordSchema & { tag: string; variants: Record<string, Variant> };

/** Key first, then what the action needs, what it may have, and the envelope. */
function fieldsOf(record: Tagged, variant: Variant): FieldRule[] {
  const special = new Set([record.tag, ...envelopeFields, ...Object.values(record.variants).flatMap(namesIn)]);
  const shared = record.fields.filter(({ name }) => !special.has(name)).map(({ name }) => name);
  const byName = new Map(record.fields.map((field) => [field.name, field]));
  return [
    ...[...shared, ...variant.required].map((name) => ruleOf(byName.get(name), true)),
    ...variant.optional.map((name) => ruleOf(byName.get(name), false)),
    ...(variant.personal ?? []).map(personalRule),
    ...envelopeFields.map((name) => ruleOf(byName.get(name), false)),
  ];
}

function namesIn({ required, optional, personal }: Variant): string[] {
  return [...required, ...optional, ...(personal ? ['personal'] : [])];
}

function ruleOf(field: Field | undefined, required: boolean): FieldRule {
  if (!field) throw new Error('an action names a field that its record does not have');
  const shape: JsonSchema & { description: string } =
    field.name === 'origin' ? originShape : valueShapes[field.is as ValueShape];
  if (!shape) throw new Error(`the field ${field.name} says no shape`);
  const { name } = field;
  const common = { name, required, expected: shape.description, isPersonal: false };
  if (field.is === 'time') return { ...common, isTime: true, schema: timeSchema(shape) };
  return { ...common, isTime: false, schema: field.is === 'url' ? { ...shape, pattern: '^https?://' } : shape };
}

function timeSchema({ description, ...shape }: JsonSchema): JsonSchema {
  return { anyOf: [shape, { type: 'string', format: 'date-time' }], description };
}

function personalRule(name: string): FieldRule {
  const schema = name === 'birthDate' ? birthDate : valueShapes[personalShapes[name] ?? 'text'];
  return { name, required: false, schema, expected: schema.description, isTime: false, isPersonal: true };
}

/** The fields that a caller of an action may give. */
export function givenFields(action: ActionRule, client: boolean): readonly FieldRule[] {
  if (!client) return action.fields;
  const notTheirs = new Set<string>(envelopeFields.filter((name) => !clientEnvelope.has(name)));
  return action.fields.filter(({ name }) => !notTheirs.has(name));
}

export function actionJsonSchema(topic: TopicName, action: ActionRule, { client = false, naming }: SchemaOptions = {}) {
  const { tag } = rulesOf(topic);
  const fields = givenFields(action, client);
  const properties = fields.map(({ name, schema }) => [named(name, naming), schema]);
  return {
    type: 'object',
    title: action.name,
    required: [tag, ...fields.filter(({ required }) => required).map(({ name }) => named(name, naming))],
    properties: { [tag]: { const: action.name }, ...Object.fromEntries(properties) },
    additionalProperties: false,
  };
}

export type SchemaOptions = {
  /** Only what a client may post. */
  readonly client?: boolean;
  /** Default: camelCase, as in the topics. */
  readonly naming?: Naming | undefined;
};

/** The JSON Schema of a topic's events before their envelope: one alternative per action. */
export function eventJsonSchema(topic: TopicName, options: SchemaOptions = {}): JsonSchema {
  const { tag, actions } = rulesOf(topic);
  const shown = [...actions.values()].filter(({ client }) => client || !options.client);
  return {
    oneOf: shown.map((action) => actionJsonSchema(topic, action, options)),
    discriminator: { propertyName: tag },
  };
}

/** `watchDurationMs` as the caller writes names. */
export function named(name: string, naming: Naming = 'camelCase'): string {
  return naming === 'camelCase' ? name : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
