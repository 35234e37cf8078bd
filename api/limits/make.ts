// Makes the limits of a process: its own connection to Redis, the table of rates as configured, the guard and the addresses.
import type { Config } from '../../infra/config.ts';
import type { Log } from '../../infra/log.ts';
import { connectRedis, createRedis } from '../../infra/redis.ts';
import type { Metrics } from '../metrics.ts';
import { Peers } from './addresses.ts';
import { FloodGuard } from './flood-guard.ts';
import { RedisBuckets } from './gcra.ts';
import { Limiter } from './limiter.ts';
import { type Limits, limitsOf, noLimits } from './limits.ts';
import { floodPerSecond, withRates } from './policies.ts';

export type LimitsMade = { readonly limits: Limits; stop(): void };

/** Works at once: until Redis is there, what is decided without it holds. @throws where the configuration is wrong */
export function makeLimits(config: Config, log: Log, metrics: Metrics): LimitsMade {
  const { isOn, rates, trustedProxies: proxies, trusted } = config.limits;
  const table = withRates(rates);
  const peers = new Peers({ proxies, trusted });
  const peerOf: Limits['peerOf'] = (socketAddress, forwardedFor) => peers.of(socketAddress, forwardedFor);
  if (!isOn) return { limits: { ...noLimits, peerOf }, stop: () => undefined };
  const redis = createRedis(config, log, { name: 'limits' });
  connectRedis(redis).catch(() => undefined);
  const limiter = new Limiter({ buckets: new RedisBuckets(redis), table, prefix: config.namespace, nowMs: Date.now });
  const limits = limitsOf({
    ...{ limiter, table, peers, guard: new FloodGuard(floodPerSecond), nowMs: Date.now },
    onDecision: (limit, decision) => metrics.limits.inc({ limit, decision }),
  });
  return { limits, stop: () => redis.disconnect() };
}
