// Shows what is going on: a line per finished step with its seconds, and on a terminal one live line of what still runs.

const liveEveryMs = 200;
const plainEveryMs = 10_000;
const running = new Set();
let timer;

for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

/** A failure that is told to the user as it stands, in one sentence and without a stack trace. */
export class Sentence extends Error {}

const seconds = (entry) => `${((Date.now() - entry.sinceMs) / 1000).toFixed(1)} s`;
const clearLive = () => process.stdout.isTTY && process.stdout.write('\r\x1b[2K');

export function say(line) {
  clearLive();
  process.stdout.write(`${line}\n`);
}

export function complain(line) {
  clearLive();
  process.stderr.write(`${line}\n`);
}

function show() {
  const texts = [...running].map((entry) => `${entry.title} ${seconds(entry)}${entry.note ? ` (${entry.note})` : ''}`);
  if (!process.stdout.isTTY) {
    for (const text of texts) process.stdout.write(`  … ${text}\n`);
    return;
  }
  const line = `  … ${texts.join(' · ')}`;
  process.stdout.write(`\r\x1b[2K${line.slice(0, (process.stdout.columns || 80) - 1)}`);
}

/** Runs `work(note)`, where `note(text)` changes what is shown beside the title meanwhile; answers what `work` answers. */
export async function step(title, work) {
  const entry = { title, sinceMs: Date.now(), note: '' };
  running.add(entry);
  timer ??= setInterval(show, process.stdout.isTTY ? liveEveryMs : plainEveryMs).unref();
  try {
    const answer = await work((text) => {
      entry.note = text;
    });
    say(`  ✓ ${title} ${seconds(entry)}`);
    return answer;
  } catch (error) {
    say(`  ✗ ${title} ${seconds(entry)}`);
    throw error;
  } finally {
    running.delete(entry);
    if (running.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  }
}
