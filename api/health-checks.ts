// One check per dependency: a small question that only a working server answers.
import type { Client } from 'cassandra-driver';
import type { Redis } from 'ioredis';
import type { Admin } from 'kafkajs';
import type { Config } from '../infra/config.ts';
import type { ProcessorPosition, Topology } from '../projections/topology.ts';
import type { Check } from './health.ts';

export type CheckParts = {
  readonly admin: Pick<Admin, 'describeCluster'>;
  readonly config: Pick<Config, 'registry' | 'processors'>;
  readonly cassandra: Client;
  readonly redis: Redis;
  readonly topology: Topology;
};

/** A processor that is this far behind and has not moved since the check before is not keeping up. */
const stillMsMax = 10_000;

export function checksOf(parts: CheckParts): Record<string, Check> {
  return {
    kafka: async () => {
      const { brokers } = await parts.admin.describeCluster();
      if (brokers.length === 0) throw new Error('no broker is known');
      return { version: `${brokers.length} broker${brokers.length > 1 ? 's' : ''}` };
    },
    registry: async () => {
      const response = await asked(`${parts.config.registry.url}/subjects`);
      await response.body?.cancel();
      if (!response.ok) throw new Error(`it answers ${response.status}`);
      return {};
    },
    cassandra: async () => {
      const { rows } = await parts.cassandra.execute('SELECT release_version FROM system.local');
      return { version: String(rows[0]?.release_version) };
    },
    redis: async () => {
      if (parts.redis.status !== 'ready') throw new Error('not connected');
      const info = await parts.redis.info('server');
      return { version: /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown' };
    },
    processors: processorsCheck(parts),
  };
}

function asked(address: string): Promise<Response> {
  return fetch(address, { signal: AbortSignal.timeout(1_000) });
}

/** What the processors' process says of itself, then what their progress says of them. */
function processorsCheck({ config, topology }: CheckParts): Check {
  const { host, port } = config.processors;
  const progress = progressCheck(topology);
  return async () => {
    const response = await asked(`http://${host}:${port}/ready`).catch(() => null);
    if (!response) throw new Error(`their process does not answer at port ${port}`);
    const { ready, why } = (await response.json()) as { ready: boolean; why: readonly string[] };
    return ready ? progress() : { degraded: why.slice(0, 5).join('; ') || 'still starting' };
  };
}

/** Ok while every partition has an owner and none stands still with records waiting. */
export function progressCheck(topology: Pick<Topology, 'positions'>, clock: () => number = Date.now): Check {
  const moved = new Map<string, { readonly committed: number; readonly at: number }>();
  return async () => {
    const positions = await topology.positions();
    const orphans = positions.filter(({ partitions }) => partitions.some(({ claimed }) => !claimed));
    if (orphans.length > 0) throw new Error(`not started: ${orphans.map(({ processor }) => processor).join(', ')}`);
    const stuck = positions.filter((position) => isStuck(position, moved, clock()));
    return stuck.length > 0 ? { degraded: `not moving: ${stuck.map(described).join(', ')}` } : {};
  };
}

function isStuck(
  { processor, partitions }: ProcessorPosition,
  moved: Map<string, { readonly committed: number; readonly at: number }>,
  now: number,
): boolean {
  return partitions
    .map(({ partition, committed, lag }) => {
      const key = `${processor}:${partition}`;
      const before = moved.get(key);
      if (lag > 0 && before?.committed === committed) return now - before.at > stillMsMax;
      moved.set(key, { committed, at: now });
      return false;
    })
    .includes(true);
}

const described = ({ processor, lag }: ProcessorPosition) => `${processor} (${lag} behind)`;
