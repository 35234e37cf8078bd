// Reads what someone gives as an event, decides whether it is one, and names the first field that is wrong.
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import {
  type ActionRule,
  actionJsonSchema,
  type FieldRule,
  givenFields,
  type Naming,
  named,
  rulesOf,
} from './event-schema.ts';
import type { Draft, EventsOf, PersonalDetails, SourceTopic } from './event-types.ts';

export { eventJsonSchema, type JsonSchema, type Naming } from './event-schema.ts';

export type ProblemReason =
  | 'missing'
  | 'invalid'
  | 'unknown_field'
  | 'unknown_action'
  | 'not_client_action'
  | 'in_the_future';

export type EventProblem = {
  /** As the caller writes names. */
  readonly field: string;
  readonly expected: string;
  readonly detail: string;
  readonly reason: ProblemReason;
};

export type Validated<E> =
  | { readonly ok: true; readonly event: Draft<E>; readonly personal: PersonalDetails | null }
  | { readonly ok: false; readonly problem: EventProblem };

export type ValidateOptions = {
  /** ms since 1970; an event may be this late or earlier, plus five minutes for clocks that are fast. */
  readonly now: number;
  /** Style of the field names in problems; both are understood. Default: camelCase. */
  readonly naming?: Naming;
};

/** Thrown by producers. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
  readonly problem: EventProblem;

  constructor(problem: EventProblem) {
    super(problem.detail);
    this.problem = problem;
  }

  get field(): string {
    return this.problem.field;
  }

  get expected(): string {
    return this.problem.expected;
  }

  get detail(): string {
    return this.problem.detail;
  }

  get reason(): ProblemReason {
    return this.problem.reason;
  }
}

const clockSkewMsMax = 5 * 60_000;
const shownCharactersMax = 60;

const ajv = new Ajv({ strict: true, allowUnionTypes: true });
addFormats.default(ajv);

/** An event from a service. */
export function validateEvent<T extends SourceTopic>(
  topic: T,
  given: unknown,
  options: ValidateOptions,
): Validated<EventsOf[T]> {
  return validate({ topic, client: false, ...options }, given);
}

/** An event from outside: only the actions that clients may post, and nothing of the envelope but id and time. */
export function validateClientEvent<T extends SourceTopic>(
  topic: T,
  given: unknown,
  options: ValidateOptions,
): Validated<EventsOf[T]> {
  return validate({ topic, client: true, ...options }, given);
}

type Context = ValidateOptions & { readonly topic: SourceTopic; readonly client: boolean };

function validate<E>(context: Context, given: unknown): Validated<E> {
  const { tag, actions } = rulesOf(context.topic);
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return refused(context, { field: 'event', expected: 'a JSON object', reason: 'invalid' });
  }
  const read = readNames(given);
  if ('twice' in read) {
    return refused(context, { field: read.twice, expected: 'to be given once', reason: 'invalid' });
  }
  const { fields } = read;
  const action = typeof fields[tag] === 'string' ? actions.get(fields[tag]) : undefined;
  const problem = keyProblem(context, fields) ?? actionProblem(context, fields[tag], action);
  if (problem || !action)
    return refused(context, problem ?? { field: tag, expected: 'known', reason: 'unknown_action' });
  if (!validatorOf(context, action)(fields)) return refused(context, firstProblem(context, action, fields));
  return accepted(context, action, fields);
}

type Finding = { readonly field: string; readonly expected: string; readonly reason: ProblemReason };

function refused(context: Context, { field, expected, reason }: Finding): { ok: false; problem: EventProblem } {
  const shown = named(field, context.naming);
  const short = shown.length > shownCharactersMax ? `${shown.slice(0, shownCharactersMax)}…` : shown;
  const verb =
    reason === 'missing' ? 'is missing: it must be' : reason === 'unknown_field' ? 'is not allowed:' : 'must be';
  return { ok: false, problem: { field: short, expected, reason, detail: `${short} ${verb} ${expected}` } };
}

