// The operator: once no running build throws on a dead-lettered record, copies it back, perhaps twice.
import type { InputRecord } from '../../processors/runtime/ports.ts';
import { redriveOf } from './actors.ts';
import type { Step } from './scheduler.ts';
import type { Envelope, ProcessorName } from './tables.ts';
import { tableOf } from './tables.ts';
import { partitions, type World } from './world.ts';

type Case = {
  readonly name: string;
  readonly processor: ProcessorName;
  readonly partition: number;
  readonly record: InputRecord;
};

/** Looks at the dead letters now and then; at rest, always. */
const lookEvery = 8;

export class Operator {
  readonly #world: World;
  readonly #closed = new Set<string>();
  readonly #open = new Set<string>();

  constructor(world: World) {
    this.#world = world;
    world.scheduler.sources.push(() => this.#steps());
  }

  /** Dead letters that nobody who runs would write again: those not yet redriven, or all. */
  *cases(which: 'open' | 'all'): Generator<Case> {
    const { cluster, control, processors } = this.#world;
    for (const processor of processors) {
      for (const partition of partitions) {
        for (const { letter } of control.of(processor, partition)) {
          if (!letter) continue;
          const { record } = letter;
          const name = `${processor}:${partition}@${record.offset}`;
          if (which === 'open' && (this.#closed.has(name) || this.#open.has(name))) continue;
          const { trouble } = JSON.parse(String(record.value)) as Envelope;
          const dreads = (build: number) => trouble.throwsIn.includes(build) || trouble.unreadableIn.includes(build);
          if (!cluster.builds.some(dreads)) yield { name, processor, partition, record };
        }
      }
    }
  }

  /** Who stops before noting what was copied copies it again. */
  async redrive({ name, processor, partition, record }: Case, forgets: boolean): Promise<void> {
    const { scheduler, outside, logs } = this.#world;
    this.#open.add(name);
    const { input } = tableOf(processor, 1);
    try {
      await scheduler.effect(outside, 'outside', () => logs.append(input, partition, redriveOf(processor, record)));
      if (!forgets) this.#closed.add(name);
    } catch {
      // Nothing is known: it is copied again.
    }
    this.#open.delete(name);
  }

  *#steps(): Generator<Step> {
    const { faulty, scheduler, random, outside } = this.#world;
    if (faulty && scheduler.now % lookEvery !== 0) return;
    for (const open of this.cases('open')) {
      const happen = () => void this.redrive(open, faulty && random.chance(0.2));
      yield { line: outside, effect: 'outside', notBefore: 0, happen };
    }
  }
}
