// SQL over topics on the real servers: what it answers, what it refuses, and that a query sees nothing but the topics.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { noProgress } from '../../operations/progress.ts';
import { print } from '../../operations/query/print.ts';
import { query } from '../../operations/query/query.ts';
import { parsePlace } from '../../operations/replay/place.ts';
import { World } from '../world.ts';

const event = (i: number) => ({
  eventId: `event-${i}`,
  occurredAt: Date.UTC(2026, 10, 1) + i,
  actorId: `user-${i % 7}`,
  correlationId: 'test',
  source: 'test',
  ruleSet: 0,
  origin: null,
  userId: `user-${i % 7}`,
  videoId: `video-${i % 5}`,
  ...(i % 3 === 0 ? { action: 'like' } : { action: 'view', watchDurationMs: i }),
});

let world: World;
beforeAll(async () => {
  world = await World.make();
  await world.append(
    'user_activity',
    Array.from({ length: 90 }, (_, i) => event(i)),
  );
  const upload = { ...event(0), action: 'published', creatorId: 'c', title: 't', category: 'music', tags: ['a', 'b'] };
  const uploads = [0, 1].map((i) => ({
    ...upload,
    eventId: `u-${i}`,
    videoId: `video-${i}`,
    durationMs: 1,
    publishedAt: 2,
  }));
  await world.append('video_uploads', uploads);
});
afterAll(() => world.drop());

function ask(sql: string, { from = null as string | null, rowsMax = 1_000 } = {}) {
  const { kafka, registry, config } = world;
  const source = { kafka, registry, registryUrl: config.registry.url, namespace: config.namespace };
  const now = Date.now();
  const window = { from: from === null ? null : parsePlace(from, now), to: parsePlace(String(now), now) };
  return query(source, { sql, window, rowsMax, progress: noProgress });
}

describe('a query', () => {
  it('answers over a topic', async () => {
    const answer = await ask('select action, count(*) n from user_activity group by 1 order by 1');
    expect(answer).toMatchObject({
      columns: ['action', 'n'],
      rows: [
        ['like', 30],
        ['view', 60],
      ],
      hasMore: false,
    });
    expect(print(answer, 'table')).toBe('action   n\n──────  ──\nlike    30\nview    60\n');
    expect(print(answer, 'csv')).toBe('action,n\nlike,30\nview,60\n');
    expect(JSON.parse(print(answer, 'json'))).toEqual([
      { action: 'like', n: 30 },
      { action: 'view', n: 60 },
    ]);
  });

  it('joins topics, whatever names of its own it gives', async () => {
    const sql = `with liked as (select videoId from user_activity where action = 'like')
      select u.videoId, len(any_value(u.tags)) tags, count(*) likes from liked join VIDEO_UPLOADS u using (videoId) group by 1 order by 1`;
    expect((await ask(sql)).rows).toEqual([
      ['video-0', 2, 6],
      ['video-1', 2, 6],
    ]);
  });

  it('reads only the range it is asked for', async () => {
    const since = String(Date.now() - 3_600_000);
    expect((await ask('select count(*) from user_activity', { from: since })).rows).toEqual([[90]]);
    expect((await ask('select count(*) from user_activity', { from: '-0s' })).rows).toEqual([[0]]);
  });

  it('stops after so many rows and says so', async () => {
    const answer = await ask('select eventId from user_activity', { rowsMax: 5 });
    expect([answer.rows.length, answer.hasMore]).toEqual([5, true]);
  });

  it.each([
    'pivot user_activity on action using count(*) group by source',
    'summarize user_activity',
    'from user_activity limit 1',
  ])('takes %s', async (sql) => {
    expect((await ask(sql)).rows.length).toBeGreaterThan(0);
  });

  it.each([
    ['an unknown topic', 'select * from nowhere', /no topic nowhere\. Topics: user_activity, /],
    ['the table of keys', 'select * from person_keys', /outlive/],
    ['an error of syntax, where it is', 'select * fro user_activity', /syntax error.*\n.*\n {13}\^/],
    ['an unknown column', 'select nothing from generations', /"nothing" not found/],
    ['a statement that writes', 'delete from user_activity', /only reads/],
    ['two statements', 'select 1; select 2', /one statement/],
    ['files', "select * from read_text('/etc/hostname')", /Cannot access file/],
    ['files behind a pivot', "pivot read_csv('/etc/passwd') on x using count(*)", /Cannot access file|disabled/],
    [
      'other settings',
      "explain analyze copy (select 1) to '/tmp/profithack-query-copy'",
      /Cannot access file|disabled/,
    ],
  ])('refuses %s', async (_what, sql, message) => {
    await expect(ask(sql)).rejects.toThrow(message);
  });

  it('leaves no file behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'query-test-'));
    vi.stubEnv('TMPDIR', folder);
    await ask('select count(*) from user_activity');
    await expect(ask('select nothing from user_activity')).rejects.toThrow();
    vi.unstubAllEnvs();
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });
});
