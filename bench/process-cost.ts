// What a process costs: CPU seconds, memory and its peak, as /proc tells (elsewhere null), and which process listens on a port.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Of `USER_HZ`, which is 100 on every Linux. */
const ticksPerSecond = 100;
const listening = '0A';

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

/** Peak of the resident memory in MiB. */
export const memoryPeakMiB = (pid: number): number | null => statusMiB(pid, 'VmHWM');

export const residentMiB = (pid: number | null): number | null => (pid === null ? null : statusMiB(pid, 'VmRSS'));

function statusMiB(pid: number, field: string): number | null {
  const kilobytes = new RegExp(`${field}:\\s+(\\d+)`).exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) / 1_024;
}

export function cpuSecondsOf(pid: number | null): number | null {
  const text = pid === null ? null : read(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The name, in brackets, may hold blanks; user and system time are the 12th and 13th field behind it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The process of this machine that listens at `host:port`; null if it is on another, or not ours to see. */
export function listenerAt(address: string): number | null {
  const port = Number(address.split(':').at(-1)).toString(16).toUpperCase().padStart(4, '0');
  const sockets = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6'])
    for (const line of (read(table) ?? '').split('\n')) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (local?.endsWith(`:${port}`) && state === listening) sockets.add(`socket:[${inode}]`);
    }
  for (const pid of folder('/proc').filter((name) => /^\d+$/.test(name)))
    for (const file of folder(`/proc/${pid}/fd`))
      if (sockets.has(linkOf(`/proc/${pid}/fd/${file}`) ?? '')) return Number(pid);
  return null;
}

function folder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
