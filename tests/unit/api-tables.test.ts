// The tables that the API is made of agree with each other: routes, reasons, names, cursors.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from '../../api/cursors.ts';
import { inSnakeCase, toCamel, toSnake } from '../../api/names.ts';
import { openApiOf } from '../../api/openapi.ts';
import { problemOf, type Reason, Refusal, reasons } from '../../api/problems.ts';
import { webhookPath } from '../../api/rest/webhooks.ts';
import { schemaFor } from '../../api/route.ts';
import { routes } from '../../api/routes.ts';
import { dependencyBehind, refusalFor } from '../../api/unavailable.ts';
import { isAllowedOrigin } from '../../api/ws/handshake.ts';
import { refusalReasons } from '../../processors/ledger/domain-outcomes.ts';
import { parseToken } from '../../projections/visibility.ts';

const document = openApiOf(routes, { type: 'object' });

const webhooks = `post ${webhookPath.replace(':provider', '{provider}')}`;

describe('the OpenAPI document', () => {
  it('has every route once, with an id of its own', () => {
    const listed = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    const known = [...routes.map(({ method, path }) => `${method} ${path}`), webhooks];
    expect(listed.sort()).toEqual(known.sort());
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map((operation) => (operation as { operationId: string }).operationId),
    );
    expect(new Set(ids).size).toBe(routes.length + 1);
  });

  it.each(routes.map((route) => [route.path, route] as const))('describes every field of %s', (_path, route) => {
    const operation = document.paths[route.path]?.[route.method] as { parameters: { name: string; in: string }[] };
    const fields = operation.parameters.filter((parameter) => parameter.in !== 'header');
    const named = fields.map(({ name }) => name);
    const inBody = Object.keys(route.body?.properties ?? {});
    expect([...named, ...inBody].sort()).toEqual(Object.keys(schemaFor(route).properties).sort());
    const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    if (route.slug !== 'later') expect(Object.keys(route.params?.properties ?? {})).toEqual(inPath);
  });

  it('shows of a body whose inner parts a service checks the same fields, and an example that fits', () => {
    const shown = routes.filter(({ bodyShown }) => bodyShown);
    expect(shown.map(({ path }) => path)).toEqual(['/api/dating/profile']);
    for (const { body, bodyShown } of shown) {
      const { properties, example } = bodyShown as { properties: object; example: object };
      expect(Object.keys(properties)).toEqual(Object.keys(body?.properties ?? {}));
      const ajv = new Ajv2020({ strict: false });
      expect(ajv.validate({ ...bodyShown, additionalProperties: false }, example), ajv.errorsText()).toBe(true);
    }
  });

  it('says what an idempotency key may be, and whose it is', () => {
    const keyed = routes.filter(({ idempotent }) => idempotent);
    expect(keyed.length).toBeGreaterThan(5);
    for (const { path } of keyed) {
      const operation = document.paths[path]?.post as
        | { parameters: { name: string; description: string }[] }
        | undefined;
      const key = operation?.parameters.find(({ name }) => name === 'Idempotency-Key');
      expect(key?.description).toMatch(/^1 to 128 of A-Z.*account that pays.*checkouts/);
    }
  });

  it.each([
    ['/api/auth/register', 'post', ['201']],
    ['/api/auth/login', 'post', ['200']],
    ['/api/dating/profile', 'put', ['202']],
    ['/api/users/{id}', 'delete', ['200', '202']],
    ['/api/payments/local/{payment_id}/complete', 'post', ['200', '202']],
    ['/api/grpc/security/issue-cert', 'post', ['200']],
    ['/api/health', 'get', ['200']],
  ])('names the statuses that %s answers', (path, method, statuses) => {
    const operation = document.paths[path]?.[method] as { responses: object } | undefined;
    expect(Object.keys(operation?.responses ?? {})).toEqual([...statuses, 'default']);
  });

  it('has only schemas that compile', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'openapi', ...document });
    for (const { answer } of routes) {
      if (!('$ref' in answer)) expect(() => ajv.compile(answer)).not.toThrow();
    }
  });
});

