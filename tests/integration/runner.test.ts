// The runner on the real servers: projections equal an independent fold, redelivery and rebuild change nothing, faults heal.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engagement } from '../../processors/engagement/domain.ts';
import { engagement } from '../../processors/engagement/processor.ts';
import type { History } from '../../processors/history/domain.ts';
import { history } from '../../processors/history/processor.ts';
import { memosByTimeKey, metaKey, pushChannel, writeKey } from '../../processors/runtime/keys.ts';
import type { Changes } from '../../processors/runtime/ports.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import { RedisStateStore } from '../../processors/runtime/redis-store.ts';
import { World } from '../world.ts';

const base = (userId: string, eventId: string) => ({
  eventId,
  occurredAt: Date.UTC(2026, 10, 1),
  actorId: userId,
  correlationId: 'test',
  source: 'test',
  ruleSet: 0,
  origin: null,
  userId,
});
const activity = Array.from({ length: 400 }, (_, i) => {
  const event = base(`user-${i % 13}`, `event-${i}`);
  const videoId = `video-${(i * 7) % 11}`;
  if (i % 10 === 9) return { ...event, action: 'like', videoId };
  return { ...event, action: 'view', videoId, watchDurationMs: (i % 40) * 1_000 };
});
const uploads = Array.from({ length: 11 }, (_, i) => ({
  ...base('', `upload-${i}`),
  actorId: 'creator',
  videoId: `video-${i}`,
  action: 'published',
  creatorId: 'creator',
  title: `Video ${i}`,
  category: 'music',
  tags: ['a'],
  durationMs: 20_000,
  publishedAt: Date.UTC(2026, 9, 1),
}));

let world: World;
beforeAll(async () => {
  world = await World.make();
});
afterAll(() => world.drop());

/** What the projections must say, computed from the list of events alone. */
function expected() {
  const users = new Map<string, number>();
  const videos = new Map<string, { views: number; likes: number; watchMs: number }>();
  for (const event of activity) {
    users.set(event.userId, (users.get(event.userId) ?? 0) + 1);
    const video = videos.get(event.videoId) ?? { views: 0, likes: 0, watchMs: 0 };
    if ('watchDurationMs' in event)
      videos.set(event.videoId, { ...video, views: video.views + 1, watchMs: video.watchMs + event.watchDurationMs });
    else videos.set(event.videoId, { ...video, likes: video.likes + 1 });
  }
  return { users, videos };
}

async function actual() {
  const users = new Map([...(await world.states<History>(history))].map(([id, { events }]) => [id, events]));
  const videos = new Map(
    [...(await world.states<Engagement>(engagement))].map(([id, { views, likes, watchMs }]) => [
      id,
      { views, likes, watchMs },
    ]),
  );
  return { users, videos };
}

