// The Cassandra client with the settings that its known defects call for; statements name their keyspace themselves.
import { setTimeout as pause } from 'node:timers/promises';
import { Client, policies, types } from 'cassandra-driver';
import type { Config } from './config.ts';
import type { Log } from './log.ts';

/** The server gives up after 2 s; an answer later than this is not coming. */
const readTimeoutMs = 4_000;
const reconnectMs = { first: 250, max: 5_000 };

/**
 * A client that is not connected yet. Prepared statements throughout (else numbers are guessed to be doubles), and all
 * marked idempotent: reads are, and writes carry their own timestamp. A write that does not must pass `isIdempotent: false`.
 */
export function createCassandra(config: Config, log: Log): Client {
  const client = new Client({
    contactPoints: [...config.cassandra.contactPoints],
    localDataCenter: config.cassandra.dataCenter,
    protocolOptions: { maxVersion: types.protocolVersion.v4 },
    socketOptions: { connectTimeout: 5_000, readTimeout: readTimeoutMs },
    pooling: { coreConnectionsPerHost: { [types.distance.local]: 1 }, heartBeatInterval: 10_000 },
    policies: { reconnection: new policies.reconnection.ExponentialReconnectionPolicy(250, 2_000, true) },
    queryOptions: { prepare: true, isIdempotent: true, consistency: types.consistencies.localQuorum, fetchSize: 1_000 },
  });
  client.on('log', (level: string, module: string, message: string) => {
    if (level === 'error' || level === 'warning') log.warn(`cassandra ${module}: ${message}`);
  });
  return client;
}

/** Connects, and keeps trying until it has or the signal stops it. */
export async function connectCassandra(client: Client, log: Log, signal?: AbortSignal): Promise<void> {
  for (let waitMs = reconnectMs.first; ; waitMs = Math.min(waitMs * 2, reconnectMs.max)) {
    try {
      return await client.connect();
    } catch (error) {
      signal?.throwIfAborted();
      log.warn(`cassandra is not reachable yet: ${(error as Error).message}`);
      await pause(waitMs, undefined, { signal });
    }
  }
}