describe('the table of reasons', () => {
  it.each(Object.keys(reasons) as Reason[])('%s has a status of a refusal', (reason) => {
    expect(reasons[reason].status).toBeGreaterThanOrEqual(400);
    expect(reasons[reason].grpc).toBeGreaterThan(0);
    const problem = problemOf(new Refusal(reason, 'because', { field: 'limit' }));
    expect(problem).toMatchObject({ status: reasons[reason].status, reason, field: 'limit', detail: 'because' });
  });

  it('has every reason that the ledger refuses with', () => {
    expect(Object.keys(reasons)).toEqual(expect.arrayContaining([...refusalReasons]));
  });

  it('tells a store that is away from a defect', () => {
    expect(dependencyBehind(new Error('Command timed out'))).toBe('redis');
    expect(dependencyBehind(Object.assign(new Error('x'), { name: 'NoHostAvailableError' }))).toBe('cassandra');
    expect(dependencyBehind(new TypeError('x is not a function'))).toBeNull();
    expect(refusalFor(Object.assign(new Error('x'), { name: 'PublishUnavailable', eventId: 'e1' })).more.eventId).toBe(
      'e1',
    );
    expect(refusalFor(new TypeError('secret')).detail).not.toContain('secret');
  });
});

describe('names', () => {
  it.each([
    ['userId', 'user_id'],
    ['watchDurationMs', 'watch_duration_ms'],
    ['limit', 'limit'],
  ])('%s is %s', (camel, snake) => {
    expect(toSnake(camel)).toBe(snake);
    expect(toCamel(snake)).toBe(camel);
  });

  it('given in both spellings are refused', () => {
    expect(inSnakeCase({ userId: 'a', user_id: 'b' })).toBeInstanceOf(Refusal);
    expect(inSnakeCase({ userId: 'a' })).toEqual({ user_id: 'a' });
  });
});

describe('cursors and tokens', () => {
  const isPlace = (value: Readonly<Record<string, unknown>>): value is { at: number } => typeof value.at === 'number';

  const ofAna = { list: 'history', id: 'ana' } as const;

  it('come back as they were given', () => {
    expect(decodeCursor(ofAna, encodeCursor(ofAna, { at: 7 }), isPlace)).toEqual({ at: 7 });
  });

  it('are of one list of one person', () => {
    const cursor = encodeCursor(ofAna, { at: 7 });
    expect(decodeCursor({ list: 'history', id: 'ben' }, cursor, isPlace)).toBeNull();
    expect(decodeCursor({ list: 'statement', id: 'ana' }, cursor, isPlace)).toBeNull();
  });

  it.each(['', 'abc', encodeCursor(ofAna, [1]), encodeCursor(ofAna, { at: '7' }), '....'])(
    '%j is no cursor',
    (cursor) => {
      expect(decodeCursor(ofAna, cursor, isPlace)).toBeNull();
    },
  );

  it('name a place in the log', () => {
    expect(parseToken('user_activity:3:41')).toEqual({ topic: 'user_activity', partition: 3, offset: 41 });
    for (const wrong of ['', 'x', 'user_activity:8:1', 'user_activity:1:-1', 'toString:1:1', 'user_activity:1:1:1']) {
      expect(parseToken(wrong)).toBeNull();
    }
  });
});

describe('origins of sockets', () => {
  it.each([
    [undefined, true],
    ['http://localhost:3000', true],
    ['http://127.0.0.1', true],
    ['https://app.example', true],
    ['https://evil.example', false],
    ['https://partner.example', true],
    ['null', false],
  ])('%s: %s', (origin, isAllowed) => {
    expect(isAllowedOrigin(origin, 'app.example', ['https://partner.example'])).toBe(isAllowed);
  });
});
