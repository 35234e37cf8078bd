// The API on the real servers: what is wrong stays out of the log, what is accepted is seen by every reader that waits for it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import * as answers from '../../api/answers.ts';
import { ApiServer } from '../../api/server.ts';
import { expectShape } from '../documented-shape.ts';
import { World } from '../world.ts';

type Json = Record<string, unknown>;
type Answer<Body = Json> = { readonly status: number; readonly body: Body; readonly headers: Headers };

const published = Array.from({ length: 12 }, (_, i) => ({
  eventId: `upload-${i}`,
  occurredAt: Date.now(),
  actorId: 'creator-1',
  correlationId: 'test',
  source: 'test',
  ruleSet: 0,
  origin: null,
  videoId: `video-${i}`,
  action: 'published',
  creatorId: `creator-${i % 3}`,
  title: `Video ${i}`,
  category: i % 2 ? 'music' : 'sport',
  tags: [`tag-${i % 4}`],
  durationMs: 20_000,
  publishedAt: Date.now() - i * 3_600_000,
}));

let world: World;
let api: ApiServer;
let url: string;

beforeAll(async () => {
  world = await World.make();
  const config = { ...world.config, api: { ...world.config.api, host: '127.0.0.1', port: 0 } };
  api = new ApiServer({ config, log: world.log, onFatal: (why) => world.log.fatal(why) });
  url = await api.listen();
  await world.run();
}, 60_000);

afterAll(async () => {
  await api.close();
  await world.drop();
});

async function ask<Body = Json>(path: string, init?: RequestInit): Promise<Answer<Body>> {
  const response = await fetch(`${url}${path}`, init);
  return { status: response.status, body: (await response.json()) as Body, headers: response.headers };
}

const posting = (body: string): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body,
});
const post = <Body = Json>(path: string, body: unknown) => ask<Body>(path, posting(JSON.stringify(body)));

async function recordsOf(topic: 'user_activity'): Promise<number> {
  return [...(await world.ends(topic)).values()].reduce((sum, end) => sum + end, 0);
}

describe('before anything is published', () => {
  it('is not ready, and says why', async () => {
    await expect.poll(async () => (await ask('/api/ready')).body.reason, { timeout: 20_000 }).toBe('not_ready');
    expect((await ask('/api/ready')).status).toBe(503);
  }, 30_000);
});

describe('once videos are published', () => {
  beforeAll(async () => {
    await world.append('video_uploads', published);
    await world.settle();
  }, 60_000);

  it('becomes ready', async () => {
    await expect.poll(async () => (await ask('/api/ready')).status, { timeout: 20_000 }).toBe(200);
  }, 30_000);

  it('answers in the documented shapes', async () => {
    expectShape(answers.ready, (await ask('/api/ready')).body);
    expectShape(answers.health, (await ask('/api/health')).body);
    expectShape(answers.architecture, (await ask('/api/demo/architecture')).body);
    expectShape(answers.feedPage, (await ask('/api/grpc/feed/trending')).body);
    expectShape(answers.recommendationsPage, (await ask('/api/grpc/xai/recommendations?userId=test')).body);
    expectShape(answers.video, (await ask('/api/videos/video-1')).body);
    expectShape(answers.historyPage, (await ask('/api/users/nobody/history')).body);
  });

  it('gives a new user a feed of explained videos, and explains each', async () => {
    const { status, body } = await ask<{ videos: Json[] }>('/api/demo/feed?userId=test&limit=5');
    expect(status).toBe(200);
    expect(body.videos).toHaveLength(5);
    expectShape(answers.feedPage, body);
    for (const video of body.videos) expect(video.explanation).not.toEqual([]);
    const receipt = await ask(`/api/grpc/xai/explain/${body.videos[0]?.receipt_id}`);
    expectShape(answers.receipt, receipt.body);
    expect(receipt.body.video_id).toBe(body.videos[0]?.video_id);
  });

  it('pages through the feed without repeating a video', async () => {
    const first = await ask<{ videos: Json[]; next_cursor: string }>('/api/grpc/feed?userId=pager&limit=5');
    const second = await ask<{ videos: Json[] }>(
      `/api/grpc/feed?userId=pager&limit=5&cursor=${first.body.next_cursor}`,
    );
    const ids = [...first.body.videos, ...second.body.videos].map((video) => video.video_id);
    expect(new Set(ids).size).toBe(10);
  });

  it('answers 404 for what nobody has named', async () => {
    expect((await ask('/api/videos/no-such-video')).status).toBe(404);
    expect((await ask('/api/grpc/xai/explain/no-such-receipt')).status).toBe(404);
  });
});

