// The OpenAPI 3.1 document, made from the route table and from the schemas of events.
import * as answers from './answers.ts';
import { field, type JsonSchema, type ObjectSchema, objectOf } from './fields.ts';
import { twinsOf } from './grpc/services.ts';
import { idempotencyHeader } from './names.ts';
import { webhookPaths } from './openapi-webhooks.ts';
import type { Route } from './route.ts';

const json = (schema: JsonSchema) => ({ 'application/json': { schema } });
const problemAnswer = {
  description: 'A refusal (RFC 9457); `reason` is one of a closed list',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** @param clientEvent JSON Schema of one event as clients post it */
export function openApiOf(routes: readonly Route[], clientEvent: JsonSchema) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'PROFITHACK',
      version: '1',
      description:
        'Requests accept snake_case and camelCase, answers are snake_case. A read accepts the `token` of an ' +
        'acknowledgement and then waits until it sees that event. WebSocket: `/ws`.',
    },
    paths: { ...paths, ...webhookPaths(problemAnswer) } as typeof paths,
    components: {
      schemas: {
        Problem: answers.problem,
        ClientEvent: clientEvent,
        ClientEvents: {
          oneOf: [
            { $ref: '#/components/schemas/ClientEvent' },
            { type: 'array', minItems: 1, maxItems: 1_000, items: { $ref: '#/components/schemas/ClientEvent' } },
          ],
        },
      },
    },
  };
}

const keyParameter = {
  name: idempotencyHeader,
  in: 'header',
  required: true,
  description:
    `${field.id.description}, the same for every repeat of a request: it is carried out once, and repeats get the first ` +
    'answer. Keys belong to the account that pays (of a payout: that is paid), whatever the request; those of checkouts ' +
    'are apart from them, and belong to the buyer.',
  schema: field.id,
};

function operationOf(route: Route) {
  const body = route.bodyShown ?? route.wholeBody ?? route.body;
  const twins = twinsOf(route);
  return {
    operationId: `${route.method}${route.path.replace(/[^a-z]+([a-z])?/gi, (_, c?: string) => c?.toUpperCase() ?? '')}`,
    summary: route.summary,
    tags: [route.slug],
    ...(twins.length > 0 && { 'x-grpc': twins }),
    parameters: [
      ...parametersOf('path', route.params),
      ...parametersOf('query', route.query),
      ...(route.sees ? parametersOf('query', objectOf({ token: field.token })) : []),
      ...(route.idempotent ? [keyParameter] : []),
    ],
    ...(body && { requestBody: { required: true, content: json(body) } }),
    responses: route.slug === 'later' ? { 501: problemAnswer } : { ...successOf(route), default: problemAnswer },
  };
}

function successOf(route: Route): Record<string, unknown> {
  const success = {
    description: route.summary,
    content: { [route.produces ?? 'application/json']: { schema: route.answer } },
  };
  if (route.idempotent)
    return { 200: success, 202: { description: 'Not decided yet', content: json(answers.pending) } };
  if (route.wholeBody) return { 200: { ...success, description: 'An array was posted' }, 202: success };
  const statuses = route.statuses ?? [route.status?.({}) ?? 200];
  return Object.fromEntries(statuses.map((status) => [status, success]));
}

function parametersOf(place: 'path' | 'query', schema: ObjectSchema | undefined) {
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || (schema?.required ?? []).includes(name),
    description: property.description,
    schema: property,
  }));
}
