// An experiment on the real servers: started and stopped by the operator's command, followed by every API, its results as counted by hand.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as answers from '../../api/answers.ts';
import { ApiServer } from '../../api/server.ts';
import {
  type Desk,
  ExperimentRefused,
  startExperiment,
  stopExperiment,
} from '../../operations/experiment/experiment.ts';
import { publishModel } from '../../operations/train/publish-model.ts';
import { experiments as processor } from '../../processors/experiments/processor.ts';
import { assignedVariant } from '../../processors/feed/ranking/assignment.ts';
import { history } from '../../processors/history/processor.ts';
import { Publisher } from '../../producers/publish.ts';
import { Experiments } from '../../projections/experiments.ts';
import { BrokerDoor } from '../broker-door.ts';
import { expectShape } from '../documented-shape.ts';
import { smallModel } from '../even-and-odd.ts';
import { World } from '../world.ts';

type Json = Record<string, unknown>;
type Metric = { metric: string; mean: number; low: number; high: number; difference: Json | null };
type Result = { variants: { variant: string; users: number; metrics: Metric[] }[] } & Json;

const within = { timeout: 10_000, interval: 20 };
const half = { variants: ['fixed', 'learned'], buckets: [5_000, 5_000], control: 'fixed' };
const people = Array.from({ length: 24 }, (_, i) => `person-${i}`);
const sideOf = (user: string) => assignedVariant({ ...half, salt: 'colours' }, user);

let world: World;
let desk: Desk;
const servers: ApiServer[] = [];
let first: string;

async function openApi({ kafka } = world.config): Promise<string> {
  const config = { ...world.config, kafka, api: { ...world.config.api, host: '127.0.0.1', port: 0 } };
  const api = new ApiServer({ config, log: world.log, onFatal: (why) => world.log.fatal(why) });
  servers.push(api);
  const url = await api.listen();
  const isReady = async () => expect((await fetch(`${url}/api/ready`)).status).toBe(200);
  await vi.waitFor(isReady, { timeout: 30_000, interval: 20 });
  return url;
}

const ask = async (address: string) => (await (await fetch(address)).json()) as Json;

