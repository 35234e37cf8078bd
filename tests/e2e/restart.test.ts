// A whole second stack in a folder and on ports of its own: stopped and started again it still has its first record, and
// nothing of it stays behind.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../infra/config.ts';
import { createKafka } from '../../infra/kafka.ts';
import { identify, isAlive } from '../../infra/local/identity.mjs';
import { freePorts, isTaken } from '../../infra/local/ports.mjs';
import { addressNames, portTable, root } from '../../infra/local/settings.mjs';
import { createLog } from '../../infra/log.ts';
import { readRange } from '../../infra/read-range.ts';

const testMsMax = 300_000;
const folder = mkdtempSync(join(tmpdir(), 'restart-'));
const script = (name: string) => join(root, 'infra/local', name);
let ports: Record<string, number>;
let env: NodeJS.ProcessEnv;
let child: ChildProcess | undefined;

beforeAll(async () => {
  ports = await freePorts();
  const variables = portTable.map(({ name, variable }) => [variable, String(ports[name])]);
  // The addresses of the stack that the other tests use would be taken for the way to go.
  const own = Object.entries(process.env).filter(([name]) => !addressNames.includes(name));
  env = { ...Object.fromEntries(own), ...Object.fromEntries(variables), STACK_FOLDER: folder };
});

afterAll(async () => {
  if (child && child.exitCode === null) await stopped();
  rmSync(folder, { recursive: true, force: true });
});

async function started(): Promise<Record<string, string>> {
  const starting = spawn(process.execPath, [script('start.mjs')], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  child = starting;
  let said = '';
  await new Promise<void>((resolve, reject) => {
    starting.stdout.on('data', (text) => {
      said += text;
      if (said.includes('Try:')) resolve();
    });
    starting.stderr.on('data', (text) => {
      said += text;
    });
    starting.once('exit', () => reject(new Error(said)));
  });
  const { stdout } = spawnSync(process.execPath, [script('stack.mjs'), 'env'], { env, encoding: 'utf8' });
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/).slice(0, 2)),
  );
}

async function stopped(): Promise<number | null> {
  const ending = new Promise<number | null>((resolve) => child?.once('exit', resolve));
  child?.kill('SIGINT');
  return ending;
}

/** The earliest record of the topic, as bytes and as the registry decodes it, and the last offset of its partition. */
async function firstRecord(stack: Record<string, string>) {
  const kafka = createKafka(readConfig({ ...process.env, ...stack }), createLog('test', 'silent'));
  const heads: { timestamp: number; partition: number; key: string; bytes: Buffer }[] = [];
  const lastOffsets = new Map<number, string>();
  await readRange({ kafka, topic: 'user_activity', from: () => 0 }, ({ offset, timestamp, key, value }, partition) => {
    lastOffsets.set(partition, offset);
    if (offset === '0' && value)
      heads.push({ timestamp: Number(timestamp), partition, key: String(key), bytes: value });
  });
  const [first] = heads.sort((a, b) => a.timestamp - b.timestamp || a.partition - b.partition);
  if (!first) throw new Error('user_activity is empty');
  const registry = new SchemaRegistry({ host: stack.SCHEMA_REGISTRY_URL ?? '' });
  const event = await registry.decode(first.bytes);
  return { ...first, event, lastOffset: lastOffsets.get(first.partition) };
}

/** The newest page of what the record's user did, once all of the partition has been folded. */
async function historyOf(
  stack: Record<string, string>,
  { key, partition, lastOffset }: Awaited<ReturnType<typeof firstRecord>>,
) {
  const token = `user_activity:${partition}:${lastOffset}`;
  const answer = await fetch(`${stack.API_URL}/api/users/${key}/history?limit=20&token=${token}`);
  expect(answer.status).toBe(200);
  const { entries } = (await answer.json()) as { entries: { event_id: string }[] };
  return entries;
}

async function expectNothingLeft(stack: Record<string, string>, processes: { pid: number; started: string }[]) {
  expect(processes.length).toBe(Object.keys(stack).filter((name) => name.startsWith('PID_')).length);
  expect(processes.filter(isAlive)).toEqual([]);
  for (const { name, variable } of portTable)
    expect({ variable, taken: await isTaken(ports[name] ?? 0) }).toEqual({ variable, taken: false });
}

const processesOf = (stack: Record<string, string>) =>
  Object.entries(stack)
    .filter(([name]) => name.startsWith('PID_'))
    .map(([, pid]) => identify(Number(pid)));

test(
  'a stack that is stopped and started again still decodes its first record, and leaves no process',
  async () => {
    const before = await started();
    const record = await firstRecord(before);
    expect(record.event).toMatchObject({ userId: record.key });
    const history = await historyOf(before, record);
    expect(history.length).toBeGreaterThan(0);
    const earlier = processesOf(before);
    expect(earlier.filter(isAlive).length).toBe(earlier.length);
    expect(await stopped()).toBe(130);
    await expectNothingLeft(before, earlier);

    const after = await started();
    const later = processesOf(after);
    expect(await firstRecord(after)).toEqual(record);
    expect(await historyOf(after, record)).toEqual(history);
    expect(later.map(({ pid }) => pid)).not.toContain(earlier[0]?.pid);
    expect(await stopped()).toBe(130);
    await expectNothingLeft(after, later);
  },
  testMsMax,
);