describe('an accepted event', () => {
  it('is in the history and in the figures for whoever brings its token', async () => {
    const view = { userId: 'user1', videoId: 'video-1', watchDurationMs: 15_000 };
    const { status, body } = await post('/api/demo/track-view', view);
    expect(status).toBe(202);
    expectShape(answers.acknowledgement, body);
    const history = await ask<{ entries: Json[] }>(`/api/users/user1/history?token=${body.token}`);
    expect(history.body.entries[0]).toMatchObject({
      event_id: body.event_id,
      video_id: 'video-1',
      watch_duration_ms: 15_000,
    });
    const video = await ask(`/api/videos/video-1`, { headers: { 'x-read-token': String(body.token) } });
    expect(video.body.engagement).toMatchObject({ views: 1, watch_ms: 15_000, completion_rate: 0.75 });
    expect((await ask(`/api/demo/feed?userId=user1&token=${body.token}`)).status).toBe(200);
  });

  it('may be one of many, each with a result of its own', async () => {
    const before = await recordsOf('user_activity');
    const { status, body } = await post<Json[]>('/api/events', [
      { user_id: 'user2', video_id: 'video-2', action: 'like' },
      { user_id: 'user2', action: 'like' },
      { userId: 'user2', videoId: 'video-3', action: 'comment', text: 'so good' },
      { userId: 'user2', videoId: 'video-3', action: 'swipe' },
    ]);
    expect(status).toBe(200);
    expectShape(answers.eventResult, body);
    expect(body.map(({ accepted, status: code, field }) => [accepted, code, field])).toEqual([
      [true, undefined, undefined],
      [false, 400, 'video_id'],
      [true, undefined, undefined],
      [false, 422, 'action'],
    ]);
    expect(await recordsOf('user_activity')).toBe(before + 2);
    const history = await ask<{ entries: Json[] }>(`/api/users/user2/history?token=${body[2]?.token}`);
    expect(history.body.entries.find(({ action }) => action === 'comment')).toMatchObject({ text: 'so good' });
  });

  it('that is repeated with its id counts once', async () => {
    const event = { event_id: 'the-same', user_id: 'user3', video_id: 'video-4', action: 'share' };
    await post('/api/events', event);
    const { body } = await post('/api/events', event);
    const video = await ask(`/api/videos/video-4?token=${body.token}`);
    expect(video.body.engagement).toMatchObject({ shares: 1 });
  });

  it('is one of a history that is paged without gap across months', async () => {
    const day = 86_400_000;
    const events = Array.from({ length: 25 }, (_, i) => ({
      user_id: 'user4',
      video_id: `video-${i % 6}`,
      action: 'like',
      occurred_at: new Date(Date.now() - i * 17 * day).toISOString(),
    }));
    const results = (await post<Json[]>('/api/events', events)).body;
    const seen: unknown[] = [];
    let cursor: unknown = '';
    for (let pages = 0; cursor !== null && pages < 10; pages += 1) {
      const place = cursor ? `&cursor=${cursor}` : `&token=${results.at(-1)?.token}`;
      const { body } = await ask<{ entries: Json[]; next_cursor: string | null }>(
        `/api/users/user4/history?limit=7${place}`,
      );
      seen.push(...body.entries.map((entry) => entry.event_id));
      cursor = body.next_cursor;
    }
    expect(seen).toEqual(results.map((result) => result.event_id));
  });
});

