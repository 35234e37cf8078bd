// Tells whether a process seen earlier still lives, by its id and the moment it started, so that a recycled id is not mistaken.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const startTimeField = 19; // of /proc/<pid>/stat, counted from the state, which follows the name in brackets
const boot = existsSync('/proc/sys/kernel/random/boot_id')
  ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)
  : '';

/** The start moment in a Linux stat line, or null for a process that has ended and only waits to be collected. */
export function startedFromStat(stat) {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : fields[startTimeField];
}

/** A text that is the same for as long as this very process lives; null if none has the id. */
export function startedAt(pid) {
  try {
    if (boot !== '') {
      const started = startedFromStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
      return started && `${boot}-${started}`;
    }
    return (
      execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim() || null
    );
  } catch {
    return null;
  }
}

export const identify = (pid) => ({ pid, started: startedAt(pid) });

export const isAlive = (identity) =>
  Number.isInteger(identity?.pid) && identity.started != null && startedAt(identity.pid) === identity.started;

/** The identity in a JSON file; null if there is none or it cannot be read. */
export function readIdentity(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
