// A rebuild as one more process: a shadow beside live, a standstill, a comparison and a swap, any of which may be cut off or stalled.
import { Standstill, type StandstillPorts } from '../../processors/runtime/standstill.ts';
import type { Process } from './cluster.ts';
import { viewOf } from './generations.ts';
import { Hosting } from './hosting.ts';
import { Wrong } from './oracle.ts';
import { controlOf, type Host, statesOf } from './ports.ts';
import type { Kept } from './redis.ts';
import type { Step } from './scheduler.ts';
import { lastBuild, type ProcessorName } from './tables.ts';
import { type Actor, msPerStep, partitions, type Seat, tagOf, type World } from './world.ts';

/** How many may be under way, one of them perhaps forgotten in a stall. */
const rebuildsMax = 2;
const startChance = 0.03;
const crashChance = 0.004;
const stallChance = 0.004;
/** Steps for which live stands still at most when nobody ends it. */
const leaseSteps = 60;
const followStepsMax = 60;
const equalLooksMax = 80;

export const rebuilder: Actor = (world) => {
  const { scheduler, random, outside } = world;
  const running = new Set<Rebuild>();
  const step = (happen: () => void): Step => ({ line: outside, effect: 'outside', notBefore: 0, happen });
  scheduler.sources.push(function* () {
    for (const rebuild of running) {
      if (!rebuild.process.up || rebuild.isOver) running.delete(rebuild);
      else if (world.faulty && random.chance(crashChance)) yield step(() => rebuild.crash());
      else if (world.faulty && random.chance(stallChance)) yield step(() => rebuild.stall());
      else for (const hosting of rebuild.shadows) yield* some(hosting.delivery());
    }
    if (!world.faulty || running.size >= rebuildsMax || !random.chance(startChance)) return;
    yield step(() => {
      const rebuild = new Rebuild(world, random.pick(world.processors));
      running.add(rebuild);
      rebuild.run().catch((error) => rebuild.end(error));
    });
  });
};

function* some(step: Step | null): Generator<Step> {
  if (step) yield step;
}

/** It cannot go on; another may. */
class GivesUp extends Error {}

class Rebuild {
  readonly process: Process;
  readonly shadows: Hosting[] = [];
  isOver = false;
  readonly #world: World;
  readonly #slug: ProcessorName;
  readonly #host: Host;

  constructor(world: World, slug: ProcessorName) {
    this.#world = world;
    this.#slug = slug;
    this.process = world.cluster.spare(lastBuild, 'rebuild');
    this.#host = { process: this.process, line: this.process.line };
  }

  crash(): void {
    this.#world.coverage.hit('rebuild crashes', 'anywhere');
    this.#world.cluster.crash(this.process);
  }

  stall(): void {
    this.#world.coverage.hit('rebuild stalls', 'anywhere');
    this.#world.cluster.stall(this.process, 20 + this.#world.random.below(120), false);
  }

  end(error?: unknown): void {
    this.isOver = true;
    for (const hosting of this.shadows) this.#world.cluster.end(hosting);
    if (error instanceof Wrong) this.#world.wrong ??= error;
    if (error) this.#world.say(`${this.process.name} ends: ${error}`);
  }