describe('a wrong event', () => {
  const good = { userId: 'user1', videoId: 'video-1', action: 'view', watchDurationMs: 1_000 };
  const wrong: [field: string, body: string][] = [
    ['action', JSON.stringify({ ...good, action: 'dance' })],
    ['action', JSON.stringify({ ...good, action: 'registration' })],
    ['action', JSON.stringify({ ...good, action: undefined })],
    ['userId', JSON.stringify({ ...good, userId: undefined })],
    ['userId', JSON.stringify({ ...good, userId: 7 })],
    ['videoId', JSON.stringify({ ...good, videoId: 'v'.repeat(5_000) })],
    ['watchDurationMs', JSON.stringify({ ...good, watchDurationMs: -1 })],
    ['watchDurationMs', JSON.stringify({ ...good, watchDurationMs: '1000' })],
    ['watch_duration_ms', JSON.stringify({ user_id: 'u', video_id: 'v', action: 'view', watch_duration_ms: 1.5 })],
    ['occurredAt', JSON.stringify({ ...good, occurredAt: Date.now() + 3_600_000 })],
    ['occurredAt', JSON.stringify({ ...good, occurredAt: 'tomorrow' })],
    ['actorId', JSON.stringify({ ...good, actorId: 'someone-else' })],
    ['body', '{"userId":"user1",'],
    ['body', JSON.stringify({ ...good, text: 'x'.repeat(2_000_000) })],
  ];

  it.each(wrong)('is refused naming %s, and nothing reaches the topic', async (field, body) => {
    const before = await recordsOf('user_activity');
    const answer = await ask('/api/events', posting(body));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expectShape(answers.problem, answer.body);
    expect(answer.body.field).toBe(field);
    expect(await recordsOf('user_activity')).toBe(before);
  });

  it('as a tracked view is refused in the same way', async () => {
    const before = await recordsOf('user_activity');
    for (const watchDurationMs of [-1, 'long', null, undefined]) {
      const answer = await post('/api/demo/track-view', { userId: 'user1', videoId: 'video-1', watchDurationMs });
      expect([answer.status, answer.body.field]).toEqual([400, 'watchDurationMs']);
    }
    expect(await recordsOf('user_activity')).toBe(before);
  });
});

describe('a read with the token of an event', () => {
  it('that is of nothing in the log is refused within three seconds', async () => {
    const startedAt = performance.now();
    const { status, body } = await ask('/api/users/user1/history?token=user_activity:0:999999');
    expect([status, body.reason, body.field]).toEqual([400, 'invalid_field', 'token']);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});

describe('a socket', () => {
  it('is pushed a user’s feed and a video’s counters as they change', async () => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
    const messages: Json[] = [];
    socket.on('message', (data) => messages.push(JSON.parse(String(data)) as Json));
    await new Promise((resolve) => socket.once('open', resolve));
    for (const channel of ['video:video-7', 'feed:watcher'])
      socket.send(JSON.stringify({ type: 'subscribe', channel }));
    const ofType = (type: string, channel: string) => messages.filter((m) => m.type === type && m.channel === channel);
    await expect.poll(() => messages.filter(({ type }) => type === 'subscribed').length).toBe(2);
    await post('/api/events', { userId: 'watcher', videoId: 'video-7', action: 'like' });
    await expect
      .poll(() => ofType('update', 'video:video-7').at(-1), { timeout: 3_000 })
      .toMatchObject({ data: { likes: 1 } });
    await expect.poll(() => ofType('update', 'feed:watcher').length, { timeout: 3_000 }).toBeGreaterThan(0);
    socket.close();
  });
});
