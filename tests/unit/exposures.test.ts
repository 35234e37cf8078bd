// Exposures as they are told: once per half hour, never in the way of a page, dropped where too many wait.
import { describe, expect, it } from 'vitest';
import { feedInExperiments } from '../../api/feed-in-experiments.ts';
import { type ExposureResult, Exposures, repeatMs, waitingMax } from '../../producers/exposures.ts';

const served = { experimentId: 'x', variant: 'learned' } as const;

function exposures({ broker = async (): Promise<unknown> => ({}), isConnected = true } = {}) {
  const told: Record<string, unknown>[] = [];
  const results: ExposureResult[] = [];
  const clock = { now: 1_000_000 };
  const producer = {
    produceUserActivityEvent: (event: object) => {
      told.push({ ...event });
      return broker() as never;
    },
  };
  const tested = new Exposures({
    producer: () => (isConnected ? producer : null),
    onResult: (result) => results.push(result),
    now: () => clock.now,
  });
  return { tested, told, results, clock };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('an exposure', () => {
  it('is told as an event of the feed, keyed by the user', () => {
    const { tested, told } = exposures();
    tested.exposed('u', served);
    expect(told).toEqual([
      { action: 'exposed', userId: 'u', experimentId: 'x', variant: 'learned', actorId: 'feed', source: 'feed' },
    ]);
  });

  it('is told again after half an hour, not before, for each user and experiment apart', async () => {
    const { tested, told, results, clock } = exposures();
    tested.exposed('u', served);
    tested.exposed('u', served);
    tested.exposed('v', served);
    tested.exposed('u', { ...served, experimentId: 'y' });
    clock.now += repeatMs - 1;
    tested.exposed('u', served);
    expect(told).toHaveLength(3);
    clock.now += 1;
    tested.exposed('u', served);
    expect(told).toHaveLength(4);
    await turn();
    expect(results.filter((result) => result === 'published')).toHaveLength(4);
  });

  it('that failed is told with the next page', async () => {
    const { tested, told, results } = exposures({ broker: () => Promise.reject(new Error('Kafka is away')) });
    tested.exposed('u', served);
    await turn();
    tested.exposed('u', served);
    await turn();
    expect([told.length, results]).toEqual([2, ['dropped', 'dropped']]);
  });

  it('is dropped where too many wait, or nothing is connected', () => {
    const { tested, told, results } = exposures({ broker: () => new Promise(() => undefined) });
    for (let i = 0; i < waitingMax + 5; i++) tested.exposed(`u${i}`, served);
    expect([told.length, results.length]).toEqual([waitingMax, 5]);
    const apart = exposures({ isConnected: false });
    apart.tested.exposed('u', served);
    expect(apart.results).toEqual(['dropped']);
  });
});

describe('the feed under an experiment', () => {
  const asked: Record<string, unknown>[] = [];
  const told: unknown[] = [];
  const videos: unknown[] = [];
  let hasModel = true;
  const feed = feedInExperiments({
    feed: {
      rank: async (request: object) => {
        asked.push({ ...request });
        return { variant: hasModel ? served.variant : 'fixed', videos, next_cursor: null };
      },
    } as never,
    experiments: { variantOf: (userId) => (userId === 'outside' ? null : served) },
    exposures: { exposed: (...given) => void told.push(given) },
  });
  const page = { limit: 3, now: 5 };

  it('tells of a page of the user’s variant once it has items', async () => {
    await feed.rank({ ...page, userId: 'u' });
    expect(told).toEqual([]);
    videos.push({});
    await feed.rank({ ...page, userId: 'u' });
    expect(asked.at(-1)).toEqual({ ...page, userId: 'u' });
    expect(told).toEqual([['u', served]]);
  });

  it('tells of nobody whose variant has no model yet: they were served another', async () => {
    hasModel = false;
    await feed.rank({ ...page, userId: 'u' });
    hasModel = true;
    expect(told).toHaveLength(1);
  });

  it('leaves alone who is in none, and what nobody is shown', async () => {
    await feed.rank({ ...page, userId: 'outside' });
    await feed.rank({ ...page, userId: 'u', unseen: true });
    expect(asked.slice(-2)).toEqual([
      { ...page, userId: 'outside' },
      { ...page, userId: 'u' },
    ]);
    expect(told).toHaveLength(1);
  });
});
