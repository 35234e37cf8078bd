// REST over the route table: takes the fields out of a request, calls the service, sends the answer or the problem.
import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { typed } from '../fields.ts';
import type { Peer } from '../limits/addresses.ts';
import { unknownCaller } from '../limits/at-the-door.ts';
import { sizes } from '../limits/sizes.ts';
import { type Fields, idempotencyHeader, isObject } from '../names.ts';
import type { Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { Reply } from '../reply.ts';
import { jsonOf } from '../reusable.ts';
import { execute, type Route, schemaFor } from '../route.ts';
import { clientOf } from './client.ts';
import { Chains, direct } from './direct.ts';
import { etagOf, hasAlready, isKnown } from './etags.ts';
import { sendRefusal } from './problem-answers.ts';

const readJson = express.json({
  limit: sizes.bodyBytes,
  strict: false,
  type: ['application/json', 'application/*+json'],
});

export function restRouter(routes: readonly Route[], services: Services): Router {
  const router = Router({ caseSensitive: true });
  const chains = new Chains();
  router.use(direct(chains));
  for (const [path, atPath] of byPath(routes)) {
    for (const route of atPath) {
      const handle = handlerOf(route, services);
      const chain = route.method === 'get' ? [handle] : [needsJson(route), readJson, handle];
      router[route.method](path, named(route), ...chain);
      chains.add(route.method, path, [named(route), ...chain]);
    }
    const allowed = atPath.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]));
    router.all(path, otherMethod(allowed));
  }
  return router;
}

function byPath(routes: readonly Route[]): Map<string, Route[]> {
  const paths = new Map<string, Route[]>();
  for (const route of routes) {
    const path = route.path.replace(/\{(\w+)\}/g, ':$1');
    paths.set(path, [...(paths.get(path) ?? []), route]);
  }
  return paths;
}

const jsonAnswer = 'application/json; charset=utf-8';

/** Metrics go by the route, not by the address: ids would make a series each. */
function named(route: Route): RequestHandler {
  return (_request, response, next) => {
    response.locals.route = route.path;
    next();
  };
}

const jsonType = /^application\/([\w.+-]+\+)?json\s*(;|$)/i;

/** What takes no fields but those of its address needs no body either. */
const needsJson =
  (route: Route): RequestHandler =>
  (request, response, next) => {
    const got = request.get('content-type') ?? 'none';
    const isEmpty = !request.get('transfer-encoding') && Number(request.get('content-length') ?? 0) === 0;
    const takesNone = route.body === undefined && route.wholeBody === undefined;
    if (jsonType.test(got) || (takesNone && isEmpty)) return next();
    const detail = `the content type must be application/json, not ${got.slice(0, 100)}`;
    sendRefusal(response, new Refusal('unsupported_media_type', detail));
  };

export function otherMethod(allow: readonly string[]): RequestHandler {
  return (request, response) => {
    if (request.method === 'OPTIONS') return void response.status(204).set('allow', allow.join(', ')).end();
    const detail = `${request.method} is not for this address; use ${allow.join(' or ')}`;
    sendRefusal(response, new Refusal('method_not_allowed', detail, { allow }));
  };
}

function handlerOf(route: Route, services: Services): RequestHandler {
  return async (request, response) => {
    const caller = await services.identity.callerOf({ authorization: request.get('authorization') });
    const peer = response.locals.peer as Peer;
    if (caller instanceof Refusal) return sendRefusal(response, await unknownCaller(services.limits, peer, caller));
    const given = givenIn(route, request);
    const call = {
      requestId: response.locals.requestId as string,
      ...{ caller, peer, ...keyIn(route, request) },
      tell: (headers: Readonly<Record<string, string>>) => setAll(response, headers),
      client: clientOf(request, peer),
      ended: () => endOf(response),
    };
    const answer = given instanceof Refusal ? given : await execute(route, services, given, call);
    if (answer instanceof Refusal) sendRefusal(response, answer);
    else sendAnswer(request, response, { route, answer });
  };
}

/** Made once: with its stack it costs as much as the request. */
const gone = new Error('nobody waits for this answer any more');

/** Made for those alone that wait for something. A response closes when its connection does, or once it is sent. */
function endOf(response: Response): AbortSignal {
  const end = new AbortController();
  if (response.closed) end.abort(gone);
  else
    response.once('close', () => {
      if (!response.writableFinished) end.abort(gone);
    });
  return end.signal;
}

/** A header that stands there twice comes joined with a comma, and is refused for its shape. */
function keyIn(route: Route, request: Request): { readonly idempotencyKey?: string } {
  const idempotencyKey = route.idempotent ? request.get(idempotencyHeader) : undefined;
  return idempotencyKey === undefined ? {} : { idempotencyKey };
}

function setAll(response: Response, headers: Readonly<Record<string, string>>): void {
  for (const name in headers) response.setHeader(name, headers[name] as string);
}

type Answered = { readonly route: Route; readonly answer: unknown };

function sendAnswer(request: Request, response: Response, { route, answer }: Answered): void {
  const { body, details } = answer instanceof Reply ? answer : new Reply(answer);
  const type = details.type ?? route.produces;
  if (details.headers) response.set(details.headers);
  response.status(details.status ?? route.status?.(body) ?? 200);
  const text = Buffer.isBuffer(body) ? body : type ? String(body) : jsonOf(body);
  if (details.headers?.etag !== undefined && isKnown(request, response, details.headers.etag)) return;
  if (route.isSlow && hasAlready(request, response, etagOf(text))) return;
  if (type) response.type(type).send(text);
  else response.setHeader('content-type', jsonAnswer).end(text);
}

function givenIn(route: Route, request: Request): Fields | Refusal {
  const params = request.params as Fields;
  if (route.wholeBody) return { ...params, body: request.body as unknown };
  if (route.method !== 'get') {
    if (route.body === undefined || isObject(request.body)) {
      const body = (request.body ?? {}) as Fields;
      return otherThanAddress(params, body) ?? { ...body, ...params };
    }
    return new Refusal('malformed_request', 'the body must be a JSON object', { field: 'body' });
  }
  const token = route.sees ? request.get('x-read-token') : undefined;
  const query = { ...(request.query as Fields), ...(token !== undefined && { token }) };
  return givenTwice(query) ?? typed(schemaFor(route), { ...query, ...params });
}

/** What the address names is what proxies and logs have seen: a body does not make it something else. */
function otherThanAddress(params: Fields, body: Fields): Refusal | undefined {
  const other = Object.keys(params).find((name) => Object.hasOwn(body, name) && body[name] !== params[name]);
  if (other === undefined) return undefined;
  return new Refusal('invalid_field', `${other} is another in the body than in the address`, { field: other });
}

function givenTwice(query: Fields): Refusal | undefined {
  const twice = Object.keys(query).find((name) => Array.isArray(query[name]));
  if (twice === undefined) return undefined;
  return new Refusal('invalid_field', `${twice} is given more than once`, { field: twice });
}