/** Names in camelCase; what is null is absent. */
function readNames(given: object): { fields: Record<string, unknown> } | { twice: string } {
  const fields: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined) continue;
    const camel = name.replace(/(?<=[a-z0-9])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    if (camel in fields) return { twice: camel };
    fields[camel] = value;
  }
  return { fields };
}

/** The key is of every action, so it is looked at before the action is known. */
function keyProblem(context: Context, fields: Record<string, unknown>): Finding | null {
  const [first] = rulesOf(context.topic).actions.values();
  const key = first?.fields[0];
  return key ? fieldProblem(key, fields[key.name]) : null;
}

function actionProblem(context: Context, given: unknown, action: ActionRule | undefined): Finding | null {
  const { tag, actions } = rulesOf(context.topic);
  if (action && (action.client || !context.client)) return null;
  const allowed = [...actions.values()].filter(({ client }) => client || !context.client).map(({ name }) => name);
  const reason = given === undefined ? 'missing' : action ? 'not_client_action' : 'unknown_action';
  return { field: tag, expected: `one of ${allowed.join(', ')}`, reason };
}

function firstProblem(context: Context, action: ActionRule, fields: Record<string, unknown>): Finding {
  const allowed = givenFields(action, context.client);
  for (const rule of allowed) {
    const problem = fieldProblem(rule, fields[rule.name]);
    if (problem) return problem;
  }
  const names = new Set([rulesOf(context.topic).tag, ...allowed.map(({ name }) => name)]);
  const stranger = Object.keys(fields).find((name) => !names.has(name));
  if (stranger === undefined) throw new Error(`refused by its schema for no reason that a field shows: ${action.name}`);
  const expected = `${action.name} has only ${[...names].map((name) => named(name, context.naming)).join(', ')}`;
  return { field: stranger, expected, reason: 'unknown_field' };
}

function fieldProblem(rule: FieldRule, value: unknown): Finding | null {
  const { name: field, expected } = rule;
  if (value === undefined) return rule.required ? { field, expected, reason: 'missing' } : null;
  return fieldValidatorOf(rule)(value) ? null : { field, expected, reason: 'invalid' };
}

function accepted<E>(context: Context, action: ActionRule, fields: Record<string, unknown>): Validated<E> {
  const event: Record<string, unknown> = { [rulesOf(context.topic).tag]: action.name };
  const personal: Record<string, unknown> = {};
  for (const { name, isTime, isPersonal, expected } of givenFields(action, context.client)) {
    const value = fields[name];
    if (value === undefined) continue;
    const read = isTime && typeof value === 'string' ? Date.parse(value) : value;
    if (isTime && !((read as number) >= 0)) return refused(context, { field: name, expected, reason: 'invalid' });
    (isPersonal ? personal : event)[name] = read;
  }
  if (((event.occurredAt as number | undefined) ?? 0) > context.now + clockSkewMsMax) {
    return refused(context, {
      field: 'occurredAt',
      expected: 'a time that is not in the future',
      reason: 'in_the_future',
    });
  }
  return {
    ok: true,
    event: event as Draft<E>,
    personal: Object.keys(personal).length > 0 ? (personal as PersonalDetails) : null,
  };
}

const validators = new Map<string, ValidateFunction>();
const fieldValidators = new WeakMap<FieldRule, ValidateFunction>();

function validatorOf({ topic, client }: Context, action: ActionRule): ValidateFunction {
  const name = `${topic} ${action.name} ${client}`;
  let validator = validators.get(name);
  if (!validator) {
    validator = ajv.compile(actionJsonSchema(topic, action, { client }));
    validators.set(name, validator);
  }
  return validator;
}

function fieldValidatorOf(rule: FieldRule): ValidateFunction {
  let validator = fieldValidators.get(rule);
  if (!validator) {
    validator = ajv.compile(rule.schema);
    fieldValidators.set(rule, validator);
  }
  return validator;
}
