// The pure half of the producers: logs become events, simulated people are the same for the same seed, the queue keeps its limits.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sources, UnreadableLog } from '../../producers/import/files.ts';
import { type KuaiRandRow, kuaiRandLog } from '../../producers/import/kuairand.ts';
import { movieLensLog } from '../../producers/import/movielens.ts';
import { PublishQueue } from '../../producers/publish-queue.ts';
import { demoActivity, demoVideos, uploadOf } from '../../producers/simulate/demo-events.ts';
import { loadActivity, loadUploads } from '../../producers/simulate/load.ts';
import { seeded } from '../../producers/simulate/random.ts';
import type { TopicName } from '../../schemas/topics.ts';
import { checkEvent, type Loose } from '../../schemas/validate.ts';

const now = Date.UTC(2026, 10, 1, 12);
const isEvent = (topic: TopicName) => (event: object) => checkEvent(topic, event as Loose, { now }).ok;

const row = (given: Partial<KuaiRandRow>): KuaiRandRow => ({
  user_id: '111',
  video_id: '7',
  time_ms: '1649581149287',
  is_follow: '0',
  is_comment: '0',
  is_forward: '0',
  play_time_ms: '46186',
  duration_ms: '45916',
  label: '',
  ...given,
});

describe('a KuaiRand log', () => {
  const about = { userId: 'kr_111', videoId: 'kr_7', occurredAt: 1_649_581_149_287 };
  const view = { ...about, action: 'view', watchDurationMs: 46_186 };
  const eventsOf = (given: Partial<KuaiRandRow>) => kuaiRandLog('kr', [row(given)]).rows[0]?.events;

  it.each<[string, Partial<KuaiRandRow>, object[]]>([
    ['a view', {}, []],
    ['a like', { label: '1' }, [{ ...about, action: 'like' }]],
    ['a dislike', { label: '0' }, [{ ...about, action: 'not_interested' }]],
    ['a forward', { is_forward: '1' }, [{ ...about, action: 'share' }]],
    ['a comment, of which the text is unknown', { is_comment: '1' }, [{ ...about, action: 'comment' }]],
    [
      'a follow of the video’s creator',
      { is_follow: '1' },
      [{ ...about, action: 'follow', creatorId: 'kr_creator_7' }],
    ],
  ])('becomes a view and %s', (_, given, others) => {
    expect(eventsOf(given)).toEqual([view, ...others]);
  });

  it('publishes each video once, when it is first seen, with the duration that any row knows', () => {
    const rows = [
      row({ time_ms: '3000', duration_ms: '9000' }),
      row({ time_ms: '1000', duration_ms: '0' }),
      row({ time_ms: '2000', video_id: '8', duration_ms: '0' }),
    ];
    expect(kuaiRandLog('kr', rows).uploads).toMatchObject([
      { videoId: 'kr_7', action: 'published', publishedAt: 1_000, occurredAt: 1_000, durationMs: 9_000, tags: [] },
      { videoId: 'kr_8', publishedAt: 2_000, durationMs: 0, category: 'unknown', creatorId: 'kr_creator_8' },
    ]);
  });

  it('is in order of time, rows of one instant as they were', () => {
    const rows = [row({ time_ms: '2', user_id: 'c' }), row({ time_ms: '1', user_id: 'b' }), row({ time_ms: '2' })];
    const users = kuaiRandLog('kr', rows).rows.map(({ events }) => events[0]?.userId);
    expect(users).toEqual(['kr_b', 'kr_c', 'kr_111']);
  });
});

