// What a report was measured on: the machine, and the versions of everything that took part.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createCassandra } from '../infra/cassandra.ts';
import type { Config } from '../infra/config.ts';
import type { Log } from '../infra/log.ts';
import { folderWith } from './postgres.ts';

export type Machine = Readonly<Record<string, string>>;

const askMsMax = 3_000;
export const absent = 'not here';

/** What a program says of itself, in one line. */
function said(program: string, args: readonly string[], pattern: RegExp): string {
  try {
    const options = { encoding: 'utf8' as const, stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] };
    // Java tells its version on the other stream.
    const text = execFileSync('sh', ['-c', '"$0" "$@" 2>&1', program, ...args], options);
    return pattern.exec(text)?.[1] ?? absent;
  } catch {
    return absent;
  }
}

async function asked(question: Promise<string | undefined>): Promise<string> {
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), askMsMax).unref());
  return (await Promise.race([question, late]).catch(() => undefined)) ?? absent;
}

async function redisVersion({ redis: { url } }: Config): Promise<string | undefined> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1 });
  try {
    await redis.connect();
    return /redis_version:(\S+)/.exec(await redis.info('server'))?.[1];
  } finally {
    redis.disconnect();
  }
}

async function cassandraVersion(config: Config, log: Log): Promise<string | undefined> {
  const client = createCassandra({ ...config, cassandra: { ...config.cassandra, keyspace: 'system' } }, log);
  try {
    const { rows } = await client.execute('SELECT release_version FROM system.local');
    return String(rows[0]?.release_version);
  } finally {
    await client.shutdown();
  }
}

/** The broker does not tell its version; the pin of the servers that the project runs does. */
function kafkaVersion(): string {
  const folder = new URL('../infra/local/kafka', import.meta.url).pathname;
  for (const file of existsSync(folder) ? readdirSync(folder) : []) {
    const found = /<artifactId>kafka[^<]*<\/artifactId>\s*<version>([\d.]+)</.exec(
      readFileSync(join(folder, file), 'utf8'),
    );
    if (found?.[1]) return `${found[1]} (as pinned)`;
  }
  return absent;
}

const commit = (): string =>
  said('git', ['-C', new URL('..', import.meta.url).pathname, 'rev-parse', '--short', 'HEAD'], /(\w+)/);

export async function machineOf(config: Config, log: Log): Promise<Machine> {
  const postgres = folderWith(['postgres']);
  return {
    processor: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores`,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    system: `${type()} ${release()}`,
    'Node.js': process.versions.node,
    Java: said('java', ['-version'], /version "([^"]+)"/),
    Kafka: kafkaVersion(),
    Redis: await asked(redisVersion(config)),
    Cassandra: await asked(cassandraVersion(config, log)),
    PostgreSQL: postgres ? said(join(postgres, 'postgres'), ['--version'], /([\d.]+)/) : absent,
    Go: said('go', ['version'], /go([\d.]+)/),
    commit: commit(),
  };
}
