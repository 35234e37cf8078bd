// What browsers are told (origins, headers, entity tags), how large requests may be, and that nothing thrown leaves as more than a problem.
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { costs } from '../../api/limits/policies.ts';
import { sizes } from '../../api/limits/sizes.ts';
import { routes } from '../../api/routes.ts';
import { type Api, acknowledged, problemFrom, startApi } from './api-server.ts';

const shop = 'https://shop.example';
const receipt = { receipt_id: 'r1', user_id: 'ana', factors: [1, 2, 3] };
let thrown: unknown = null;
let api: Api;
let open: Api;

beforeAll(async () => {
  const failing = async () => {
    throw thrown;
  };
  const feed = { rank: failing, trending: failing, receipt: async () => receipt, candidateCount: () => 0 } as never;
  const events = { post: async () => acknowledged };
  api = await startApi({ feed, events }, { isHttps: true, origins: [shop], hosts: null });
  open = await startApi({ feed }, { isHttps: false, origins: ['*'], hosts: null });
});
afterAll(() => Promise.all([api.close(), open.close()]));

const get = (path: string, headers: Record<string, string> = {}, at = api) => fetch(`${at.url}${path}`, { headers });

describe('a page of another origin', () => {
  const preflight = (origin: string, at = api) =>
    fetch(`${at.url}/api/grpc/monetization/gift`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'idempotency-key' },
    });

  it('that is listed may ask, and read headers, but not with the visitor’s credentials', async () => {
    const asked = await preflight(shop);
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, shop]);
    expect(asked.headers.get('access-control-allow-headers')).toContain('Idempotency-Key');
    expect(asked.headers.get('access-control-allow-methods')).toContain('POST');
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull();
    const answer = await get('/api/products', { origin: shop });
    expect(answer.headers.get('access-control-allow-origin')).toBe(shop);
    expect(answer.headers.get('vary')?.toLowerCase()).toContain('origin');
    const exposed = answer.headers.get('access-control-expose-headers');
    for (const name of ['RateLimit', 'Retry-After', 'ETag', 'Idempotency-Hit', 'X-Request-Id', 'Demo-Mode'])
      expect(exposed).toContain(name);
  });

  it.each(['https://evil.example', 'https://shop.example.evil.example', 'null', 'http://shop.example'])(
    'as %s may not',
    async (origin) => {
      expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull();
      const answer = await get('/api/products', { origin });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    },
  );

  it('may be any where any is allowed, and a refusal can be read too', async () => {
    expect((await preflight('null', open)).headers.get('access-control-allow-origin')).toBe('*');
    const answer = await get('/api/nothing', { origin: shop }, open);
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([404, '*']);
  });
});

describe('an answer', () => {
  it.each(['/api/products', '/api/nothing', '/', '/docs/', '/openapi.json'])('at %s has all headers', async (path) => {
    const { headers } = await get(path);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('camera=()'),
      'x-permitted-cross-domain-policies': 'none',
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
    });
    expect([headers.get('x-powered-by'), headers.get('server')]).toEqual([null, null]);
  });

  it('promises TLS only where there is TLS', async () => {
    expect((await get('/api/products', {}, open)).headers.get('strict-transport-security')).toBeNull();
  });
});

describe('an entity tag', () => {
  const tagged = ['/api/products', '/api/grpc/xai/explain/r1', '/openapi.json', '/', '/page/page.js', '/wallet'];
  it.each(tagged)('of %s spares what is there already', async (path) => {
    const first = await get(path);
    const etag = first.headers.get('etag') ?? '';
    expect([first.status, etag]).toEqual([200, expect.stringMatching(/^"[\w-]{27}"$/)]);
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await get(path, { 'if-none-match': known });
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
    }
    expect((await get(path, { 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('changes with the text', async () => {
    const before = (await get('/api/grpc/xai/explain/r1')).headers.get('etag');
    receipt.factors.push(4);
    expect((await get('/api/grpc/xai/explain/r1', { 'if-none-match': before ?? '' })).status).toBe(200);
  });

  it('is on no refusal, and on nothing that lives', async () => {
    expect((await get('/api/nothing', { 'if-none-match': '*' })).status).toBe(404);
    expect((await get('/api/ready')).headers.get('etag')).toBeNull();
  });
});

describe('what is thrown', () => {
  it.each([
    ['an error', new Error('secret /home/x')],
    ['a text', 'secret'],
    ['nothing', undefined],
    ['null', null],
    ['an object that looks like a parser’s', { status: 400, message: 'secret', stack: 'secret' }],
    ['one with a status of the server', Object.assign(new Error('secret'), { status: 500, expose: true })],
    ['a deep one', new AggregateError([new Error('secret')], 'secret', { cause: 'secret' })],
  ])('as %s is a problem without its text', async (_name, what) => {
    thrown = what;
    const response = await get('/api/grpc/feed?user_id=ana');
    const problem = await problemFrom(response);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify(problem)).not.toMatch(/secret|home|node_modules|at /);
  });
});

const post = (body: string) =>
  fetch(`${api.url}/api/events`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
const event = '{"userId":"ana"}';

/** The status of a request with so many bytes of head, as the parser counts: the address, names and values. */
async function statusWithHead(extra: number): Promise<string> {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.write(`GET /api/products HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx: ${'a'.repeat(extra)}\r\n\r\n`);
  await Promise.race([
    new Promise((resolve) => socket.once('close', resolve)),
    pause(5_000, undefined, { ref: false }),
  ]);
  return text.split(' ')[1] ?? '';
}

describe('a request', () => {
  it('has a body of so many bytes, and not one more', async () => {
    const fill = (bytes: number) => event + ' '.repeat(bytes - event.length);
    expect((await post(fill(sizes.bodyBytes))).status).toBe(202);
    const response = await post(fill(sizes.bodyBytes + 1));
    expect([response.status, await problemFrom(response)]).toMatchObject([413, { reason: 'too_large', field: 'body' }]);
  });

  it('has so many events, and not one more', async () => {
    const many = (n: number) => post(JSON.stringify(Array(n).fill({ userId: 'ana' })));
    expect((await many(sizes.events)).status).toBe(200);
    expect((await many(sizes.events + 1)).status).toBe(413);
  });

  it('has an address and headers that fit', async () => {
    expect(await statusWithHead(sizes.headerBytes - 200)).toBe('200');
    expect(await statusWithHead(sizes.headerBytes)).toBe('431');
  });

  it('asks for a page of so many items, by a cursor of so many characters, and not one more', async () => {
    thrown = new Error('was asked');
    const status = async (query: string) => (await get(`/api/grpc/feed?user_id=ana&${query}`)).status;
    expect(await status(`limit=${sizes.pageItems}`)).toBe(500);
    expect(await status(`limit=${sizes.pageItems + 1}`)).toBe(400);
    expect(await status(`cursor=${'a'.repeat(sizes.cursorCharacters)}`)).toBe(500);
    expect(await status(`cursor=${'a'.repeat(sizes.cursorCharacters + 1)}`)).toBe(400);
  });
});

describe('the table of routes', () => {
  it('charges a batch by its events, and everything that writes money or meets people more than a read', () => {
    const events = routes.find(({ path }) => path === '/api/events');
    const cost = events?.cost as (request: object) => number;
    expect([cost({ body: {} }), cost({ body: [] }), cost({ body: Array(7).fill({}) })]).toEqual([1, 1, 7]);
    for (const route of routes.filter(({ idempotent }) => idempotent))
      expect([route.path, route.cost]).toEqual([route.path, expect.toSatisfy((n) => n >= costs.decision)]);
  });
});