describe('MovieLens files', () => {
  const items = 'item,title,release_date,genres\n1,"Film ""1"", part",,\n';
  const log = (ratings: string, films = items) => {
    const folder = mkdtempSync(join(tmpdir(), 'movielens-'));
    writeFileSync(join(folder, 'items.csv'), films);
    writeFileSync(join(folder, 'train.csv'), `user,item,rating,timestamp\n${ratings}`);
    try {
      return sources.movielens?.(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it('may have a byte order mark, CRLF, blanks around values, and ratings like 4.0', () => {
    const plain = log('7,1,4,874724710\n');
    const odd = log('7, 1 ,4.0,874724710\r\n', `\uFEFF${items}`);
    expect(odd?.rows).toEqual(plain?.rows);
    expect(odd?.uploads).toEqual(plain?.uploads);
  });

  it.each([
    ['7,1,4,874724710\n7,1,good,874724710\n', /line 3: rating must be a number, not "good"/],
    ['7,1,,874724710\n', /line 2: rating must be a number, not ""/],
    ['7,1,4,\n', /line 2: timestamp must be a number, not ""/],
    ['7,1,4,yesterday\n', /line 2: timestamp must be a number, not "yesterday"/],
    ['7,,4,874724710\n', /line 2: user and item must not be empty/],
  ])('with %j are refused with the line and what was expected', (ratings, sentence) => {
    expect(() => log(ratings)).toThrow(sentence);
  });
});

describe('a MovieLens log', () => {
  const item = { item: '1', title: 'Toy Story (1995)', release_date: '01-Jan-1995', genres: 'Animation|Comedy' };
  const rated = (rating: string) => ({ user: '5', item: '1', rating, timestamp: '874724710' });
  const actionsOf = (rating: string) =>
    movieLensLog('ml', [item], [rated(rating)]).rows[0]?.events.map(({ action }) => action);

  it.each([
    ['5', ['view', 'like']],
    ['4', ['view', 'like']],
    ['3', ['view']],
    ['2', ['view', 'not_interested']],
    ['1', ['view', 'not_interested']],
  ])('a rating of %s becomes %j', (rating, actions) => {
    expect(actionsOf(rating)).toEqual(actions);
  });

  it('is in order of time', () => {
    const ratings = ['30', '10', '20'].map((timestamp) => ({ ...rated('3'), timestamp }));
    expect(movieLensLog('ml', [], ratings).rows.map(({ at }) => at)).toEqual([10_000, 20_000, 30_000]);
  });

  it('reads its seconds as ms', () => {
    expect(movieLensLog('ml', [], [rated('3')]).rows[0]?.at).toBe(874_724_710_000);
  });

  it('makes genres tags, the first one the category', () => {
    expect(movieLensLog('ml', [item], []).uploads).toMatchObject([
      {
        videoId: 'ml_1',
        title: 'Toy Story (1995)',
        category: 'Animation',
        tags: ['Animation', 'Comedy'],
        publishedAt: Date.UTC(1995, 0, 1),
      },
    ]);
  });

  it.each([
    ['before 1970', { ...item, release_date: '01-Jan-1922' }],
    ['without a date, a title, a genre', { item: '2', title: '', release_date: '', genres: '' }],
  ])('makes an event of a film %s', (_, odd) => {
    expect(movieLensLog('ml', [odd], []).uploads.every(isEvent('video_uploads'))).toBe(true);
  });
});

describe('the files of a log', () => {
  const header = 'user_id,video_id,time_ms,is_follow,is_comment,is_forward,play_time_ms,duration_ms,label\n';
  let folder = '';
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'log-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('give the import a name by their content, without the separator of origins', () => {
    const [one, other] = ['1,2,3,0,0,0,5,6,1\n', '1,2,3,0,0,0,5,6,0\n'].map((line, i) =>
      file(`${i}.csv`, header + line),
    );
    const nameOf = (path: string | undefined) => sources.kuairand?.(path ?? '').name;
    expect(nameOf(one)).toMatch(/^kuairand-[0-9a-f]+$/);
    expect(nameOf(file('again.csv', `${header}1,2,3,0,0,0,5,6,1\n`))).toBe(nameOf(one));
    expect(nameOf(other)).not.toBe(nameOf(one));
  });

  it.each<[string, () => string]>([
    ['is not there', () => join(folder, 'nowhere.csv')],
    ['lacks columns', () => file('lacking.csv', 'user_id,video_id\n1,2\n')],
    ['is no CSV', () => file('no.csv', 'a,"b\nc')],
    ['is empty', () => file('empty.csv', '')],
  ])('are refused in a sentence where a file %s', (_, path) => {
    expect(() => sources.kuairand?.(path())).toThrow(UnreadableLog);
  });
});

describe('the simulated load', () => {
  const shape = { users: 200, videos: 100, seed: 1 };
  const take = (count: number, given = shape) => {
    const events = loadActivity(given);
    return Array.from({ length: count }, () => events.next().value);
  };
  const events = take(20_000);
  const shareOfTop = (field: 'videoId' | 'userId', top: number) => {
    const counts = new Map<string, number>();
    for (const event of events as Record<string, unknown>[]) {
      const value = String(event[field]);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const most = [...counts.values()].sort((a, b) => b - a).slice(0, top);
    return most.reduce((sum, count) => sum + count, 0) / events.length;
  };

  it('is the same for a seed, another for another', () => {
    expect(take(500)).toEqual(take(500));
    const actions = (seed: number) => take(500, { ...shape, seed }).map(({ action }) => action);
    expect(actions(1)).not.toEqual(actions(2));
    expect(loadUploads(shape, now)).toEqual(loadUploads(shape, now));
  });

  it('holds only events', () => {
    expect(events.filter((event) => !isEvent('user_activity')(event))).toEqual([]);
    expect(loadUploads(shape, now).filter((upload) => !isEvent('video_uploads')(upload))).toEqual([]);
  });

  it('speaks only of videos that it uploads', () => {
    const uploaded = new Set(loadUploads(shape, now).map(({ videoId }) => videoId));
    for (const event of events) if ('videoId' in event) expect(uploaded).toContain(event.videoId);
  });

  it('is skewed: a tenth of videos and of users make up far more than a tenth', () => {
    expect(shareOfTop('videoId', 10)).toBeGreaterThan(0.4);
    expect(shareOfTop('userId', 20)).toBeGreaterThan(0.25);
  });
});

describe('the demo data', () => {
  const activity = demoActivity(7, now, 3_000);
  const videos = demoVideos(7, now);

  it('is the same for a seed and a start, and moves with the start', () => {
    expect(demoActivity(7, now, 3_000)).toEqual(activity);
    const later = demoActivity(7, now + 5_000, 3_000);
    expect(later.map(({ occurredAt }) => occurredAt)).not.toEqual(activity.map(({ occurredAt }) => occurredAt));
  });

  it('holds as many events as asked, all of the last two days, none of tomorrow, in order of time', () => {
    const times = activity.map(({ occurredAt }) => occurredAt ?? 0);
    expect(times).toHaveLength(3_000);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(now - 48 * 3_600_000);
    expect(Math.max(...times)).toBeLessThanOrEqual(now + 1);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('holds only events, each with an id of its own', () => {
    expect(activity.filter((event) => !isEvent('user_activity')(event))).toEqual([]);
    expect(videos.map(uploadOf).filter((upload) => !isEvent('video_uploads')(upload))).toEqual([]);
    expect(new Set(activity.map(({ eventId }) => eventId)).size).toBe(activity.length);
  });

  it('has the video and the users of the examples', () => {
    expect(videos.map(({ videoId }) => videoId)).toContain('video1');
    expect(videos.filter(({ premiumCoins }) => premiumCoins).map(({ videoId }) => videoId)).toEqual(['video2']);
    expect(videos.every(({ originalUrl }) => originalUrl.startsWith('https://'))).toBe(true);
    for (const user of ['test', 'user1']) {
      const views = activity.filter(({ userId, action }) => userId === user && action === 'view');
      expect(views.length).toBeGreaterThan(3);
    }
  });
});

describe('seeded chance', () => {
  it('stays within its bounds', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 1_000 }),
        fc.constantFrom(0.6, 0.8, 1, 1.2),
        (seed, count, exponent) => {
          const random = seeded(seed);
          for (let i = 0; i < 50; i++) {
            const rank = random.rank(count, exponent);
            expect(rank).toBeGreaterThanOrEqual(0);
            expect(rank).toBeLessThan(count);
          }
        },
      ),
    );
  });
});