async function post(events: readonly Json[]): Promise<Json[]> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${first}/api/events`, { method: 'POST', headers, body: JSON.stringify(events) });
  return (await response.json()) as Json[];
}

/** The variant on the receipt of a page served to the user. */
async function servedVariant(url: string, user: string): Promise<unknown> {
  const page = (await ask(`${url}/api/grpc/feed?user_id=${user}&limit=1`)) as { videos: Json[] };
  return (await ask(`${url}/api/grpc/xai/explain/${page.videos[0]?.receipt_id}`)).variant;
}

/** First what is emitted, then what folds it. */
async function settled(): Promise<void> {
  await world.settle([history]);
  await world.settle([processor]);
}

const variantsServed = (url: string) => Promise.all(people.map((user) => servedVariant(url, user)));

beforeAll(async () => {
  world = await World.make();
  const { config, log, kafka, registry } = world;
  const onFatal = (why: string) => log.fatal(why);
  const publisher = new Publisher({ config, log });
  desk = { publisher, experiments: new Experiments({ kafka, registry, namespace: config.namespace, log, onFatal }) };
  await Promise.all([publisher.start(), desk.experiments.start(), world.run()]);
  const video = (n: number) => ({
    eventId: `upload-${n}`,
    occurredAt: Date.now(),
    actorId: 'creator',
    correlationId: 'test',
    source: 'test',
    ruleSet: 0,
    origin: null,
    videoId: `video-${n}`,
    action: 'published',
    creatorId: 'creator',
    title: `Video ${n}`,
    category: 'music',
    tags: [],
    durationMs: 20_000,
    publishedAt: Date.now(),
  });
  await world.append('video_uploads', [1, 2, 3, 4, 5].map(video));
  await world.settle();
  await publishModel(world.kafka, config, 'learned', smallModel());
  first = await openApi();
}, 120_000);

afterAll(async () => {
  await Promise.all(servers.map((api) => api.close()));
  await Promise.all([desk.publisher.stop(), desk.experiments.stop()]);
  await world.drop();
});

describe('before an experiment', () => {
  it('everyone is in fixed, and nobody is exposed', async () => {
    expect(new Set(await variantsServed(first))).toEqual(new Set(['fixed']));
    expect(await ask(`${first}/api/experiments`)).toEqual({ experiments: [] });
    expect((await fetch(`${first}/api/experiments/colours`)).status).toBe(404);
    await world.settle();
    expect((await world.states(history)).size).toBe(0);
  });
});

describe('a running experiment', () => {
  beforeAll(async () => {
    await startExperiment(desk, { experimentId: 'colours', ...half, why: 'to see' });
  }, 30_000);

  it('divides the users on every instance alike, also on one that is started later', async () => {
    const divided = people.map(sideOf);
    await expect.poll(() => variantsServed(first), within).toEqual(divided);
    expect(new Set(divided).size).toBe(2);
    const second = await openApi();
    expect(await variantsServed(second)).toEqual(divided);
  }, 60_000);

  it('refuses a second one, and its own name again', async () => {
    const other = startExperiment(desk, { experimentId: 'other', ...half });
    await expect(other).rejects.toThrow(ExperimentRefused);
    await expect(stopExperiment(desk, 'other')).rejects.toThrow(/does not run/);
  });

  it('takes no exposure from a client', async () => {
    const exposed = { user_id: 'u', action: 'exposed', experiment_id: 'colours', variant: 'fixed' };
    expect(await post([exposed])).toMatchObject([{ accepted: false, status: 422, field: 'action' }]);
  });

  it('has the results that a count by hand has: exposures of two instances and readiness count nobody twice', async () => {
    await settled();
    // Person i of a side views i times for a second; everyone of learned likes one of two views.
    const expected = { fixed: { views: [] as number[], likes: 0 }, learned: { views: [] as number[], likes: 0 } };
    const events: Json[] = [];
    for (const user of people) {
      const side = expected[sideOf(user) as 'fixed' | 'learned'];
      const views = side.views.length;
      side.views.push(views);
      for (let i = 0; i < views; i++) {
        events.push({ user_id: user, action: 'view', video_id: 'video-1', watch_duration_ms: 1_000 });
        if (i % 2 === 1 && side === expected.learned) {
          events.push({ user_id: user, action: 'like', video_id: 'video-1' });
          side.likes += 1;
        }
      }
    }
    events.push({ user_id: 'never-exposed', action: 'like', video_id: 'video-1' });
    const accepted = await post(events);
    await settled();
    const result = (await ask(`${first}/api/experiments/colours?token=${accepted[0]?.token}`)) as Result;
    expectShape(answers.experiment, result);
    for (const { variant, users, metrics } of result.variants) {
      const side = expected[variant as 'fixed' | 'learned'];
      const views = side.views.reduce((a, b) => a + b, 0);
      const mean = (name: string) => metrics.find(({ metric }) => metric === name)?.mean;
      expect(users).toBe(side.views.length);
      expect(mean('views_per_user')).toBeCloseTo(views / users, 12);
      expect(mean('watch_ms_per_view')).toBe(1_000);
      expect(mean('likes_per_user')).toBeCloseTo(side.likes / users, 12);
      expect(mean('like_rate')).toBeCloseTo(side.likes / views, 12);
    }
    expect(result).toMatchObject({ status: 'running', why: 'to see', sample_ratio_mismatch: false });
  }, 60_000);

  it('writes no row of exposures into anybody’s history', async () => {
    const { entries } = (await ask(`${first}/api/users/${people[0]}/history`)) as { entries: Json[] };
    expect(entries.filter(({ action }) => action === 'exposed')).toEqual([]);
  });
});

describe('a stopped experiment', () => {
  it('leaves everyone in fixed without a restart; its results stay', async () => {
    await stopExperiment(desk, 'colours', 'seen');
    await expect.poll(async () => new Set(await variantsServed(first)), within).toEqual(new Set(['fixed']));
    const listed = await ask(`${first}/api/experiments`);
    expectShape(answers.experiments, listed);
    expect(listed).toMatchObject({
      experiments: [{ experiment_id: 'colours', status: 'stopped', conclusion: 'seen' }],
    });
    const result = (await ask(`${first}/api/experiments/colours`)) as Result;
    expect(result.variants.reduce((sum, { users }) => sum + users, 0)).toBe(people.length);
  }, 30_000);

  it('gives its name to no other', async () => {
    await expect(startExperiment(desk, { experimentId: 'colours', ...half })).rejects.toThrow(/another name/);
  });
});

describe('two operators at the same moment', () => {
  it('start one experiment, and one of them is told', async () => {
    const outcomes = await Promise.allSettled([
      startExperiment(desk, { experimentId: 'one', ...half }),
      startExperiment(desk, { experimentId: 'two', ...half }),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = outcomes.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(refused.reason).toBeInstanceOf(ExperimentRefused);
  });
});

describe('while Kafka is away', () => {
  /** How many exposures met a fate, by the metrics. */
  async function exposuresOf(url: string, result: string): Promise<number> {
    const text = await (await fetch(`${url}/api/metrics/prometheus`)).text();
    return Number(new RegExp(`profithack_exposures_total{result="${result}"} (\\d+)`).exec(text)?.[1] ?? 0);
  }

  it('pages keep their variants and their pace; the exposures are told with later pages', async () => {
    const running = desk.experiments.running as NonNullable<Experiments['running']>;
    const door = await BrokerDoor.to(world.config.kafka.brokers[0] ?? '');
    const url = await openApi({ ...world.config, kafka: { ...world.config.kafka, brokers: [door.broker] } });
    await door.shut();
    let slowestMs = 0;
    for (const user of people) {
      const since = performance.now();
      const served = await servedVariant(url, user);
      slowestMs = Math.max(slowestMs, performance.now() - since);
      expect(served).toBe(assignedVariant(running, user));
    }
    expect(slowestMs).toBeLessThan(1_000);
    await vi.waitFor(async () => expect(await exposuresOf(url, 'dropped')).toBe(people.length), within);
    await door.open();
    await vi.waitFor(
      async () => {
        await variantsServed(url);
        expect(await exposuresOf(url, 'published')).toBe(people.length);
      },
      { timeout: 20_000, interval: 200 },
    );
    await settled();
    const result = (await ask(`${first}/api/experiments/${running.experimentId}`)) as Result;
    expect(result.variants.reduce((sum, { users }) => sum + users, 0)).toBe(people.length);
    await servers.pop()?.close();
    await door.shut();
  }, 60_000);
});
