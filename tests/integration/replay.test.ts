// A replay on the real servers: each record by its own schema, repeats dropped, the same bytes after a kill, the same arguments the same file.
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { SchemaType } from '@kafkajs/confluent-schema-registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schemaOf, TopicCodec } from '../../infra/avro.ts';
import { parsePlace } from '../../operations/replay/place.ts';
import { formats, type Replay, replay } from '../../operations/replay/replay.ts';
import type { TopicName } from '../../schemas/topics.ts';
import { World } from '../world.ts';

const activity = (i: number) => ({
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
const engagement = (i: number, origin: string) => ({
  ...activity(i),
  eventId: `derived-${i}`,
  origin,
  videoId: 'video-1',
});

let world: World;
let folder: string;
beforeAll(async () => {
  world = await World.make();
  folder = await mkdtemp(join(tmpdir(), 'replay-test-'));
});
afterAll(async () => {
  await world.drop();
  await rm(folder, { recursive: true });
});

let files = 0;
/** By default everything up to the present ends. */
async function replayed(topic: TopicName, changes: Partial<Replay> = {}) {
  const out = join(folder, `file-${files++}`);
  // `to` is exclusive: what was appended just now has an earlier time.
  await pause(5);
  const to = changes.window ? null : parsePlace(String(Date.now()), 0);
  const asked: Replay = {
    topic,
    window: { from: null, to: to ?? parsePlace('0', 0) },
    asked: { users: [], actions: [] },
    format: 'jsonl',
    out,
    given: { topic },
    ...changes,
  };
  const { counts, window } = await replay(source(), asked);
  return { counts, window, out: asked.out, bytes: await readFile(asked.out) };
}

const source = () => ({
  kafka: world.kafka,
  registry: world.registry,
  registryUrl: world.config.registry.url,
  namespace: world.config.namespace,
});

type Row = Record<string, unknown> & { _partition: number; _offset: number; _time: number };
const rowsOf = (bytes: Buffer) =>
  bytes
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);

async function inDuck(sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowsJson() as unknown[][];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

describe('a replay', () => {
  const events = Array.from({ length: 300 }, (_, i) => activity(i));
  let between = 0;

  beforeAll(async () => {
    await world.append('user_activity', events.slice(0, 200));
    await pause(20);
    between = Date.now();
    await pause(20);
    await world.append('user_activity', events.slice(200));
    await pause(20);
  });

  it('holds every record once, by partition and offset, with its place and its time', async () => {
    const { bytes, counts } = await replayed('user_activity');
    const rows = rowsOf(bytes);
    expect(rows.map(({ eventId }) => eventId).sort()).toEqual(events.map(({ eventId }) => eventId).sort());
    expect(counts).toEqual({ rows: 300, repeats: 0, undecodable: 0 });
    const places = rows.map(({ _partition, _offset }) => [_partition, _offset] as const);
    expect(places).toEqual([...places].sort(([p, o], [q, r]) => p - q || o - r));
    const liked = rows.find(({ _id }) => _id === 'event-3');
    expect(liked).toMatchObject({ _key: 'user-3', _origin: null, action: 'like', watchDurationMs: null });
    expect(rows.every(({ _time }) => Math.abs(_time - Date.now()) < 60_000)).toBe(true);
  });

  it('takes --from inclusive and --to exclusive, by append time', async () => {
    const to = (ms: number) => parsePlace(String(ms), 0);
    const first = await replayed('user_activity', { window: { from: null, to: to(between) } });
    const second = await replayed('user_activity', { window: { from: to(between), to: to(Date.now()) } });
    expect([first.counts.rows, second.counts.rows]).toEqual([200, 100]);
    const times = rowsOf(second.bytes).map(({ _time }) => _time);
    const earliest = Math.min(...times);
    const exactly = await replayed('user_activity', { window: { from: to(earliest), to: to(earliest + 1) } });
    expect(exactly.counts.rows).toBe(times.filter((time) => time === earliest).length);
    expect((await replayed('user_activity', { window: { from: null, to: to(earliest) } })).counts.rows).toBe(200);
  });

  it('takes offsets, of one partition or of all', async () => {
    const window = { from: parsePlace('offset:3', 0), to: parsePlace('offset:5', 0) };
    await expect(replayed('user_activity', { window })).rejects.toThrow(/as yet/);
    const [partition] = [...(await world.ends('user_activity'))].find(([, end]) => end > 5) ?? [];
    const one = { ...window, to: parsePlace(`offset:${partition}:5`, 0) };
    const rows = rowsOf((await replayed('user_activity', { window: one })).bytes);
    expect(rows.map(({ _partition, _offset }) => [_partition, _offset])).toEqual([
      [partition, 3],
      [partition, 4],
    ]);
  });

  it('refuses an end in the future', async () => {
    const window = { from: null, to: parsePlace(String(Date.now() + 60_000), 0) };
    await expect(replayed('user_activity', { window })).rejects.toThrow(/in the future/);
  });

  it('keeps only the users and actions asked for', async () => {
    const { bytes } = await replayed('user_activity', { asked: { users: ['user-1', 'user-2'], actions: ['like'] } });
    const expected = events.filter(({ userId, action }) => /[12]$/.test(userId) && action === 'like');
    expect(
      rowsOf(bytes)
        .map(({ eventId }) => eventId)
        .sort(),
    ).toEqual(expected.map(({ eventId }) => eventId).sort());
  });

  it('is the same for the same arguments, also when the log has grown', async () => {
    const window = { from: null, to: parsePlace(String(Date.now()), 0) };
    const before = await replayed('user_activity', { window });
    await world.append('user_activity', [activity(300)]);
    const after = await replayed('user_activity', { window });
    expect(after.bytes.equals(before.bytes)).toBe(true);
    expect(before.counts.rows).toBe(300);
  });

  describe.each(formats)('into %s, killed and called again', (format) => {
    it('goes on, and the file is that of a replay which nobody killed', async () => {
      const window = { from: null, to: parsePlace(String(Date.now()), 0) };
      const whole = await replayed('user_activity', { format, window });
      const out = join(folder, `killed-${format}`);
      let read = 0;
      const kill = new AbortController();
      const onProgress = (records: number) => {
        read += records;
        if (read > 100) kill.abort(new Error('killed'));
      };
      const given = { format, out, window, checkpointMs: 0 };
      await expect(replayed('user_activity', { ...given, onProgress, signal: kill.signal })).rejects.toThrow('killed');
      // What a kill leaves behind the last checkpoint.
      await appendFile(`${out}.part`, '{"_partition":0,"_offs'.repeat(20_000));
      let begun = { total: 0, done: 0 };
      const onBegin: Replay['onBegin'] = (at) => {
        begun = at;
      };
      const again = await replayed('user_activity', { ...given, onBegin });
      expect(begun.done).toBeGreaterThan(0);
      expect(begun.done).toBeLessThan(begun.total);
      expect(again.bytes.equals(whole.bytes)).toBe(true);
      expect(again.counts).toEqual(whole.counts);
      expect((await readdir(folder)).filter((name) => name.startsWith(`killed-${format}.`))).toEqual([]);
    });
  });

  it('does not go on with another replay’s file, and begins afresh if the staged lines are gone', async () => {
    const out = join(folder, 'other');
    const window = { from: null, to: parsePlace(String(Date.now()), 0) };
    const whole = await replayed('user_activity', { window });
    const kill = new AbortController();
    const onProgress = () => kill.abort(new Error('killed'));
    const given = { out, window, given: 1, checkpointMs: 0 };
    await expect(replayed('user_activity', { ...given, onProgress, signal: kill.signal })).rejects.toThrow('killed');
    await expect(replayed('user_activity', { out, given: 2 })).rejects.toThrow(/other arguments/);
    await writeFile(`${out}.part`, '');
    expect((await replayed('user_activity', given)).bytes.equals(whole.bytes)).toBe(true);
  });

  it('has the same rows in every format', async () => {
    const window = { from: null, to: parsePlace(String(Date.now()), 0) };
    const [jsonl, csv, parquet] = await Promise.all(
      formats.map((format) => replayed('user_activity', { format, window })),
    );
    const sums = 'count(*), sum(hash(_partition, _offset, _time, _id, eventId, action, watchDurationMs))';
    const expected = await inDuck(`select ${sums} from read_json('${jsonl?.out}', format = 'newline_delimited')`);
    expect(await inDuck(`select ${sums} from read_csv('${csv?.out}')`)).toEqual(expected);
    expect(await inDuck(`select ${sums} from read_parquet('${parquet?.out}')`)).toEqual(expected);
  });
});

describe('repeated origins', () => {
  const origins = ['p/t/0/1/0', 'p/t/0/2/0', 'p/t/1/1/0', 'p/t/0/1/0', 'p/t/0/3/0', 'p/t/0/2/0', 'p/t/0/3/1'];

  it('are dropped, also when the first of them lies before the range', async () => {
    await world.append(
      'video_engagement',
      origins.map((origin, i) => engagement(i, origin)),
    );
    const all = await replayed('video_engagement');
    expect(rowsOf(all.bytes).map(({ _origin }) => _origin)).toEqual(origins.filter((_, i) => i !== 3 && i !== 5));
    expect(all.counts).toEqual({ rows: 5, repeats: 2, undecodable: 0 });
    const { _partition } = rowsOf(all.bytes)[0] as Row;
    const window = { from: parsePlace(`offset:${_partition}:3`, 0), to: parsePlace(`offset:${_partition}:7`, 0) };
    const late = await replayed('video_engagement', { window });
    expect(rowsOf(late.bytes).map(({ _offset }) => _offset)).toEqual([4, 6]);
  });

  it('are dropped as well by a replay that goes on in the middle of a partition', async () => {
    // Three fetches long; every origin has a lane of its own, and comes again after all the others.
    const from = parsePlace(String(Date.now()), 0);
    const long = 'x'.repeat(10_000);
    const lanes = Array.from({ length: 300 }, (_, lane) => ({ ...engagement(lane, `q/t/${lane}/1/0`), actorId: long }));
    for (const start of [0, 60, 120, 180, 240]) await world.append('video_engagement', lanes.slice(start, start + 60));
    for (const start of [0, 60, 120, 180, 240]) await world.append('video_engagement', lanes.slice(start, start + 60));
    await pause(5);
    const window = { from, to: parsePlace(String(Date.now()), 0) };
    const given = { out: join(folder, 'lanes'), window, checkpointMs: 0 };
    const kill = new AbortController();
    const interrupted = replayed('video_engagement', {
      ...given,
      onProgress: () => kill.abort(new Error('killed')),
      signal: kill.signal,
    });
    await expect(interrupted).rejects.toThrow('killed');
    const { counts } = await replayed('video_engagement', given);
    expect(counts).toEqual({ rows: 300, repeats: 300, undecodable: 0 });
  });
});

describe('schemas', () => {
  it('are each record’s own; a file has the columns of all of them, and what cannot be decoded has a row that says why', async () => {
    const topic = 'video_uploads';
    const base = {
      ...activity(1),
      action: 'published',
      creatorId: 'c',
      title: 'a, "b"\nc',
      category: 'music',
      tags: ['x, y', 'z'],
      durationMs: 1,
      publishedAt: 2,
    };
    await world.append(topic, [{ ...base, eventId: 'old' }]);
    const newer = structuredClone(schemaOf(topic));
    newer.fields.push({ name: 'mood', type: ['null', 'string'], default: null });
    const { id } = await world.registry.client.register(
      { type: SchemaType.AVRO, schema: JSON.stringify(newer) },
      { subject: world.registry.subjectOf(topic), compatibility: 'BACKWARD_TRANSITIVE' as never },
    );
    const young = new TopicCodec<unknown>(newer, id, world.registry.client);
    const raw = (value: Buffer | null) => ({ key: 'video-1', partition: 0, headers: { id: 'young' }, value });
    const torn = young.encode({ ...base, eventId: 'torn' }).subarray(0, 30);
    const unknown = Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 1]);
    await world.appendRaw(topic, [
      raw(young.encode({ ...base, eventId: 'new', mood: 'good' })),
      ...[torn, unknown, Buffer.from('plain'), null].map(raw),
    ]);
    const lines = await replayed(topic);
    expect(lines.counts).toEqual({ rows: 6, repeats: 0, undecodable: 4 });
    const rows = rowsOf(lines.bytes);
    expect(rows.find(({ eventId }) => eventId === 'new')).toMatchObject({ mood: 'good', _schema: id });
    expect(rows.find(({ eventId }) => eventId === 'old')).not.toHaveProperty('mood');
    expect(rows.filter(({ _undecodable }) => _undecodable).map(({ _undecodable }) => _undecodable)).toEqual([
      expect.stringMatching(/^not readable with schema/),
      expect.stringMatching(/not in the registry/),
      expect.stringMatching(/not a registry-framed/),
      'no value',
    ]);
    const csv = await replayed(topic, { format: 'csv' });
    expect(csv.bytes.toString().split('\n')[0]).toMatch(/^_partition,_offset,_time,.*,mood$/);
    const parquet = await replayed(topic, { format: 'parquet' });
    const read =
      "select eventId, mood, title, tags[1] from read_parquet('FILE') where eventId is not null order by eventId desc";
    expect(await inDuck(read.replace('FILE', parquet.out))).toEqual([
      ['old', null, base.title, 'x, y'],
      ['new', 'good', base.title, 'x, y'],
    ]);
  });

  it('registered later do not change the file of earlier records', async () => {
    const topic = 'live_battles';
    await world.append(topic, [{ ...activity(1), battleId: 'b', type: 'started' }]);
    await pause(5);
    const window = { from: null, to: parsePlace(String(Date.now()), 0) };
    const before = await replayed(topic, { format: 'csv', window });
    const newer = structuredClone(schemaOf(topic));
    newer.fields.push({ name: 'later', type: ['null', 'string'], default: null });
    await world.registry.client.register(
      { type: SchemaType.AVRO, schema: JSON.stringify(newer) },
      { subject: world.registry.subjectOf(topic), compatibility: 'BACKWARD_TRANSITIVE' as never },
    );
    const after = await replayed(topic, { format: 'csv', window });
    expect(after.bytes.toString()).toBe(before.bytes.toString());
    expect(after.counts.rows).toBe(1);
  });
});
