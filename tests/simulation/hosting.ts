// One process's slot of one partition: what is fetched for it, and when, as a consumer group does it.
import { createLog } from '../../infra/log.ts';
import { ownerLimits } from '../../processors/runtime/owner.ts';
import type { InputRecord } from '../../processors/runtime/ports.ts';
import { type Fetching, Slot } from '../../processors/runtime/slot.ts';
import type { Process } from './cluster.ts';
import { portsOf, shadowPortsOf } from './ports.ts';
import type { Line, Step } from './scheduler.ts';
import { tableOf } from './tables.ts';
import { type Seat, tagOf, type World } from './world.ts';

export const silent = createLog('simulation', 'silent');
const batchMax = 4;
/** Longer waits take more steps, but not as many as they take milliseconds. */
const msPerStep = 100;
const waitStepsMax = 30;

export class Hosting {
  readonly seat: Seat;
  readonly process: Process;
  readonly line: Line & { last: Line['last'] };
  readonly slot: Slot;
  /** Folds into a generation that is being made, never ahead of live. */
  readonly isShadow: boolean;
  /** The group has given the partition to another; this one has not been told yet. */
  superseded = false;
  /** The next batch will be the last one again. */
  repeats = false;
  #position = 0;
  #seeks = 0;
  #fetches = false;
  #busy = false;
  readonly #world: World;

  constructor(world: World, seat: Seat, process: Process, isShadow = false) {
    this.#world = world;
    this.isShadow = isShadow;
    this.seat = seat;
    this.process = process;
    this.line = { name: `${tagOf(seat)} in ${process.name}`, process, last: 'start' };
    this.slot = new Slot({
      processor: tableOf(seat.processor, process.build, world.guards.dedup),
      partition: seat.partition,
      build: process.build,
      ports: (isShadow ? shadowPortsOf : portsOf)(world, seat, { process, line: this.line }),
      fetching: this.#fetching(),
      log: silent,
      metrics: {
        folded: () => {},
        lost: () => world.say(`${this.line.name} has lost`),
        stalled: () => world.say(`${this.line.name} ${this.slot.status.why}`),
      },
      later: (ms, run) => this.#later(ms, run),
      limits: world.guards.cachePerAssignment ? ownerLimits : { ...ownerLimits, sharedCache: this.#sharedCache() },
    });
  }

  get log(): InputRecord[] {
    const { processor, partition } = this.seat;
    return this.#world.logs.of(tableOf(processor, 1).input, partition);
  }

  /** The next batch, if one can be handed over now. */
  delivery(): Step | null {
    const ready = this.slot.status.state === 'ready' && this.#fetches && !this.#busy;
    if (!ready || this.#position >= this.log.length) return null;
    return { line: this.line, effect: 'batch', notBefore: 0, happen: () => void this.#deliver() };
  }

  async #deliver(): Promise<void> {
    const from = this.#position;
    const seeks = this.#seeks;
    const fetched = this.log.slice(from, from + 1 + this.#world.random.below(batchMax));
    this.line.last = 'batch';
    this.#busy = true;
    const records = this.isShadow ? await this.#upToLive(fetched) : fetched;
    const done = records.length > 0 ? await this.slot.fold(this.#asRead(records), async () => true) : null;
    this.#busy = false;
    if (done !== null && seeks === this.#seeks && !this.repeats) this.#position = Math.max(from, done);
    this.repeats = false;
  }

  /** Live's position first, then every dead letter that live may have passed over on its way there. */
  async #upToLive(fetched: readonly InputRecord[]): Promise<readonly InputRecord[]> {
    const { scheduler, redis, control } = this.#world;
    const { processor, partition } = this.seat;
    const live = { ...this.seat, generation: this.process.generations.of(processor).live?.generation ?? 1 };
    try {
      const limit = await scheduler.effect(this.line, 'limit', () => redis.get(tagOf(live)).offset);
      await scheduler.effect(this.line, 'limit', () =>
        this.process.reader.readTo(processor, partition, control.of(processor, partition).length - 1),
      );
      return fetched.filter(({ offset }) => offset < limit);
    } catch {
      return [];
    }
  }

  /** Where watermarks are off, nothing is known to be derived. */
  #asRead(records: readonly InputRecord[]): readonly InputRecord[] {
    return this.#world.guards.watermark ? records : records.map((record) => ({ ...record, origin: null }));
  }

  #fetching(): Fetching {
    const { scheduler } = this.#world;
    return {
      pause: () => {
        this.#fetches = false;
      },
      resumeAt: (_partition, offset) => {
        this.#position = offset;
        this.#seeks += 1;
        this.#fetches = true;
      },
      endOffset: () => scheduler.effect(this.line, 'end', () => this.log.length),
    };
  }

  #later(ms: number, run: () => void): () => void {
    this.line.last = 'fault';
    const { scheduler, random } = this.#world;
    return scheduler.later(this.line, 'wait', random.below(Math.min(waitStepsMax, ms / msPerStep)), run);
  }

  #sharedCache(): Map<string, never> {
    const tag = tagOf(this.seat);
    const cache = this.process.caches.get(tag) ?? new Map<string, never>();
    this.process.caches.set(tag, cache);
    return cache;
  }
}
