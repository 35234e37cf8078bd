// The four servers of the local way in one table: what each prepares, its command, and how it shows that it is ready.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cassandra } from './cassandra.mjs';
import { kafka } from './kafka.mjs';
import { redisIsReady, registryIsReady } from './probes.mjs';
import { step } from './steps.mjs';

const registry = {
  name: 'registry',
  title: 'Schema registry',
  command: ({ folder, ports, java, lib }) => ({
    command: java,
    args: [
      '-Xmx384m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-Dquarkus.http.host=127.0.0.1',
      `-Dquarkus.http.port=${ports.registry}`,
      '-Dquarkus.http.access-log.enabled=false',
      '-Dapicurio.storage.kind=sql',
      '-Dapicurio.storage.sql.kind=h2',
      `-Dapicurio.datasource.url=jdbc:h2:file:${join(folder, 'db')}`,
      '-jar',
      lib.registry,
    ],
  }),
  ready: ({ ports }) => registryIsReady(ports.registry),
};

const redis = {
  name: 'redis',
  title: 'Redis',
  command: ({ folder, ports, lib }) => ({
    command: lib.redis,
    args: Object.entries({
      bind: '127.0.0.1',
      port: ports.redis,
      dir: folder,
      appendonly: 'yes',
      appendfsync: 'everysec',
      'maxmemory-policy': 'noeviction',
    }).flatMap(([name, value]) => [`--${name}`, String(value)]),
  }),
  ready: ({ ports }) => redisIsReady(ports.redis),
};

const servers = [cassandra, kafka, registry, redis];

/** How a server is stopped and when it is given up. */
export const serverRules = {
  stopRank: 3,
  graceMs: 20_000,
  readyWithinMs: 120_000,
  deathsMax: 3,
  deathsWindowMs: 120_000,
};

/** Whether all four answer on these ports. */
export const allReady = async (ports) =>
  (await Promise.all(servers.map(({ ready }) => ready({ ports })))).every(Boolean);

/** Starts all four side by side, each with a folder of its own below `folder`, and waits until all are ready; data to be thrown away needs no grace at the end. */
export async function startServers({ folder, ports, java, lib, supervisor, throwAway }) {
  await Promise.all(
    servers.map(({ name, title, prepare, command, ready }) =>
      step(title, async (note) => {
        const context = { folder: join(folder, name), ports, java, lib, run: (spec) => supervisor.run(spec, note) };
        mkdirSync(context.folder, { recursive: true });
        await prepare?.(context);
        await supervisor.start({
          ...serverRules,
          ...(throwAway && { graceMs: 0 }),
          name,
          title,
          ...command(context),
          ready: () => ready(context),
        });
      }),
    ),
  );
}