  async run(): Promise<void> {
    const { world, slug, host } = { world: this.#world, slug: this.#slug, host: this.#host };
    const view = viewOf(world.generations, this.process.generations, { scheduler: world.scheduler, line: host.line });
    await view.refresh();
    const made = await this.#begin(view);
    if (world.random.chance(0.08)) {
      world.coverage.hit('rebuild cancelled', 'anywhere');
      await view.append({ kind: 'cancelled', slug, generation: made, by: 'simulation' });
      return this.end();
    }
    for (const partition of partitions) {
      const shadow = new Hosting(world, { processor: slug, partition, generation: made }, this.process, true);
      this.shadows.push(shadow);
      world.cluster.hostings.add(shadow);
      world.cluster.all.set(shadow.line, shadow);
      shadow.slot.start();
    }
    await world.scheduler.pause(host.line, world.random.below(followStepsMax));
    const standstill = await Standstill.begin(this.#ports(view, made), {
      slug,
      generation: made,
      partitions: partitions.length,
      by: 'simulation',
    });
    await this.#equal(standstill, made);
    const swaps = world.random.chance(0.7);
    const differs = this.#compare(standstill, made);
    const holds = () => world.generations.truth(slug).live?.generation === made;
    if (swaps) await standstill.swap(1, lastBuild, 0).catch((error) => this.#late(error));
    else await standstill.end();
    if (swaps && !holds()) return this.end();
    if (swaps) world.coverage.hit(made < world.generations.truth(slug).newest ? 'swapped back' : 'swapped', 'anywhere');
    if (swaps && differs) throw new Wrong(`generation ${made} of ${slug} was swapped in, but ${differs}`);
    this.end();
  }

  async #begin(view: ReturnType<typeof viewOf>): Promise<number> {
    const slug = this.#slug;
    const before = view.of(slug);
    if (!before.shadow) {
      const goesBack = before.previous !== null && this.#world.random.chance(0.4);
      const generation = goesBack ? (before.previous?.generation ?? 0) : before.newest + 1;
      await view.append({
        kind: 'started',
        slug,
        generation,
        rules: 1,
        outputs: null,
        build: lastBuild,
        by: 'simulation',
      });
    }
    const made = view.of(slug).shadow?.generation;
    if (made === undefined) throw new GivesUp('somebody else was faster');
    return made;
  }

  /** Until both are at the same offsets, or live no longer stands. */
  async #equal(standstill: Standstill, made: number): Promise<void> {
    const { scheduler, redis } = this.#world;
    for (let look = 0; look < equalLooksMax; look++) {
      const at = partitions.map((partition) => redis.get(this.#tag(partition, made)).offset);
      if (at.every((offset, i) => offset === standstill.offsets[i])) return;
      if (!standstill.stands()) throw new GivesUp('live went on');
      await scheduler.pause(this.#host.line, 3);
    }
    await standstill.end();
    throw new GivesUp('the shadow did not come up');
  }

  /** What differs in what is kept, if anything; rows are judged at rest. */
  #compare(standstill: Standstill, made: number): string | null {
    const live = this.#world.generations.truth(this.#slug).live?.generation ?? 1;
    for (const [i, partition] of partitions.entries()) {
      const [a, b] = [live, made].map((generation) => this.#world.redis.get(this.#tag(partition, generation)));
      if (!a || !b || a.offset !== standstill.offsets[i]) return null;
      for (const part of ['states', 'fields', 'scores', 'watermarks', 'skips'] as const)
        if (textOf(a[part]) !== textOf(b[part]))
          return `${part} of ${partition}: ${textOf(a[part])}, ${textOf(b[part])}`;
    }
    return null;
  }

  #late(error: unknown): void {
    this.#world.coverage.hit('swap came too late', 'anywhere');
    this.#world.say(String(error));
  }

  /** The product's partitions are 0, 1, …; the simulation's are those that its keys fall into. */
  #ports(generations: ReturnType<typeof viewOf>, made: number): StandstillPorts {
    const world = this.#world;
    const { scheduler, redis } = world;
    const host = this.#host;
    const live = this.process.generations.of(this.#slug).live?.generation ?? 1;
    const seat = (index: number, generation: number): Seat => ({
      processor: this.#slug,
      partition: partitions[index] as number,
      generation,
    });
    const positionsOf = (generation: number) => ({
      offset: (index: number) =>
        scheduler.effect(host.line, 'position', () => redis.get(tagOf(seat(index, generation))).offset),
    });
    return {
      generations,
      control: {
        newestBuild: (index) => controlOf(world, seat(index, live), host).newestBuild(index),
        claim: (index, build) => controlOf(world, seat(index, live), host).claim(index, build),
      },
      live: {
        acquire: (index, token, build) => statesOf(world, seat(index, live), host).acquire(index, token, build),
        ...positionsOf(live),
      },
      shadow: positionsOf(made),
      now: () => scheduler.now * msPerStep,
      pause: (ms) => scheduler.pause(host.line, Math.ceil(ms / msPerStep)),
      leaseMs: leaseSteps * msPerStep,
    };
  }

  #tag(partition: number, generation: number): string {
    return tagOf({ processor: this.#slug, partition, generation });
  }
}

const textOf = (map: Kept['states'] | Kept['scores'] | Kept['skips']): string =>
  JSON.stringify(
    [...(map as ReadonlyMap<string | number, unknown>)].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  );
