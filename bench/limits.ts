// What a limit costs a call: CPU of the API process without limits, from a lease, and with a question to Redis for each call.
import type { Caller } from '../api/access.ts';
import { Peers } from '../api/limits/addresses.ts';
import { FloodGuard } from '../api/limits/flood-guard.ts';
import { RedisBuckets } from '../api/limits/gcra.ts';
import { type Claim, Limiter } from '../api/limits/limiter.ts';
import { type Limits, limitsOf, noLimits } from '../api/limits/limits.ts';
import { costs, floodPerSecond, type Policy, type PolicyName, withRates } from '../api/limits/policies.ts';
import type { Config } from '../infra/config.ts';
import type { Log } from '../infra/log.ts';
import { connectRedis, createRedis } from '../infra/redis.ts';
import { median, table } from './table.ts';

const users = 10_000;
/** A call a second each: through a whole lease and into the next. */
const callsPerUser = 30;
/** As a browser's connections do. */
const together = 64;
const rounds = 3;

const callers = Array.from(
  { length: users },
  (_, i): Caller => ({ kind: 'user', userId: `user-${i}`, sessionId: 's', roles: [] }),
);
const addresses = Array.from({ length: users }, (_, i) => `198.${18 + (i >> 14)}.${(i >> 6) & 255}.${i & 63}`);
const feed = { cost: costs.ranking };

type Variant = { readonly name: string; readonly limits: Limits; readonly asked: () => number; readonly told: boolean };

/** @returns µs of CPU per call */
async function measured({ limits, told }: Variant, tick: () => void): Promise<number> {
  const headers: Record<string, string> = {};
  const tell = (told: Readonly<Record<string, string>>) => void Object.assign(headers, told);
  const call = async (i: number): Promise<void> => {
    const peer = limits.peerOf(addresses[i]);
    limits.admits(peer);
    const asked = { caller: callers[i] as Caller, peer, ...(told && { tell }) };
    const decided = limits.ofRoute(feed, {}, asked);
    if (decided !== null && (await decided)) throw new Error(`user ${i} is refused: this measures something else`);
  };
  const before = process.cpuUsage();
  for (let turn = 0; turn < callsPerUser; turn++) {
    tick();
    for (let from = 0; from < users; from += together)
      await Promise.all(Array.from({ length: Math.min(together, users - from) }, (_, j) => call(from + j)));
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (users * callsPerUser);
}

export async function limits(config: Config, log: Log): Promise<void> {
  const redis = createRedis(config, log, { name: 'bench' });
  await connectRedis(redis);
  const prefix = `bench${Date.now()}:`;
  // Every user calls once a second, by a clock of the benchmark's own: leases age as they would.
  let nowMs = Date.now();
  const tick = () => {
    nowMs += 1_000;
  };
  const leased = withRates({});
  const unleased = Object.fromEntries(
    Object.entries(leased).map(([name, policy]) => [name, { ...policy, lease: 0 }]),
  ) as Readonly<Record<PolicyName, Policy>>;
  const over = (policies: typeof leased, round: string) => {
    let asked = 0;
    const buckets = new RedisBuckets(redis);
    const limiter = new Limiter({
      buckets: {
        take: (asks) => {
          asked += 1;
          return buckets.take(asks);
        },
      },
      ...{ table: policies, prefix: prefix + round, nowMs: () => nowMs },
    });
    const peers = new Peers({ proxies: [], trusted: [] });
    const guard = new FloodGuard(floodPerSecond);
    const onDecision = () => undefined;
    // Nobody gives up here: what is measured is the work.
    const patient = { check: (claims: readonly Claim[]) => limiter.check(claims, 60_000) };
    const made = limitsOf({ limiter: patient, table: policies, peers, guard, nowMs: () => nowMs, onDecision });
    return { limits: made, asked: () => asked };
  };
  const figures = new Map<string, { cpu: number[]; asked: number }>();
  for (let round = 0; round < rounds; round++) {
    const variants: Variant[] = [
      { name: 'no limits', limits: noLimits, asked: () => 0, told: false },
      { name: 'leased (gRPC: no headers)', ...over(leased, `${round}a`), told: false },
      { name: 'leased, with headers (REST)', ...over(leased, `${round}b`), told: true },
      { name: 'Redis each call', ...over(unleased, `${round}c`), told: false },
    ];
    for (const variant of variants) {
      const figure = figures.get(variant.name) ?? { cpu: [], asked: 0 };
      figure.cpu.push(await measured(variant, tick));
      figures.set(variant.name, { cpu: figure.cpu, asked: variant.asked() });
    }
  }
  const rows = [...figures].map(([name, { cpu, asked }]) => [
    name,
    median(cpu).toFixed(2),
    (asked / (users * callsPerUser)).toFixed(3),
  ]);
  process.stdout.write(table(['limit of a call', 'CPU µs a call', 'questions to Redis a call'], rows));
  const left = await redis.keys(`${prefix}*`);
  for (let i = 0; i < left.length; i += 1_000) await redis.unlink(...left.slice(i, i + 1_000));
  redis.disconnect();
}
