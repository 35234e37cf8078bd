// The server processes and who of them has which partition, as a consumer group's coordinator decides it.
import { LiveGate, type NotNow } from '../../processors/runtime/live-gate.ts';
import { ControlReader } from './control.ts';
import { GenerationReader, viewOf } from './generations.ts';
import { Hosting, silent } from './hosting.ts';
import { Session } from './log.ts';
import type { Line, Runs, Step } from './scheduler.ts';
import { lastBuild, type ProcessorName, tableOf } from './tables.ts';
import { msPerStep, type Seat, type World } from './world.ts';

const processCount = 2;

/** A running server: its memory dies with it. */
export class Process implements Runs {
  readonly name: string;
  readonly build: number;
  readonly reader: ControlReader;
  readonly generations: GenerationReader;
  readonly line: Line;
  readonly gates = new Map<ProcessorName, LiveGate>();
  /** Writers' schemas that it has fetched. */
  readonly schemas = new Set([1]);
  /** States per seat, used only where a cache is made to outlive its owner. */
  readonly caches = new Map<string, Map<string, never>>();
  readonly #sessions = new Map<ProcessorName, Session>();
  up = true;
  stalledUntil = 0;

  constructor(world: World, name: string, build: number) {
    this.name = name;
    this.build = build;
    this.reader = new ControlReader(world.control, world.guards);
    this.generations = new GenerationReader(world.generations);
    this.generations.readAll();
    this.line = { name, process: this, last: 'start' };
  }

  sessionOf(processor: ProcessorName): Session {
    const session = this.#sessions.get(processor) ?? new Session();
    this.#sessions.set(processor, session);
    return session;
  }

  discard(processor: ProcessorName, session: Session): void {
    if (this.#sessions.get(processor) === session) this.#sessions.delete(processor);
  }
}

export class Cluster {
  readonly #world: World;
  /** Place → the process that runs there; a stopped one is replaced by another. */
  readonly processes: Process[];
  /** Every slot that has not been told that its time is over. */
  readonly hostings = new Set<Hosting>();
  /** Every slot there ever was, by its line of effects. */
  readonly all = new Map<Line, Hosting>();
  /** Who has a partition, and its slot there, if it may be folded now. */
  readonly #seated = new Map<string, { readonly process: Process; hosting: Hosting | null; place: string } | null>();
  readonly #everStarted: Process[] = [];

