// Has Maven fetch the servers into .stack/lib/<hash of the poms>: class paths, the registry and a Redis binary; reuses what is there.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { javaHome, onPath } from './java.mjs';
import { withLock } from './lock.mjs';
import { libFolder, root } from './settings.mjs';
import { Sentence } from './steps.mjs';

const poms = ['pom.xml', 'kafka/pom.xml', 'cassandra/pom.xml'].map((name) => join(root, 'infra/local', name));

/** The Maven that can be run, or null. */
export const findMaven = (environment = process.env) =>
  onPath('mvn', {
    PATH: [environment.MAVEN_HOME && join(environment.MAVEN_HOME, 'bin'), environment.PATH]
      .filter(Boolean)
      .join(delimiter),
  });

const hashOfPoms = () => {
  const hash = createHash('sha256');
  for (const pom of poms) hash.update(readFileSync(pom));
  return hash.digest('hex').slice(0, 12);
};

const readClassPath = (folder, name) => readFileSync(join(folder, `${name}.classpath`), 'utf8').trim();

function read(folder) {
  const registry = join(folder, 'registry');
  const redis = join(folder, 'redis');
  const system = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const redisBinary = readdirSync(redis).find((name) => name.endsWith(system));
  return {
    folder,
    kafka: readClassPath(folder, 'kafka'),
    cassandra: readClassPath(folder, 'cassandra'),
    registry: join(
      registry,
      readdirSync(registry).find((name) => name.endsWith('-runner.jar')),
    ),
    redis: onPath('redis-server') ?? (redisBinary && join(redis, redisBinary)),
  };
}

/** The folder appears by one rename when all is in it; its jars lie in Maven's own cache, which may have been cleared since. */
function isWhole(folder) {
  if (!existsSync(folder)) return false;
  const jars = ['kafka', 'cassandra'].flatMap((name) => readClassPath(folder, name).split(delimiter));
  return jars.every((jar) => existsSync(jar));
}

/** What the servers are run from: class paths, the registry's jar, a Redis binary. `showStep(work)` runs the fetching, if there is any. */
export async function artifacts(java, supervisor, showStep) {
  const folder = join(libFolder, hashOfPoms());
  if (!isWhole(folder)) {
    const maven = findMaven();
    if (maven === null)
      throw new Sentence(
        'Maven is missing (no `mvn` on the PATH, no MAVEN_HOME), and it fetches the servers: install Maven, or Docker with compose.',
      );
    await showStep((note) =>
      withLock(join(libFolder, 'lock'), () => fetchInto(folder, { maven, java, supervisor, note })),
    );
  }
  const found = read(folder);
  if (!found.redis)
    throw new Sentence(
      `No Redis for ${process.platform} ${process.arch} is at hand: install redis-server, or Docker with compose.`,
    );
  return found;
}

async function fetchInto(folder, { maven, java, supervisor, note }) {
  if (isWhole(folder)) return;
  const draft = `${folder}.draft`;
  for (const old of [folder, draft]) rmSync(old, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const args = ['--batch-mode', '-T', '2', '-f', poms[0], 'generate-resources', `-Dlib=${draft}`];
  const env = { JAVA_HOME: javaHome(java) };
  await supervisor.run({ name: 'maven', title: 'Maven', command: maven, args, env, telling: /^\[ERROR\]/ }, (line) => {
    note(/^\[|^Download/.test(line) ? line.replace(/^Download(ed|ing) from [^:]*: \S*\//, 'fetching ') : '');
  });
  renameSync(draft, folder);
}
