// Small file work of the stack: atomic writes, the end of a log, free space; reads and writes only the paths it is given.
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

const tailBytes = 8192;
const lineCharactersMax = 240;
const stackFrame = /^\s+(at |\.{3} \d+ )/;

/** Our own processes write JSON: of that the first line of what it says. */
function readable(line) {
  if (!line.startsWith('{')) return line;
  try {
    const { msg } = JSON.parse(line);
    return typeof msg === 'string' ? msg.split('\n')[0] : line;
  } catch {
    return line;
  }
}

/** Readers see the old text or the new, never a part. */
export function writeAtomically(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, text);
  renameSync(draft, path);
}

/** The last lines of a file that say something, oldest first, without the frames of stack traces; none if it is not there. */
export function lastLines(path, count) {
  if (!existsSync(path)) return [];
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, tailBytes));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer
      .toString()
      .split(/[\r\n]+/)
      .filter((line) => line.trim() !== '' && !stackFrame.test(line));
    return lines.slice(-count).map((line) => readable(line).trimEnd().slice(0, lineCharactersMax));
  } finally {
    closeSync(file);
  }
}

/** The first lines of a file that match, for tools that say first what is wrong and then much more. */
export function firstLines(path, pattern, count) {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => pattern.test(line));
  return lines.slice(0, count).map((line) => line.slice(0, lineCharactersMax));
}

/** Bytes free for this user on the disk that holds the path, or would once it exists. */
export function freeDiskBytes(path) {
  if (!existsSync(path)) return freeDiskBytes(dirname(path));
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}