describe('the queue', () => {
  const limits = { eventsMax: 1_000, bytesMax: 10_000, deadlineMs: 100 };
  const waiting = (
    given: { partition?: number; topic?: TopicName; bytes?: number; refuse?: (why: string) => void } = {},
  ) => ({
    topic: given.topic ?? 'user_activity',
    message: { key: 'k', value: Buffer.alloc(given.bytes ?? 1), partition: given.partition ?? 0, headers: {} },
    answer: () => {},
    refuse: given.refuse ?? (() => {}),
  });
  const fill = (queue: PublishQueue, count: number, given: Parameters<typeof waiting>[0] = {}) =>
    Array.from({ length: count }, () => queue.add(waiting(given), 0)).filter(Boolean).length;

  it('takes so many events and not one more, until some are settled', () => {
    const queue = new PublishQueue({ ...limits, eventsMax: 10 });
    expect(fill(queue, 12)).toBe(10);
    expect(queue.take(0)).toHaveLength(10);
    expect(fill(queue, 1)).toBe(0);
    queue.settled();
    expect(fill(queue, 12)).toBe(10);
  });

  it('takes so many bytes and not one more', () => {
    expect(fill(new PublishQueue(limits), 4, { bytes: 3_000 })).toBe(3);
  });

  it('sends few per partition, for grouping them takes quadratic time', () => {
    const queue = new PublishQueue(limits);
    fill(queue, 600, { partition: 1 });
    fill(queue, 100, { partition: 2 });
    expect(queue.take(0)).toHaveLength(600);
    expect(queue.take(0)).toHaveLength(100);
  });

  it('sends one topic at a time, in order', () => {
    const queue = new PublishQueue(limits);
    for (const topic of ['user_activity', 'video_uploads', 'user_activity'] as const) queue.add(waiting({ topic }), 0);
    expect(queue.take(0).map(({ topic }) => topic)).toEqual(['user_activity', 'user_activity']);
    expect(queue.take(0).map(({ topic }) => topic)).toEqual(['video_uploads']);
    expect(queue.empty).toBe(true);
  });

  it('drops what is late and never sends it', () => {
    const refused: string[] = [];
    const queue = new PublishQueue(limits);
    queue.add(waiting({ refuse: (why) => refused.push(why) }), 0);
    expect(queue.take(100)).toEqual([]);
    expect(refused).toHaveLength(1);
    expect(fill(queue, 1_001)).toBe(1_000);
  });

  it('tells who waits for a batch in flight once that it is late', () => {
    let refusals = 0;
    const queue = new PublishQueue(limits);
    queue.add(waiting({ refuse: () => refusals++ }), 0);
    expect(queue.take(0)).toHaveLength(1);
    for (let ms = 50; ms < 1_000; ms += 50) queue.expire(ms);
    expect(refusals).toBe(1);
  });

  it('sends no more bytes per partition than a broker takes in one batch', () => {
    const queue = new PublishQueue({ ...limits, bytesMax: 64_000_000 });
    fill(queue, 500, { bytes: 4_000 });
    const bytes = queue.take(0).reduce((sum, { message }) => sum + message.value.length, 0);
    expect(bytes).toBeLessThan(1_000_000);
  });
});