  constructor(world: World) {
    this.#world = world;
    this.processes = Array.from({ length: processCount }, () => this.#newProcess(1));
    world.scheduler.sources.push(() => this.#steps());
  }

  start(): void {
    for (const seat of this.#world.seats) this.assign(seat);
  }

  hostingOf(seat: Seat): Hosting | null {
    return this.#seated.get(nameOf(seat))?.hosting ?? null;
  }

  get builds(): number[] {
    return this.processes.map(({ build }) => build);
  }

  /** Gives a seat to a process that answers; who had it learns of it later, unless it is in the same process. */
  assign(seat: Seat, to: Process | null = null): void {
    const { random, scheduler } = this.#world;
    const able = this.processes.filter(({ up, stalledUntil }) => up && stalledUntil <= scheduler.now);
    const process = to ?? (able.length > 0 ? random.pick(able) : null);
    const before = this.hostingOf(seat);
    if (before) before.superseded = true;
    if (before && before.process === process) this.end(before);
    this.#seated.set(nameOf(seat), process && { process, hosting: null, place: '' });
    if (process) this.#seat(seat, process);
  }

  /** Begins where the process believes that it may fold now. */
  #seat({ processor, partition }: Seat, process: Process): void {
    const seated = this.#seated.get(nameOf({ processor, partition }));
    if (!seated) return;
    const place = process.gates.get(processor)?.place() ?? 1;
    seated.place = keyOf(place);
    seated.hosting = null;
    if (typeof place !== 'number') return;
    const hosting = new Hosting(this.#world, { processor, partition, generation: place }, process);
    seated.hosting = hosting;
    this.#world.say(`${processor}:${partition} is assigned to ${hosting.line.name}`);
    this.hostings.add(hosting);
    this.all.set(hosting.line, hosting);
    hosting.slot.start();
  }

  /** The process has learned of another place: what is under way ends with its commit, and new slots begin. */
  #reseat(process: Process, processor: ProcessorName): void {
    if (!process.up) return;
    const place = keyOf(process.gates.get(processor)?.place() ?? 1);
    for (const seat of this.#world.seats) {
      const seated = this.#seated.get(nameOf(seat));
      if (seat.processor !== processor || seated?.process !== process || seated.place === place) continue;
      if (seated.hosting) this.end(seated.hosting);
      this.#seat(seat, process);
    }
  }

  end(hosting: Hosting): void {
    this.hostings.delete(hosting);
    hosting.slot.end();
  }

  /** The process is gone; what it had sent off arrives, or not, or late. */
  crash(process: Process): void {
    const { random, scheduler } = this.#world;
    this.#world.say(`${process.name} crashes`);
    process.up = false;
    for (const { line, remote } of scheduler.takeAll(process)) {
      const fate = random.next();
      if (!remote || fate < 0.4) continue;
      if (fate < 0.8 || this.#world.kind === 'regress') remote.apply(random.chance(0.5));
      else scheduler.late.push({ by: line, apply: () => remote.apply(true) });
    }
    this.#vacate(process);
    for (const hosting of this.hostings) if (hosting.process === process) this.hostings.delete(hosting);
  }

  /** Stalls it; the group takes its partitions away meanwhile, or it is back before that. */
  stall(process: Process, steps: number, expelled: boolean): void {
    process.stalledUntil = this.#world.scheduler.now + steps;
    this.#world.say(`${process.name} stalls for ${steps}${expelled ? ', and is expelled' : ''}`);
    if (expelled) this.#vacate(process);
  }

  /** The next build takes a process's place; the old one's slots are told to end, and finish what is under way. */
  deploy(process: Process, build = Math.min(lastBuild, process.build + 1)): Process {
    if (this.#world.kind === 'regress' && process.up) this.crash(process);
    const next = this.#newProcess(build);
    this.#world.say(`${process.name} ends, ${next.name} of build ${next.build} begins`);
    this.processes[this.processes.indexOf(process)] = next;
    this.#vacate(process);
    for (const hosting of this.hostings) if (hosting.process === process) this.end(hosting);
    return next;
  }

  /** Whoever is stalled wakes, the last build runs everywhere, and the group is balanced anew. */
  heal(): void {
    for (const process of this.#everStarted) process.stalledUntil = 0;
    for (const process of [...this.processes])
      if (!process.up || process.build < lastBuild) this.deploy(process, lastBuild);
    for (const seat of this.#world.seats) this.assign(seat);
  }

  statuses(): string {
    return [...this.#seated]
      .map(([tag, seated]) => {
        const hosting = seated?.hosting;
        const { state, why } = hosting?.slot.status ?? { state: 'vacant', why: null };
        return `${tag} ${state} at ${hosting?.slot.offset} of ${hosting?.log.length}${why ? ` (${why})` : ''}`;
      })
      .join(', ');
  }

  #newProcess(build: number): Process {
    const process = this.spare(build, 'process');
    for (const processor of this.#world.processors) process.gates.set(processor, this.#gateOf(process, processor));
    return process;
  }

  /** A process that the group gives nothing to. */
  spare(build: number, what: string): Process {
    const process = new Process(this.#world, `${what} ${this.#everStarted.length + 1} build ${build}`, build);
    this.#everStarted.push(process);
    return process;
  }

  #gateOf(process: Process, processor: ProcessorName): LiveGate {
    const { scheduler, generations } = this.#world;
    const view = viewOf(generations, process.generations, { scheduler, line: process.line });
    const times = {
      now: () => scheduler.now * msPerStep,
      later: (ms: number, run: () => void) => scheduler.later(process.line, 'wait', Math.ceil(ms / msPerStep), run),
    };
    const gate = new LiveGate(tableOf(processor, process.build), view, silent, times);
    gate.onChange(() => this.#reseat(process, processor));
    return gate;
  }

  #vacate(process: Process): void {
    for (const [name, seated] of this.#seated) {
      if (seated?.process !== process) continue;
      if (seated.hosting) seated.hosting.superseded = true;
      this.#seated.set(name, null);
    }
  }

  *#steps(): Generator<Step> {
    const { outside } = this.#world;
    const step = (happen: () => void): Step => ({ line: outside, effect: 'outside', notBefore: 0, happen });
    for (const process of this.processes) {
      if (!process.up) yield step(() => this.#restart(process));
      else if (process.generations.isBehind) yield { ...step(() => process.generations.readAll()), line: process.line };
    }
    for (const seat of this.#world.seats) {
      const hosting = this.hostingOf(seat);
      const isVacant = !this.#seated.get(nameOf(seat));
      if (isVacant && this.processes.some(({ up }) => up)) yield step(() => this.assign(seat));
      else if (hosting?.slot.status.state === 'halted' && this.#world.faulty && this.#world.random.chance(0.1))
        yield step(() => this.assign(seat));
    }
    for (const hosting of this.hostings) {
      if (hosting.isShadow) continue;
      if (hosting.superseded) yield { ...step(() => this.end(hosting)), line: hosting.line };
      const delivery = hosting.delivery();
      if (delivery) yield delivery;
    }
  }

  #restart(process: Process): void {
    const newer = this.#world.faulty && this.#world.random.chance(0.3) ? 1 : 0;
    const next = this.#newProcess(Math.min(lastBuild, process.build + newer));
    this.#world.say(`${next.name} starts`);
    this.processes[this.processes.indexOf(process)] = next;
  }
}

const nameOf = ({ processor, partition }: Pick<Seat, 'processor' | 'partition'>) => `${processor}:${partition}`;
const keyOf = (place: number | NotNow) => (typeof place === 'number' ? `g${place}` : place.why);