describe('the runner on the real servers', () => {
  it('folds events into projections equal to an independent fold', async () => {
    await world.append('video_uploads', uploads);
    const runner = await world.run();
    await world.append('user_activity', activity);
    await world.settle();
    expect(await actual()).toEqual(expected());
    const rows = await world.rows('SELECT user_id, event_id, watch_duration_ms FROM $.user_swipe_history');
    expect(rows.map(({ event_id }) => event_id).sort()).toEqual(activity.map(({ eventId }) => eventId).sort());
    const hours = await world.rows('SELECT video_id, views FROM $.video_engagement_by_hour');
    expect(hours.reduce((sum, { views }) => sum + Number(views), 0)).toBe(
      activity.filter(({ action }) => action === 'view').length,
    );
    await runner.stop();
  });

  it('changes nothing when every event is delivered again', async () => {
    const runner = await world.run();
    await world.append('user_activity', activity);
    await world.settle();
    expect(await actual()).toEqual(expected());
    await runner.stop();
  });

  it('folds again what Redis forgot, from the topics', async () => {
    await world.forgetRedis();
    const runner = await world.run();
    await world.settle();
    expect(await actual()).toEqual(expected());
    await runner.stop();
  });

  it('hands partitions over from one instance to two and back, losing and doubling nothing', async () => {
    const first = await world.run();
    const more = activity.map((event, i) => ({ ...event, eventId: `more-${i}` }));
    await world.append('user_activity', more.slice(0, 200));
    const second = await world.run();
    await world.append('user_activity', more.slice(200));
    await world.settle();
    await first.stop();
    await world.append('user_activity', more);
    await world.settle();
    await second.stop();
    const { users } = await actual();
    expect([...users].map(([id, events]) => [id, events / 2]).sort()).toEqual([...expected().users].sort());
  });

  it('skips poison into the control topic and goes on', async () => {
    const runner = await world.run([history as unknown as Processor]);
    const before = await actual();
    await world.appendRaw('user_activity', [
      { key: 'user-1', partition: 3, value: Buffer.from('garbage'), headers: { id: 'poison-1' } },
    ]);
    await world.append('user_activity', [
      { ...base('user-1', 'after-poison'), action: 'view', videoId: 'video-1', watchDurationMs: 1_000 },
    ]);
    await world.settle([history as unknown as Processor]);
    expect((await actual()).users.get('user-1')).toBe((before.users.get('user-1') ?? 0) + 1);
    const meta = await world.redis.hgetall(metaKey(world.tag(history as unknown as Processor, 3)));
    expect(
      Object.entries(meta)
        .filter(([name]) => name.startsWith('s:'))
        .map(([, id]) => id),
    ).toEqual(['poison-1']);
    await runner.stop();
  });

  it('refuses an old fence token everything, at the right offset too', async () => {
    const { namespace } = world.config;
    const store = new RedisStateStore(world.redis, {
      ...world.tag(history as unknown as Processor, 0),
      processor: 'fence',
      namespace,
    });
    const none = new Map<never, never>();
    const last = { id: 'a', time: 1 };
    const nothing = {
      states: none,
      ids: none,
      fields: none,
      scores: none,
      increments: none,
      drops: new Set<string>(),
      memos: none,
      watermarks: none,
      produced: none,
      skips: none,
    };
    const changes = { next: 1, last, ...nothing, boardLimit: null };
    await store.acquire(0, 4, 1);
    await store.acquire(0, 7, 1);
    expect(await store.acquire(0, 4, 1)).toBe('refused');
    expect(await store.acquire(0, 7, 1)).toBe('refused');
    expect(await store.resume(0, 4)).toBe('lost');
    expect(await store.read(0, { token: 4, offset: 0 }, { keys: ['key'], withIds: true })).toBe('lost');
    expect(await store.commit(0, { token: 4, offset: 0 }, changes, null)).toBe('lost');
    expect(await store.commit(0, { token: 7, offset: 1 }, changes, null)).toBe('lost');
    expect(await store.commit(0, { token: 7, offset: 0 }, changes, null)).toBe('ok');
  });

  it('keeps memos until their time, tells of those asked for, and takes boards away before it adds to them', async () => {
    const of = { ...world.tag(history as unknown as Processor, 0), processor: 'memos' };
    const store = new RedisStateStore(world.redis, of);
    const none = new Map<never, never>();
    const commit = (next: number, time: number, more: Partial<Changes>) =>
      store.commit(
        0,
        { token: 4, offset: next - 1 },
        {
          ...{ next, last: { id: 'a', time }, states: none, ids: none, fields: none, scores: none, increments: none },
          ...{
            drops: new Set(),
            memos: none,
            watermarks: none,
            produced: none,
            skips: none,
            boardLimit: null,
            ...more,
          },
        },
        { states: false, memosOf: 'k' },
      );
    const listener = world.redis.duplicate();
    const told: unknown[] = [];
    listener.on('message', (_, message) => told.push(JSON.parse(message)));
    await listener.subscribe(pushChannel(world.config.namespace, of.generation, of.processor));
    const memosAt = async (offset: number) => {
      const wanted = { keys: [], withIds: false, memos: ['kept', 'passing', 'gone'] };
      const found = await store.read(0, { token: 4, offset }, wanted);
      return found === 'lost' ? found : found.memos;
    };
    await store.acquire(0, 4, 1);
    const first = new Map([
      ['kept', { value: '1', until: null }],
      ['passing', { value: '2', until: 200 }],
      ['gone', { value: '3', until: 900 }],
    ]);
    await commit(1, 100, { memos: first, increments: new Map([['board', new Map([['ana', 5]])]]) });
    expect(await memosAt(1)).toEqual(['1', '2', '3']);
    await commit(2, 199, { memos: new Map([['gone', { value: null, until: null }]]) });
    expect(await memosAt(2)).toEqual(['1', '2', null]);
    await commit(3, 200, { memos: new Map([['kept', { value: '4', until: null }]]) });
    expect(await memosAt(3)).toEqual(['4', null, null]);
    expect(await memosAt(2)).toBe('lost');
    await commit(4, 300, { drops: new Set(['board']), increments: new Map([['board', new Map([['ben', 1]])]]) });
    expect(await world.redis.zrange(writeKey(of, 'board'), 0, -1, 'WITHSCORES')).toEqual(['ben', '1']);
    expect(await world.redis.zrange(memosByTimeKey(of), 0, -1)).toEqual([]);
    expect(await commit(2, 400, {})).toBe('lost');
    const push = { partition: 0, states: {} };
    await expect
      .poll(() => told)
      .toEqual([
        { ...push, from: 0, to: 1, memos: { kept: 1 } },
        { ...push, from: 1, to: 2 },
        { ...push, from: 2, to: 3, memos: { kept: 4 } },
        { ...push, from: 3, to: 4 },
      ]);
    listener.disconnect();
  });

  it('leaves partitions to a newer build', async () => {
    const newer = await world.run([history as unknown as Processor], 2);
    await newer.stop();
    const older = await world.run([history as unknown as Processor], 1);
    await expect.poll(() => older.status().why.join(' '), { timeout: 20_000 }).toContain('build 1 stands back');
    await older.stop();
  });
});
