// The capacity model: its arithmetic by hand, its queue beside the formula that is known for it.
import { describe, expect, it } from 'vitest';
import {
  type Costs,
  coresAt,
  type Demand,
  fullestLoop,
  hottestPartition,
  lonelyThrough,
  nodesFor,
  rankedPerSecond,
  tiersFor,
  totalOf,
  type Units,
} from '../../bench/capacity/model.ts';
import { seeded } from '../../producers/simulate/random.ts';

const costs = (API: number, others = 0): Costs => ({
  API,
  processors: others,
  Kafka: others,
  Redis: others,
  Cassandra: others,
});
const units: Units = {
  idle: costs(0.1, 0.1),
  readyPage: costs(100, 1),
  rankedPage: costs(1_000, 10),
  lonelyEvents: { cores: costs(0.01, 0.001), exponent: costs(0.5, 1) },
  bulkEvent: costs(50, 20),
  postedEvent: 10,
  socketKb: 8,
  handshakeMicros: 200,
  pushMicros: 10,
};
const demand: Demand = {
  sockets: 1e6,
  calls: 1_000,
  rows: 10_000,
  messages: 100_000,
  rowsPerEvent: 2,
  stormShare: 0.1,
  stormSeconds: 50,
  replicas: 3,
  zones: 3,
  node: { cores: 10, gibibytes: 100 },
  fullest: 0.5,
  pageMs: 50,
};

describe('the pages that are ranked anew', () => {
  it('are as many as a user’s events and calls change places', () => {
    // One user, who chances to do one or the other.
    const random = seeded(1);
    const [events, calls] = [30, 70];
    let [ranked, isOutdated] = [0, false];
    for (let i = 0; i < 100_000; i++)
      if (random.next() * (events + calls) < events) isOutdated = true;
      else {
        if (isOutdated) ranked += 1;
        isOutdated = false;
      }
    const perSecond = (ranked * (events + calls)) / 100_000;
    expect(rankedPerSecond(events, calls)).toBeCloseTo(perSecond, 0);
  });

  it('are none where nobody does anything, or nobody asks', () => {
    expect([rankedPerSecond(0, 0), rankedPerSecond(5, 0), rankedPerSecond(0, 5)]).toEqual([0, 0, 0]);
  });
});

it('adds the cores of a mix to those that are used by nothing', () => {
  const { API, Kafka } = coresAt(units, { events: 100, calls: 100 });
  expect(API).toBeCloseTo(0.1 + (100 * 100 + 50 * 1_000) / 1e6 + 0.01 * 10, 9);
  expect(Kafka).toBeCloseTo(0.1 + (100 * 1 + 50 * 10) / 1e6 + 0.001 * 100, 9);
  expect(totalOf(costs(1, 2))).toBe(9);
});

it('puts a power law through two rates, so that events that come together are cheaper', () => {
  const { cores, exponent } = lonelyThrough([50, costs(0.1, 0.2)], [200, costs(0.2, 0.2)]);
  expect(exponent.API).toBeCloseTo(0.5, 9);
  expect(cores.API * 200 ** exponent.API).toBeCloseTo(0.2, 9);
  expect(exponent.Kafka).toBeCloseTo(0, 9);
});

describe('the machines of a tier', () => {
  it('carry all of it when one of three zones is lost', () => {
    // 10 machines are needed at half: two zones must hold them.
    expect(nodesFor({ cores: 50, gibibytes: 0 }, demand)).toBe(15);
  });

  it('are as many as memory wants, if that is more', () => {
    expect(nodesFor({ cores: 1, gibibytes: 1_000 }, demand)).toBe(30);
  });
});

describe('a queue at one loop', () => {
  it('is as full as an M/D/1 queue may be', () => {
    // M/D/1 with 1 ms of service: Pollaczek and Khinchine's mean wait at 90 % is 4.5 ms, its 99th percentile about 21 ms.
    const of = { readyMs: 1, rankedMs: 0, rankedShare: 0 };
    expect(fullestLoop({ ...of, pageMs: 30 }, seeded(1))).toBeGreaterThanOrEqual(0.85);
    expect(fullestLoop({ ...of, pageMs: 5 }, seeded(1))).toBeLessThan(0.75);
    expect(fullestLoop({ ...of, pageMs: 0.5 }, seeded(1))).toBe(0);
  });

  it('may be less full when a few pages take long', () => {
    const even = fullestLoop({ pageMs: 20, readyMs: 1, rankedMs: 0, rankedShare: 0 }, seeded(1));
    const uneven = fullestLoop({ pageMs: 20, readyMs: 0.1, rankedMs: 9, rankedShare: 0.1 }, seeded(1));
    expect(uneven).toBeLessThan(even);
  });
});

describe('the fullest partition', () => {
  it('has its even share of keys that are alike', () => {
    const share = hottestPartition({ partitions: 8, keys: 1e6, exponent: 0.001 }, seeded(1));
    expect(share).toBeGreaterThan(0.125);
    expect(share).toBeLessThan(0.13);
  });

  it('cannot be less than its hottest key', () => {
    const few = hottestPartition({ partitions: 64, keys: 1e5, exponent: 0.9 }, seeded(1));
    const many = hottestPartition({ partitions: 4_096, keys: 1e5, exponent: 0.9 }, seeded(1));
    expect(many).toBeGreaterThan(few / 10);
    expect(many).toBeGreaterThan(0.03);
  });
});

it('says what each tier takes', () => {
  const tiers = new Map(tiersFor(units, demand, seeded(1)).map((tier) => [tier.name, tier]));
  expect(tiers.get('sockets')).toMatchObject({ cores: (100_000 * 10 + 2_000 * 200) / 1e6 });
  expect(tiers.get('sockets')?.gibibytes).toBeCloseTo((1e6 * 8) / 2 ** 20, 6);
  expect(tiers.get('events taken in')?.cores).toBeCloseTo(0.05, 9);
  expect(tiers.get('processors')?.cores).toBeCloseTo(0.1, 9);
  expect(tiers.get('Kafka')?.cores).toBeCloseTo(0.3, 9);
});
