// Finds a Java 17, the only one that Cassandra 5 runs on: in JAVA_HOME, on the PATH, then in the usual folders.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { Sentence } from './steps.mjs';

const wanted = 17;

/** 17 for `openjdk version "17.0.15"`, 8 for `java version "1.8.0_391"`, null if there is no version in it. */
export function javaMajor(text) {
  const match = /version "(\d+)(?:\.(\d+))?/.exec(text);
  if (match === null) return null;
  return Number(match[1] === '1' ? match[2] : match[1]);
}

const isExecutable = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The first file of that name on the PATH that can be run, or null. */
export const onPath = (name, environment = process.env) =>
  (environment.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable) ?? null;

const inside = (folder, below) =>
  existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, below)) : [];

function candidates(environment) {
  const home = environment.JAVA_HOME ? [join(environment.JAVA_HOME, 'bin/java')] : [];
  const path = onPath('java', environment);
  return [
    ...home,
    ...(path === null ? [] : [path]),
    ...inside('/usr/lib/jvm', 'bin/java'),
    ...inside('/usr/java', 'bin/java'),
    ...inside('/Library/Java/JavaVirtualMachines', 'Contents/Home/bin/java'),
    '/opt/homebrew/opt/openjdk@17/bin/java',
    '/usr/local/opt/openjdk@17/bin/java',
    ...inside(join(homedir(), '.sdkman/candidates/java'), 'bin/java'),
    ...inside(join(homedir(), '.jdks'), 'bin/java'),
  ].filter(isExecutable);
}

function majorOf(java) {
  const { stdout, stderr } = spawnSync(java, ['-version'], { encoding: 'utf8', timeout: 10_000 });
  return javaMajor(`${stderr}${stdout}`);
}

/** The path of a Java 17; a sentence that names what was found instead if there is none. */
export function findJava(environment = process.env, paths = candidates(environment)) {
  const others = [];
  for (const java of new Set(paths.map((path) => realpathSync(path)))) {
    const major = majorOf(java);
    if (major === wanted) return java;
    others.push(`Java ${major ?? 'of an unknown version'} at ${java}`);
  }
  const found = others.length === 0 ? 'no Java was found' : `only ${others.join(', ')} was found`;
  throw new Sentence(
    `Java ${wanted} is missing (${found}): install Java ${wanted} and Maven and set JAVA_HOME if it is in an unusual folder, or install Docker with compose.`,
  );
}

export const javaHome = (java) => dirname(dirname(java));
