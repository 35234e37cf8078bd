// Builds the Kafka Streams application with Maven into .stack/peers, once per state of its sources; says what is missing if it cannot.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findMaven } from '../../../infra/local/artifacts.mjs';
import { findJava, javaHome } from '../../../infra/local/java.mjs';
import { root } from '../../../infra/local/settings.mjs';

export type Built = { readonly java: string; readonly classPath: string };

const here = dirname(fileURLToPath(import.meta.url));
const home = join(root, '.stack/peers/kafka-streams');
const buildMsMax = 600_000;

/** The application, or the sentence that says why there is none. */
export async function built(): Promise<Built | string> {
  try {
    const java = findJava();
    const folder = join(home, hashOfSources());
    if (!existsSync(folder)) await build(folder, java);
    const classPath = [join(folder, 'classes'), readFileSync(join(folder, 'classpath'), 'utf8').trim()];
    return { java, classPath: classPath.join(delimiter) };
  } catch (error) {
    return `Kafka Streams was not measured: ${error instanceof Error ? error.message.split('\n').slice(0, 5).join(' ') : error}`;
  }
}

async function build(folder: string, java: string): Promise<void> {
  const maven = findMaven();
  if (maven === null) throw new Error('Maven is missing (no `mvn` on the PATH, no MAVEN_HOME)');
  if (!existsSync(join(javaHome(java), 'bin/javac'))) throw new Error(`no javac beside ${java}: a JDK is needed`);
  const draft = `${folder}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const args = ['--batch-mode', '--quiet', '-f', join(here, 'pom.xml'), 'process-classes', `-Dout=${draft}`];
  const env = { ...process.env, JAVA_HOME: javaHome(java) };
  await promisify(execFile)(maven, args, { env, timeout: buildMsMax });
  renameSync(draft, folder);
}

function hashOfSources(): string {
  const hash = createHash('sha256').update(readFileSync(join(here, 'pom.xml')));
  const sources = join(here, 'src/main/java/peer');
  for (const name of readdirSync(sources).sort()) hash.update(name).update(readFileSync(join(sources, name)));
  return hash.digest('hex').slice(0, 12);
}
