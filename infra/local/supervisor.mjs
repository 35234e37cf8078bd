// Starts the children of a stack, restarts those that die, gives up on those that keep dying, stops all in order.
import { setTimeout as sleep } from 'node:timers/promises';
import { refusedExitCode } from '../start-rules.mjs';
import { Child } from './child.mjs';
import { firstLines, freeDiskBytes } from './files.mjs';
import { complain, Sentence, say } from './steps.mjs';

const pollMs = 100;
const noteEveryMs = 500;
const backoffFirstMs = 250;
const backoffMaxMs = 5000;
const linesShown = 4;
const freeDiskMbMin = 100;

/** What is added to a sentence about a child: that the disk is full if it is, and the end of its log. */
const quote = (child, telling) => {
  const freeMb = freeDiskBytes(child.logFile) / 1e6;
  const disk = freeMb < freeDiskMbMin ? `; its disk is full (${Math.round(freeMb)} MB are free)` : '';
  const lines = telling ? firstLines(child.logFile, telling, linesShown) : child.lastLines(linesShown);
  const log = lines.length === 0 ? '' : `; from ${child.logFile}:\n${lines.map((line) => `    ${line}`).join('\n')}`;
  return disk + log;
};

export class Supervisor {
  #folder;
  #onGiveUp;
  #onChange;
  #entries = new Set();
  stopping = false;

  /** `onGiveUp(sentence)` is called when a child keeps dying, `onChange()` when a pid has changed. */
  constructor(folder, { onGiveUp, onChange = () => {} }) {
    this.#folder = folder;
    this.#onGiveUp = onGiveUp;
    this.#onChange = onChange;
    process.once('exit', () => this.kill());
  }

  /**
   * Starts a child that is to run for as long as the stack, and waits until it is ready.
   * spec: that of Child, and title, ready() (absent: at once), readyWithinMs, deathsMax within deathsWindowMs.
   */
  async start(spec) {
    const entry = { spec, deaths: [], child: this.#spawn(spec) };
    this.#entries.add(entry);
    if (spec.ready) await this.#untilReady(entry);
    if (!this.stopping) entry.child.exited.then((end) => this.#died(entry, end));
  }

  /** Runs a child to its end; another code than 0 is a failure with the lines of its log that match `spec.telling`, or the last. */
  async run(spec, note = () => {}) {
    const entry = { spec, child: this.#spawn({ stopRank: 0, graceMs: 2000, ...spec }) };
    this.#entries.add(entry);
    const notes = setInterval(() => note(entry.child.lastLines(1)[0] ?? ''), noteEveryMs);
    const { code, reason } = await entry.child.exited;
    clearInterval(notes);
    this.#entries.delete(entry);
    this.#checkGoing();
    if (code !== 0) throw new Sentence(`${spec.title} failed (${reason})${quote(entry.child, spec.telling)}`);
  }

  pids() {
    return Object.fromEntries(
      [...this.#entries].filter(({ child }) => !child.ended).map(({ spec, child }) => [spec.name, child.pid]),
    );
  }

  async stop() {
    this.stopping = true;
    const ranks = [...new Set([...this.#entries].map(({ spec }) => spec.stopRank ?? 0))].sort((a, b) => a - b);
    for (const rank of ranks) {
      const same = [...this.#entries].filter(({ spec }) => (spec.stopRank ?? 0) === rank);
      await Promise.all(same.map(({ child }) => child.stop()));
    }
  }

  kill() {
    this.stopping = true;
    for (const { child } of this.#entries) if (!child.ended) child.kill();
  }

  #spawn(spec, append = false) {
    this.#checkGoing();
    return new Child(this.#folder, spec, append);
  }

  #checkGoing() {
    if (this.stopping) throw new Sentence('The stack is being stopped.');
  }

  async #untilReady({ spec, child }) {
    const untilMs = Date.now() + spec.readyWithinMs;
    let end;
    child.exited.then((answer) => {
      end = answer;
    });
    while (!(await spec.ready())) {
      this.#checkGoing();
      if (end) throw new Sentence(`${spec.title} stopped while starting (${end.reason})${quote(child)}`);
      if (Date.now() > untilMs)
        throw new Sentence(`${spec.title} was not ready within ${spec.readyWithinMs / 1000} s${quote(child)}`);
      await sleep(pollMs);
    }
  }

  async #died(entry, end) {
    if (this.stopping) return;
    const { spec } = entry;
    const nowMs = Date.now();
    entry.deaths = [...entry.deaths.filter((atMs) => nowMs - atMs < spec.deathsWindowMs), nowMs];
    const often = `${entry.deaths.length} times within ${spec.deathsWindowMs / 1000} s`;
    if (end.code === refusedExitCode) {
      this.#onGiveUp(new Sentence(`${spec.title} does not start, so the stack is stopped${quote(entry.child)}`));
      return;
    }
    if (entry.deaths.length >= spec.deathsMax) {
      this.#onGiveUp(
        new Sentence(`${spec.title} died ${often} (last: ${end.reason}), so the stack is stopped${quote(entry.child)}`),
      );
      return;
    }
    const why = quote(entry.child);
    const isNews = why !== entry.toldWhy;
    entry.toldWhy = why;
    complain(`${spec.title} died (${end.reason}) and will be started again${isNews ? why : ', as before'}`);
    await sleep(Math.min(backoffMaxMs, backoffFirstMs * 2 ** (entry.deaths.length - 1)));
    if (this.stopping) return;
    await this.#restart(entry).catch((error) => {
      if (!this.stopping) this.#onGiveUp(error);
    });
  }

  async #restart(entry) {
    const { spec } = entry;
    const sinceMs = Date.now();
    entry.child = this.#spawn(spec, true);
    this.#onChange();
    entry.child.exited.then((end) => this.#died(entry, end));
    if (!spec.ready) return;
    const { child } = entry;
    while (!child.ended && !(await spec.ready())) {
      this.#checkGoing();
      if (Date.now() - sinceMs > spec.readyWithinMs)
        throw new Sentence(`${spec.title} was not ready again within ${spec.readyWithinMs / 1000} s${quote(child)}`);
      await sleep(pollMs);
    }
    if (!child.ended) say(`${spec.title} is back after ${((Date.now() - sinceMs) / 1000).toFixed(1)} s`);
  }
}
