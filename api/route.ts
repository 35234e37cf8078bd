// What a route is, and how a call of it runs, whichever way it came: names, fields, the token's wait, the service.
import { parseToken } from '../projections/visibility.ts';
import { idPattern } from '../schemas/ids.ts';
import { type Access, permitted } from './access.ts';
import { checked, field, type JsonSchema, type ObjectSchema, objectOf } from './fields.ts';
import type { BudgetName } from './limits/policies.ts';
import { asSpelled, type Fields, idempotencyHeader, inSnakeCase } from './names.ts';
import type { Call, Services } from './ports.ts';
import { Refusal } from './problems.ts';
import { type Soon, soon } from './soon.ts';

export type Method = 'get' | 'post' | 'put' | 'delete';

export type Route = {
  readonly method: Method;
  /** As in OpenAPI, with {names} of `params`. */
  readonly path: string;
  readonly slug: string;
  readonly summary: string;
  /** Who may call it, and for whom. */
  readonly access: Access;
  readonly params?: ObjectSchema;
  readonly query?: ObjectSchema;
  /** An object's fields become fields of the request. */
  readonly body?: ObjectSchema;
  /** The body as the documentation shows it, where the service itself checks its inner parts. */
  readonly bodyShown?: JsonSchema;
  /** A body of another shape, handed to the service whole as `body`. */
  readonly wholeBody?: JsonSchema;
  readonly answer: JsonSchema;
  /** Content type of an answer that is not JSON but a text. */
  readonly produces?: string;
  /** 200 unless told. */
  readonly status?: (answer: unknown) => number;
  /** All that an answer may have, where that hangs on what is in it. */
  readonly statuses?: readonly number[];
  /** A request for money: it needs an idempotency key, and is answered 202 while it is not decided. */
  readonly idempotent?: boolean;
  /** A read that accepts a token: the processors that must have folded its event. */
  readonly sees?: readonly string[];
  /** Units of the limits per user and address that a call takes, 1 unless told; see limits/policies.ts. */
  readonly cost?: number | ((request: Fields) => number);
  /** A budget of its own, which also says what holds while the limiter is down. */
  readonly budget?: BudgetName;
  /** An answer that stays as it is for long: it has an ETag, and is not sent again to whoever has it. */
  readonly isSlow?: boolean;
  readonly run: (services: Services, request: Fields, call: Call) => unknown;
};

type Handler<Request> = (services: Services, request: Request, call: Call) => unknown;

/** The schemas have checked the request before `run` sees it, so its type is theirs to promise. */
export function route<Request>(described: Omit<Route, 'run'> & { readonly run: Handler<Request> }): Route {
  return { ...described, run: (services, request, call) => described.run(services, request as Request, call) };
}

/** All fields of a request as one schema. */
export function requestSchema({ params, query, body, sees }: Route): ObjectSchema {
  const parts = [params, query, body, sees ? objectOf({ token: field.token }) : undefined];
  return objectOf(
    Object.assign({}, ...parts.map((part) => part?.properties)),
    parts.flatMap((part) => part?.required ?? []),
  );
}

const schemas = new WeakMap<Route, ObjectSchema>();

export function schemaFor(called: Route): ObjectSchema {
  const isClosed = called.body?.additionalProperties === false;
  const schema = schemas.get(called) ?? {
    ...requestSchema(called),
    ...(isClosed && { additionalProperties: false as const }),
  };
  schemas.set(called, schema);
  return schema;
}

const isKey = new RegExp(idPattern);

function keyRefused(key: string | undefined): Refusal | null {
  if (key !== undefined && isKey.test(key)) return null;
  const reason = key === undefined ? 'missing_field' : 'invalid_field';
  const detail = `${idempotencyHeader} must be ${field.id.description}, the same whenever the request is repeated`;
  return new Refusal(reason, detail, { field: idempotencyHeader });
}

/** The service's answer, or a refusal: at once where nothing has to be waited for. Throws only what is nobody's request's fault. */
export function execute(called: Route, services: Services, given: Fields, call: Call): unknown {
  const named = inSnakeCase(given);
  if (named instanceof Refusal) return named;
  const limited = services.limits.ofRoute(called, named, call);
  return soon(limited, (refusal) => refusal ?? admitted(called, services, { given, named, call }));
}

type Admitted = { readonly given: Fields; readonly named: Fields; readonly call: Call };

function admitted(called: Route, services: Services, { given, named, call }: Admitted): unknown {
  const allowed = permitted(called.access, call.caller, named);
  if (allowed instanceof Refusal) return inCallersWords(allowed, given);
  const unkeyed = called.idempotent ? keyRefused(call.idempotencyKey) : null;
  if (unkeyed) return unkeyed;
  const request = checked(schemaFor(called), allowed);
  if (request instanceof Refusal) return inCallersWords(request, given);
  if (request.token === undefined) return called.run(services, requestOf(called, request, given), call);
  const { token, ...fields } = request;
  const rest = requestOf(called, fields, given);
  const late: Soon<Refusal | null> =
    called.sees && typeof token === 'string' ? seen(services, token, called.sees, call.ended) : null;
  return soon(late, (refusal) => refusal ?? called.run(services, rest, { ...call, hasWaited: true }));
}

const requestOf = ({ wholeBody }: Route, fields: Fields, { body }: Fields): Fields =>
  wholeBody ? { ...fields, body } : fields;

function inCallersWords({ reason, detail, more }: Refusal, given: Fields): Refusal {
  if (more.field === undefined) return new Refusal(reason, detail, more);
  const field = asSpelled(given, more.field);
  return new Refusal(reason, detail.replace(more.field, field), { ...more, field });
}

/** Of a place that its partition ends before. */
export function notInLog(name: string, text: string): Refusal {
  const detail = `${name}: there is no ${text} in the log (yet): its partition ends before it`;
  return new Refusal('invalid_field', detail, { field: name });
}

async function seen(
  services: Services,
  text: string,
  targets: readonly string[],
  ended: Call['ended'],
): Promise<Refusal | null> {
  const token = parseToken(text);
  if (!token) return new Refusal('invalid_field', `token must be ${field.token.description}`, { field: 'token' });
  const stop = services.metrics.visibleSeconds.startTimer();
  const verdict = await services.visibility.wait(token, targets, ended?.());
  stop({ verdict });
  if (verdict === 'not_in_log') return notInLog('token', text);
  if (verdict === 'not_yet_visible') return new Refusal(verdict, `what ${text} caused is not visible yet; ask again`);
  return verdict === 'visible' ? null : new Refusal('overloaded', 'too many reads wait for events already');
}
