// The state of a running stack in <folder>/stack.json: written by its supervisor, read by whoever looks for the stack.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from './files.mjs';
import { identify, isAlive, readIdentity } from './identity.mjs';
import { startFolder } from './settings.mjs';

const stateFile = (folder) => join(folder, 'stack.json');

/** Held by the supervisor of a folder for as long as it lives. */
export const lockFile = (folder) => join(folder, 'lock');

/** state: { way, env, pids }. */
export function writeState(folder, state) {
  writeAtomically(stateFile(folder), `${JSON.stringify({ supervisor: identify(process.pid), ...state }, null, 2)}\n`);
}

export const clearState = (folder) => rmSync(stateFile(folder), { force: true });

/** The whole state, or null where no living supervisor stands behind it. */
export function runningState(folder = startFolder) {
  const state = readIdentity(stateFile(folder));
  return state !== null && isAlive(state.supervisor) ? state : null;
}

/** The addresses of the running stack and PID_<NAME> of each process, as one record of text; null if none runs. */
export function runningStack(folder = startFolder) {
  const state = runningState(folder);
  if (state === null) return null;
  const pids = Object.entries(state.pids).map(([name, pid]) => [`PID_${name.toUpperCase()}`, String(pid)]);
  return { ...state.env, ...Object.fromEntries(pids) };
}

/** `KEY=value` lines that a shell reads back as they were. */
export const shellLines = (env) =>
  Object.entries(env)
    .map(([name, value]) => `${name}=${/^[\w.,:/@%+=-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`)
    .join('\n');
