// One child process with its own process group, a log file and a pid file by which a later run finds it after a crash.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLines, writeAtomically } from './files.mjs';
import { identify, isAlive, readIdentity } from './identity.mjs';
import { root } from './settings.mjs';

const pollMs = 50;

export const logFile = (folder, name) => join(folder, 'log', `${name}.log`);
const pidFile = (folder, name) => join(folder, 'pid', `${name}.json`);

/** For a process or, with a negative id, a group; one that has gone already is no error. */
function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error;
  }
}

export class Child {
  /** spec: name, command, args, env, stopRank, graceMs. The log goes on where `append` is true, else begins anew. */
  constructor(folder, spec, append = false) {
    this.logFile = logFile(folder, spec.name);
    this.pidFile = pidFile(folder, spec.name);
    this.graceMs = spec.graceMs;
    mkdirSync(join(folder, 'log'), { recursive: true });
    const log = openSync(this.logFile, append ? 'a' : 'w');
    const env = { ...process.env, ...spec.env };
    const child = spawn(spec.command, spec.args, { cwd: root, env, detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    this.pid = child.pid;
    this.exited = new Promise((done) => {
      child.once('error', (error) => done({ reason: `could not be started: ${error.message}`, code: null }));
      child.once('exit', (code, by) => done({ reason: by === null ? `exit code ${code}` : `signal ${by}`, code }));
    });
    this.exited.then(() => {
      this.ended = true;
      this.#clear();
    });
    if (this.pid === undefined) return;
    const { name, stopRank, graceMs } = spec;
    writeAtomically(this.pidFile, JSON.stringify({ ...identify(this.pid), name, stopRank, graceMs }));
  }

  /** Asks it to end, and ends it if it has not after its grace. */
  async stop() {
    if (this.ended || this.pid === undefined) return;
    signal(this.pid, 'SIGTERM');
    await Promise.race([this.exited, sleep(this.graceMs, undefined, { ref: false })]);
    this.kill();
    await this.exited;
  }

  kill() {
    if (this.pid !== undefined) signal(-this.pid, 'SIGKILL');
    this.#clear();
  }

  lastLines(count) {
    return lastLines(this.logFile, count);
  }

  #clear() {
    // What it started itself must not outlive it.
    if (this.ended && this.pid !== undefined) signal(-this.pid, 'SIGKILL');
    const written = readIdentity(this.pidFile);
    if (written?.pid === this.pid) rmSync(this.pidFile, { force: true });
  }
}

/** The children that a dead run left behind in this folder, in the order in which they are to be stopped. */
export function leftBehind(folder) {
  let names = [];
  try {
    names = readdirSync(join(folder, 'pid'));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  const found = names.filter((name) => name.endsWith('.json')).map((name) => readIdentity(join(folder, 'pid', name)));
  return found.filter(isAlive).sort((a, b) => a.stopRank - b.stopRank);
}

export async function stopLeftBehind(folder, found = leftBehind(folder)) {
  for (const rank of new Set(found.map((child) => child.stopRank))) {
    await Promise.all(found.filter((child) => child.stopRank === rank).map(stopIdentified));
  }
  rmSync(join(folder, 'pid'), { recursive: true, force: true });
}

async function stopIdentified(identity) {
  signal(identity.pid, 'SIGTERM');
  const untilMs = Date.now() + identity.graceMs;
  while (isAlive(identity) && Date.now() < untilMs) await sleep(pollMs);
  signal(-identity.pid, 'SIGKILL');
  while (isAlive(identity)) await sleep(pollMs);
}
