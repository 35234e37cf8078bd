// What a user does not want, on the real servers: an event goes in at the API or the topic, the feed changes, and the effect can be asked for.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as answers from '../../api/answers.ts';
import { ApiServer } from '../../api/server.ts';
import { World } from '../world.ts';

type Json = Record<string, unknown>;
type Accepted = { readonly event_id: string; readonly token: string };
type Share = { readonly share: number; readonly items: number; readonly rank_of_first: number | null };
type Effect = Json & { readonly before: Share; readonly after: Share };
type Feed = { readonly videos: readonly { readonly video_id: string; readonly creator_id: string }[] };

const categories = ['music', 'sport', 'food', 'news'];
const base = { correlationId: 'test', source: 'test', ruleSet: 0, origin: null };
const published = Array.from({ length: 120 }, (_, n) => ({
  ...base,
  eventId: `upload-${n}`,
  occurredAt: Date.now(),
  actorId: `creator-${n % 7}`,
  videoId: `video-${n}`,
  action: 'published',
  creatorId: `creator-${n % 7}`,
  title: `Video ${n}`,
  category: categories[n % 4],
  tags: [`tag-${n % 9}`],
  durationMs: 20_000,
  publishedAt: Date.now() - n * 60_000,
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
  await world.append('video_uploads', published);
  await world.settle();
  await vi.waitFor(async () => expect((await ask('/api/ready')).status).toBe(200), { timeout: 20_000, interval: 20 });
}, 60_000);

afterAll(async () => {
  await api.close();
  await world.drop();
});

async function ask<Body = Json>(path: string, init?: RequestInit): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${url}${path}`, init);
  return { status: response.status, body: (await response.json()) as Body };
}

async function post(event: object): Promise<{ status: number; body: Accepted & Json }> {
  const headers = { 'content-type': 'application/json' };
  return ask('/api/events', { method: 'POST', headers, body: JSON.stringify(event) });
}

async function videosFor(userId: string, token = '', limit = 20): Promise<Feed['videos']> {
  const { body } = await ask<Feed>(`/api/grpc/feed?user_id=${userId}&limit=${limit}${token && `&token=${token}`}`);
  return body.videos;
}

const isOf = (category: string) => (video: Feed['videos'][number]) =>
  categories[Number(video.video_id.split('-')[1]) % 4] === category;

describe('"not interested"', () => {
  it('in a topic lowers its share of the next page as much as the effect says, in the documented shape', async () => {
    const before = (await videosFor('ana')).filter(isOf('music')).length / 20;
    const { body: event } = await post({
      user_id: 'ana',
      action: 'not_interested',
      video_id: 'video-0',
      reason: 'topic',
    });
    const after = (await videosFor('ana', event.token)).filter(isOf('music')).length / 20;
    const { status, body } = await ask<Effect>(
      `/api/feedback/${event.event_id}/effect?user_id=ana&token=${event.token}`,
    );
    expect(status).toBe(200);
    const isShaped = new Ajv2020({ strict: false, validateFormats: false }).validate(answers.effect, body);
    expect(isShaped).toBe(true);
    expect(body).toMatchObject({ user_id: 'ana', action: 'not_interested', reason: 'topic', token: event.token });
    expect(body).toMatchObject({ video_id: 'video-0', what: { kind: 'topic', id: 'music' } });
    expect([body.before.share, body.after.share]).toEqual([before, after]);
    expect(after).toBeLessThan(before / 2);
  });

  it('in a creator takes them out until half a view; the effect is found by the event’s id alone', async () => {
    const creators = async (token: string) => (await videosFor('ben', token, 100)).map(({ creator_id: id }) => id);
    expect(await creators('')).toContain('creator-1');
    const event = (await post({ userId: 'ben', action: 'not_interested', videoId: 'video-1', reason: 'creator' })).body;
    expect(await creators(event.token)).not.toContain('creator-1');
    const { body } = await ask<Effect>(`/api/feedback/${event.event_id}/effect?items=50`);
    expect(body).toMatchObject({ user_id: 'ben', what: { kind: 'creator', id: 'creator-1' } });
    expect(body.after).toEqual({ share: 0, items: 50, rank_of_first: null });
    expect(body.before.share).toBeGreaterThan(0);
    const view = await post({ userId: 'ben', action: 'view', videoId: 'video-8', watchDurationMs: 10_000 });
    expect(await creators(view.body.token)).toContain('creator-1');
  });

  it('for a reason that there is not is 422 and names what is allowed', async () => {
    const { status, body } = await post({
      user_id: 'ana',
      action: 'not_interested',
      video_id: 'video-0',
      reason: 'mood',
    });
    expect(status).toBe(422);
    expect(body).toMatchObject({ reason: 'unknown_reason', field: 'reason' });
    expect(body.detail).toContain('video (if absent), creator or topic');
  });
});

describe('a block', () => {
  it('takes the creator out of the feed, and its effect can be asked for', async () => {
    const event = { ...base, eventId: 'block-1', occurredAt: Date.now(), actorId: 'cleo', userId: 'cleo' };
    await world.append('user_activity', [{ ...event, action: 'block', targetUserId: 'creator-2' }]);
    await world.settle();
    expect((await videosFor('cleo')).map(({ creator_id: id }) => id)).not.toContain('creator-2');
    const { body } = await ask<Effect>('/api/feedback/block-1/effect');
    expect(body).toMatchObject({ action: 'block', what: { kind: 'creator', id: 'creator-2' }, video_id: null });
    expect(body.before.share).toBeGreaterThan(body.after.share);
  });
});

describe('the effect', () => {
  it('of what is unknown, positive or another’s is 404', async () => {
    const { body: like } = await post({ user_id: 'dan', action: 'like', video_id: 'video-5' });
    const { body: skip } = await post({ user_id: 'dan', action: 'skip', video_id: 'video-6' });
    const path = (id: string, more = '') => `/api/feedback/${id}/effect?token=${skip.token}${more}`;
    expect((await ask(path('nothing'))).status).toBe(404);
    expect((await ask(path(like.event_id))).status).toBe(404);
    expect((await ask(path(skip.event_id, '&user_id=ana'))).status).toBe(404);
    expect((await ask(path(skip.event_id))).body).toMatchObject({ reason: 'skipped', what: { id: 'video-6' } });
  });
});

describe('why a video is not in a feed', () => {
  it('is told with all reasons, or with its place and scores', async () => {
    const { body: event } = await post({
      user_id: 'fay',
      action: 'not_interested',
      video_id: 'video-7',
      reason: 'topic',
    });
    const why = async (id: string) =>
      (await ask(`/api/grpc/feed/why-not?user_id=fay&video_id=${id}&token=${event.token}`)).body;
    const out = await why('video-7');
    const isShaped = new Ajv2020({ strict: false, validateFormats: false }).validate(answers.whyNot, out);
    expect(isShaped).toBe(true);
    expect(out).toMatchObject({ refusals: expect.arrayContaining(['not_interested', 'seen']), rank: null });
    expect(out.sentence).toContain('the viewer is not interested in it');
    const [first] = await videosFor('fay', event.token);
    const inside = await why(first?.video_id ?? '');
    expect(inside).toMatchObject({ refusals: [], rank: expect.any(Number) });
    expect((await ask('/api/grpc/feed/why-not?user_id=fay&video_id=nothing')).status).toBe(404);
  });
});

describe('what was seen', () => {
  it('does not come back after a thousand later views', async () => {
    const first = (await post({ user_id: 'eve', action: 'like', video_id: 'video-3' })).body;
    expect((await videosFor('eve', first.token)).map(({ video_id: id }) => id)).not.toContain('video-3');
    const views = Array.from({ length: 1_000 }, (_, n) => ({
      user_id: 'eve',
      action: 'view',
      video_id: `elsewhere-${n}`,
      watch_duration_ms: 100,
    }));
    const headers = { 'content-type': 'application/json' };
    const { body } = await ask<Accepted[]>('/api/events', { method: 'POST', headers, body: JSON.stringify(views) });
    const token = body.at(-1)?.token ?? '';
    // How long a thousand take is not what this is about.
    await world.settle();
    expect((await videosFor('eve', token)).map(({ video_id: id }) => id)).not.toContain('video-3');
    const pages = await ask<Feed>(`/api/grpc/feed?user_id=eve&limit=100&token=${token}`);
    expect(pages.body.videos.map(({ video_id: id }) => id)).not.toContain('video-3');
  }, 20_000);
});
