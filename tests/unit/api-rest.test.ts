// What the REST adapter takes, answers and refuses, over services made up here.
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoIdentity } from '../../api/access.ts';
import { Refusal } from '../../api/problems.ts';
import { type Api, acknowledged, problemFrom, startApi, video } from './api-server.ts';

const asked: Record<string, unknown>[] = [];
let api: Api;

beforeAll(async () => {
  const page = { variant: 'fixed', videos: [video('v1')], next_cursor: null };
  const feed = {
    rank: async (request: object) => {
      asked.push({ ...request });
      if ('userId' in request && request.userId === 'broken') throw new Error('secret path /home/x');
      return page;
    },
    trending: async () => page,
    receipt: async () => null,
    candidateCount: () => 0,
    onFeedChange: () => () => undefined,
    onVideoChange: () => () => undefined,
  };
  const events = {
    post: async (event: object) =>
      'videoId' in event || 'video_id' in event
        ? acknowledged
        : new Refusal('invalid_field', 'videoId is missing', { field: 'videoId' }),
  };
  const visibility = { wait: async () => 'not_yet_visible' } as never;
  const identity = { ...demoIdentity, answerHeaders: { 'demo-mode': 'on' } };
  api = await startApi({ feed, events, visibility, identity });
});
afterAll(() => api.close());

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${api.url}${path}`, { headers });
const post = (path: string, body: string, type = 'application/json') =>
  fetch(`${api.url}${path}`, { method: 'POST', body, headers: type ? { 'content-type': type } : {} });

describe('a query', () => {
  it.each(['userId', 'user_id'])('may be spelled %s', async (name) => {
    const response = await get(`/api/grpc/feed?${name}=u1&limit=3`);
    expect(response.status).toBe(200);
    expect(asked.at(-1)).toMatchObject({ userId: 'u1', limit: 3 });
  });

  it.each([
    ['true', true],
    ['false', false],
  ])('may be for a page that nobody is shown: unseen=%s', async (text, unseen) => {
    await get(`/api/grpc/feed?user_id=u1&unseen=${text}`);
    expect(asked.at(-1)).toMatchObject({ userId: 'u1', unseen });
  });

  it('has a limit of 10 unless told', async () => {
    await get('/api/demo/feed?userId=u1');
    expect(asked.at(-1)).toMatchObject({ limit: 10 });
  });

  it.each(['0', '-1', '101', '1000000000', '1e9', 'abc', '', '1.5', '0x10', ' 5'])(
    'refuses limit %j',
    async (limit) => {
      const response = await get(`/api/grpc/feed?userId=u1&limit=${encodeURIComponent(limit)}`);
      expect(response.status).toBe(400);
      expect(await problemFrom(response)).toMatchObject({ field: 'limit', reason: 'invalid_field', status: 400 });
    },
  );

  it.each([
    ['user_id', '/api/grpc/feed'],
    ['userId', '/api/grpc/feed?userId='],
    ['user_id', `/api/grpc/feed?user_id=${'a'.repeat(5_000)}`],
    ['userId', '/api/grpc/feed?userId=a%20b'],
    ['userId', '/api/grpc/feed?userId=a&userId=b'],
    ['user_id', '/api/grpc/feed?userId=a&user_id=b'],
    ['cursor', '/api/grpc/feed?userId=a&cursor=!!'],
    ['unseen', '/api/grpc/feed?userId=a&unseen=1'],
    ['token', '/api/grpc/feed?userId=a&token=user_activity:1'],
    ['token', '/api/grpc/feed?userId=a&token=no_topic:1:2'],
    ['token', '/api/grpc/feed?userId=a&token=user_activity:99:2'],
    ['id', `/api/videos/${'v'.repeat(5_000)}`],
    ['id', '/api/users/a%20b/history'],
    ['receipt_id', '/api/grpc/xai/explain/a%2Fb'],
  ])('that is wrong is refused naming %s', async (field, path) => {
    const response = await get(path);
    expect(response.status).toBe(400);
    expect(await problemFrom(response)).toMatchObject({ field });
  });

  it('with a token that is not visible in time is 504', async () => {
    const response = await get('/api/grpc/feed?userId=a', { 'x-read-token': 'user_activity:1:2' });
    expect(response.status).toBe(504);
    expect(await problemFrom(response)).toMatchObject({ reason: 'not_yet_visible' });
  });
});

describe('a body', () => {
  it('of one event is accepted', async () => {
    const response = await post('/api/events', JSON.stringify({ userId: 'u', videoId: 'v', action: 'like' }));
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({
      accepted: true,
      event_id: 'event-1',
      topic: 'user_activity',
      partition: 3,
      offset: 41,
      token: 'user_activity:3:41',
    });
  });

  it('of several has a result for each', async () => {
    const response = await post('/api/events', JSON.stringify([{ videoId: 'v' }, { userId: 'u' }, 7]));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject([
      { accepted: true, token: 'user_activity:3:41' },
      { accepted: false, field: 'videoId', status: 400 },
      { accepted: false, field: 'body', status: 400 },
    ]);
  });

  it.each([
    [400, 'body', '{"userId":'],
    [400, 'body', '"text"'],
    [400, 'events', '[]'],
    [413, 'events', JSON.stringify(Array.from({ length: 1_001 }, () => ({})))],
    [413, 'body', JSON.stringify({ text: 'x'.repeat(2_000_000) })],
  ])('is refused with %i naming %s', async (status, field, body) => {
    const response = await post('/api/events', body);
    expect(response.status).toBe(status);
    expect(await problemFrom(response)).toMatchObject({ status, field });
  });

  it.each(['text/plain', 'application/jsonx', 'application/x-www-form-urlencoded'])(
    'of type %s is 415',
    async (type) => {
      const response = await post('/api/events', '{}', type);
      expect(response.status).toBe(415);
      await problemFrom(response);
    },
  );

  it.each([-1, 1.5, '15000', null, 86_400_001])('with watchDurationMs %j is refused', async (watchDurationMs) => {
    const response = await post('/api/demo/track-view', JSON.stringify({ userId: 'u', videoId: 'v', watchDurationMs }));
    expect(response.status).toBe(400);
    expect(await problemFrom(response)).toMatchObject({ field: 'watchDurationMs' });
  });
});

describe('an address', () => {
  it('that is unknown is 404', async () => {
    const response = await get('/api/nothing');
    expect(response.status).toBe(404);
    expect(await problemFrom(response)).toMatchObject({ reason: 'unknown_route' });
  });

  it.each([
    ['/api/grpc/feed', 'DELETE', 'GET, HEAD'],
    ['/api/events', 'GET', 'POST'],
    ['/', 'POST', 'GET, HEAD'],
  ])('%s refuses %s and says what it allows', async (path, method, allow) => {
    const response = await fetch(`${api.url}${path}`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    await problemFrom(response);
  });

  it('with broken percent signs is a problem', async () => {
    const response = await get('/api/videos/%E0%A4%A');
    expect(response.status).toBe(400);
    await problemFrom(response);
  });

  it('that is too long is 431', async () => {
    const response = await get(`/api/videos/${'v'.repeat(20_000)}`);
    expect(response.status).toBe(431);
    expect(response.headers.get('demo-mode')).toBe('on');
    expect(await problemFrom(response)).toMatchObject({ reason: 'headers_too_large' });
  });

  it.each(['Upgrade', 'keep-alive, Upgrade, HTTP2-Settings'])(
    'is answered where HTTP/2 is offered for what comes after (%s)',
    async (connection) => {
      const body = JSON.stringify({ userId: 'u1', videoId: 'é', action: 'like' });
      const headers = { connection, upgrade: 'h2c', 'http2-settings': 'AAMAAABk', 'content-type': 'application/json' };
      const { hostname, port } = new URL(api.url);
      const answered = new Promise<string>((resolve, reject) => {
        const options = { hostname, port, path: '/api/events', method: 'POST', headers };
        const asking = request(options, (response) => resolve(text(response)));
        asking.on('error', reject).end(body);
      });
      expect(JSON.parse(await answered)).toMatchObject({ accepted: true });
    },
  );

  it('stands above the body where both name something', async () => {
    const ended = async (body: object) => {
      const headers = { 'content-type': 'application/json' };
      const asked = { method: 'DELETE', headers, body: JSON.stringify(body) };
      const { reason, field } = await problemFrom(await fetch(`${api.url}/api/users/u1`, asked));
      return [reason, field];
    };
    expect(await ended({ id: 'u2' })).toEqual(['invalid_field', 'id']);
    expect(await ended({ id: ['u1'] })).toEqual(['invalid_field', 'id']);
    expect(await ended({ id: 'u1' })).toEqual(['unavailable', undefined]);
  });

  it('of a later service is 501 by name', async () => {
    const response = await post('/api/grpc/sora/generate', '{}');
    expect(response.status).toBe(501);
    expect((await problemFrom(response)).detail).toContain('Sora');
  });
});

describe('an answer', () => {
  it('carries the request id and no sign of what made it', async () => {
    const response = await get('/api/demo/feed?userId=u', { 'x-request-id': 'r-1' });
    expect(response.headers.get('x-request-id')).toBe('r-1');
    expect(response.headers.get('x-powered-by')).toBeNull();
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('of a defect says nothing of the inside', async () => {
    const response = await get('/api/demo/feed?userId=broken');
    expect(response.status).toBe(500);
    const text = JSON.stringify(await problemFrom(response));
    expect(text).not.toMatch(/secret|stack|\/home/);
  });

  it('from a part that is still connecting is 503 with Retry-After', async () => {
    const response = await get('/api/users/u1/history');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await problemFrom(response)).toMatchObject({ reason: 'unavailable' });
  });

  it('to whether it is ready is 503 while there is nothing to show', async () => {
    const response = await get('/api/ready');
    expect(response.status).toBe(503);
    expect(await problemFrom(response)).toMatchObject({ reason: 'not_ready' });
  });
});

describe('pages', () => {
  it.each([
    ['/', 'text/html', "script-src 'self'"],
    ['/page/page.js', 'text/javascript', "script-src 'self'"],
    ['/experiments', 'text/html', "script-src 'self'"],
    ['/page/experiments.js', 'text/javascript', "script-src 'self'"],
    ['/docs/', 'text/html', "script-src 'self'"],
    ['/openapi.json', 'application/json', "default-src 'none'"],
  ])('%s is served with its policy', async (path, type, policy) => {
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain(type);
    expect(response.headers.get('content-security-policy')).toContain(policy);
    expect(await response.text()).not.toMatch(/<script>(?!<)/);
  });

  it('of the API’s documentation has the navigation of the others', async () => {
    expect(await (await get('/docs/')).text()).toContain('<a href="/wallet" data-own>Wallet</a>');
  });

  it('show metrics by route, without ids', async () => {
    await get('/api/videos/some-video');
    const text = await (await get('/api/metrics/prometheus')).text();
    expect(text).toContain('route="/api/videos/{id}"');
    expect(text).not.toContain('some-video');
  });
});
