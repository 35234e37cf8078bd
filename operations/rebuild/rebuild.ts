// Rebuild of one slug: a shadow beside live, a comparison at the same offsets, and at will a swap or the way back.
import type { Client } from 'cassandra-driver';
import type { Config } from '../../infra/config.ts';
import type { Log } from '../../infra/log.ts';
import { makeTables } from '../../infra/provision.ts';
import type { Connections } from '../../processors/runtime/connections.ts';
import { firstOutputs, type Generation, type GenerationHistory } from '../../processors/runtime/generation-history.ts';
import { firstGeneration, keyspaceOf } from '../../processors/runtime/keys.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import { Shadow } from '../../processors/runtime/shadow.ts';
import { NotStanding, Standstill, standstillTimes } from '../../processors/runtime/standstill.ts';
import { tablesOf } from '../../projections/tables.ts';
import { topics } from '../../schemas/topics.ts';
import { Comparison } from './comparison.ts';
import { forgetKeys, RedisUnits } from './redis-units.ts';
import { RowUnits } from './row-units.ts';
import { Touched } from './touched.ts';

/** What it is asked to do cannot be done; the sentence says why and what can. */
export class Refused extends Error {}

export type RebuildParts = {
  readonly config: Config;
  readonly log: Log;
  /** Started. */
  readonly on: Connections;
  readonly cassandra: Client;
  readonly processor: Processor;
  /** For the records of who did it. */
  readonly by: string;
  readonly onFatal: (why: string) => void;
};

export type Following = {
  readonly rate: number | null;
  readonly signal: AbortSignal;
  /** Records folded by the shadow, and by live. */
  readonly onProgress: (folded: number, live: number) => void;
};

const lookEveryMs = 100;
const extendEveryMs = 4_000;
/** Attempts to stand still while live itself is catching up with its shadow. */
const standAttemptsMax = 20;
/** Live stands still for no longer while the shadow folds what is left. */
const comeUpMsMax = 3_000;
/** A shadow so close to live is brought up to it while live stands still. */
const closeEnough = 200;

export class Rebuild {
  readonly #parts: RebuildParts;
  readonly #touched = new Touched();

  constructor(parts: RebuildParts) {
    this.#parts = parts;
  }

  get history(): GenerationHistory {
    return this.#parts.on.generations.of(this.#parts.processor.name);
  }

  /** The generation that is being made, or a new one. */
  async begin(): Promise<Generation> {
    this.#refuseOldBuild();
    const { shadow, newest, previous } = this.history;
    if (shadow && shadow.generation === previous?.generation)
      throw new Refused(`a rollback to generation ${shadow.generation} is under way: finish it, or --cancel it`);
    if (shadow) return this.#mine(shadow);
    await this.#forgetOld();
    return this.#start(newest + 1);
  }

  /** The generation that was live before, to be brought up to date. @throws Refused */
  async beginBack(): Promise<Generation> {
    this.#refuseOldBuild();
    const { shadow, previous } = this.history;
    if (!previous) throw new Refused('nothing was ever swapped: there is no generation to go back to');
    if (previous.rules !== this.#parts.processor.rules)
      throw new Refused(
        `generation ${previous.generation} was folded under rules ${previous.rules}: run this from the build that has them`,
      );
    if (shadow && shadow.generation !== previous.generation)
      throw new Refused(`generation ${shadow.generation} is being made: cancel that first`);
    return shadow ?? this.#start(previous.generation);
  }

  /** Drops the generation that is being made. */
  async cancel(): Promise<Generation> {
    const { shadow } = this.history;
    if (!shadow) throw new Refused('no generation is being made');
    const { on, processor, by } = this.#parts;
    await on.generations.append({ kind: 'cancelled', slug: processor.name, generation: shadow.generation, by });
    if (shadow.generation !== this.history.previous?.generation) await this.#forget(shadow.generation);
    return shadow;
  }

  /** Runs a shadow until it is close to live, hands it to `work`, and stops it. */
  async follow<T>(made: Generation, following: Following, work: (shadow: Shadow) => Promise<T>): Promise<T> {
    const { config, log, on, processor, onFatal } = this.#parts;
    const { rate, signal, onProgress } = following;
    const tagOf = (partition: number) => `{${processor.name}:${processor.input}:${partition}}`;
    const shadow = await Shadow.of({
      config,
      log,
      on,
      processor,
      generation: made.generation,
      rate,
      onFatal,
      wrap: ({ states, rows }) => ({
        states: this.#touched.states(states, tagOf),
        rows: rows && this.#touched.rows(rows),
      }),
    });
    await shadow.start();
    try {
      for (;;) {
        signal.throwIfAborted();
        this.#refuseGone(made);
        const behind = await this.#lookAt(shadow, onProgress);
        if (behind <= closeEnough) return await work(shadow);
        await standstillTimes.pause(lookEveryMs);
      }
    } finally {
      await shadow.stop();
    }
  }

  /** Stands live still, brings the shadow to the same offsets, and does the work there; then live goes on, unless the work has swapped. */
  async standing<T>(
    made: Generation,
    shadow: Shadow,
    signal: AbortSignal,
    work: (at: Standstill) => Promise<T>,
  ): Promise<T & { pausedMs: number }> {
    shadow.unthrottle();
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted();
      this.#refuseGone(made);
      const startedAt = performance.now();
      const standstill = await this.#stand(made);
      const extending = setInterval(() => void standstill.extend().catch(() => {}), extendEveryMs);
      try {
        if (!(await this.#comesUp(shadow, standstill, signal))) {
          if (attempt < standAttemptsMax) continue;
          throw new NotStanding(
            `the shadow does not come up to live within ${comeUpMsMax} ms: see why it waits, and try again`,
          );
        }
        const done = await work(standstill);
        await this.#parts.on.generations.refresh();
        if (!standstill.stands() && this.history.live?.generation !== made.generation)
          throw new NotStanding('live went on before the comparison was done: it says nothing');
        return { ...done, pausedMs: Math.round(performance.now() - startedAt) };
      } finally {
        clearInterval(extending);
        if (standstill.stands()) await standstill.end();
      }
    }
  }

  /** Live must not wait for a shadow that waits for something itself. */
  async #comesUp(shadow: Shadow, standstill: Standstill, signal: AbortSignal): Promise<boolean> {
    const giveUpAt = performance.now() + comeUpMsMax;
    while ((await this.#lookAt(shadow, () => {})) > 0) {
      signal.throwIfAborted();
      if (performance.now() > giveUpAt || !standstill.stands()) return false;
      await standstillTimes.pause(lookEveryMs / 10);
    }
    return true;
  }

  /** All of both generations; to be begun while both go on, and settled while live stands still. */
  comparison(made: Generation, shadow: Shadow, signal: AbortSignal): Comparison {
    const { on, config, cassandra, processor } = this.#parts;
    const { live } = this.history;
    const [from, to] = [live?.generation ?? firstGeneration, made.generation];
    const keysOf = (generation: number) => ({ namespace: config.namespace, generation, processor: processor.name });
    const keyspace = (generation: number) => keyspaceOf(config.cassandra.keyspace, generation);
    return new Comparison({
      redis: new RedisUnits(on.redis, keysOf(from), keysOf(to)),
      rows: new RowUnits(cassandra, { live: keyspace(from), shadow: keyspace(to) }),
      tables: tablesOf(processor.name),
      touched: this.#touched,
      sameRules: (live ?? made).rules === made.rules && this.#newestBuild() === config.build,
      hands: () => shadow.hands(),
      signal,
    });
  }

  #newestBuild(): number {
    const { on, processor } = this.#parts;
    const control = on.controlOf(processor);
    const partitions = Array.from({ length: topics[processor.input].partitions }, (_, partition) => partition);
    return Math.max(...partitions.map((partition) => control.newestBuild(partition)));
  }

  /** What an older build swaps in, processes of that build would not touch: a newer one has claimed. */
  #refuseOldBuild(): void {
    const newest = this.#newestBuild();
    const { config, processor } = this.#parts;
    if (config.build >= newest) return;
    throw new Refused(
      `build ${newest} has claimed ${processor.name}, and this is build ${config.build}: run this, and the processors of this code, under BUILD=${newest} or higher`,
    );
  }

  #refuseGone({ generation }: Generation): void {
    if (this.history.shadow?.generation === generation) return;
    throw new Refused(
      `generation ${generation} is no longer being made: it was swapped in or cancelled by somebody else`,
    );
  }

  /** What a swap to this generation may not do. @throws Refused */
  refuseOtherOutputs(): void {
    const { live } = this.history;
    const { name, rules, outputs = firstOutputs, emitsTo } = this.#parts.processor;
    if (!live || live.outputs === outputs || emitsTo.length === 0) return;
    throw new Refused(
      `${name} makes other outputs (${outputs}, live ${live.outputs}; rules ${rules}, live ${live.rules}) and publishes into ${emitsTo.join(', ')}: events of two kinds would mix there. Those topics and all that read them have to be made anew together, which is not built yet`,
    );
  }

  async #stand(made: Generation): Promise<Standstill> {
    const { on, processor, by } = this.#parts;
    const live = on.storesOf(processor, on.generations.live(processor.name)).states;
    const shadow = on.storesOf(processor, made.generation).states;
    const ports = { generations: on.generations, control: on.controlOf(processor), live, shadow, ...standstillTimes };
    const of = {
      slug: processor.name,
      generation: made.generation,
      partitions: topics[processor.input].partitions,
      by,
    };
    for (let attempt = 1; ; attempt++) {
      try {
        return await Standstill.begin(ports, of);
      } catch (error) {
        if (!(error instanceof NotStanding) || attempt >= standAttemptsMax) throw error;
        await standstillTimes.pause(lookEveryMs * attempt);
      }
    }
  }

  /** Records that live has folded and the shadow has not. @throws Refused if the shadow cannot go on */
  async #lookAt(shadow: Shadow, onProgress: Following['onProgress']): Promise<number> {
    const [halted] = shadow.halted();
    if (halted) throw new Refused(`partition ${halted.partition} cannot be folded: ${halted.why}`);
    const positions = await shadow.positions();
    const sum = (of: (at: (typeof positions)[number]) => number) => positions.reduce((total, at) => total + of(at), 0);
    onProgress(
      sum(({ offset }) => offset),
      sum(({ live }) => live),
    );
    return sum(({ offset, live }) => Math.max(0, live - offset));
  }

  async #start(generation: number): Promise<Generation> {
    const { on, config, processor, by } = this.#parts;
    const { name: slug, rules, outputs = firstOutputs } = processor;
    await makeTables(config, [{ slug, generation }]);
    await on.generations.append({ kind: 'started', slug, generation, rules, outputs, build: config.build, by });
    const { shadow } = this.history;
    if (shadow?.generation !== generation) throw new Refused('somebody else has just begun a rebuild');
    return shadow;
  }

  /** Code with other rules cannot go on with what was begun. */
  #mine(shadow: Generation): Generation {
    const { rules, name } = this.#parts.processor;
    if (shadow.rules === rules) return shadow;
    throw new Refused(
      `generation ${shadow.generation} of ${name} is being made under rules ${shadow.rules}, this build has ${rules}: cancel it first`,
    );
  }

  /** Generations that are neither live nor the one to go back to. */
  async #forgetOld(): Promise<void> {
    const { live, previous, newest } = this.history;
    for (let generation = 1; generation <= newest; generation++)
      if (generation !== live?.generation && generation !== previous?.generation) await this.#forget(generation);
  }

  async #forget(generation: number): Promise<void> {
    const { on, config, cassandra, processor } = this.#parts;
    await forgetKeys(on.redis, { namespace: config.namespace, generation, processor: processor.name });
    for (const { name } of tablesOf(processor.name))
      await cassandra.execute(`DROP TABLE IF EXISTS ${keyspaceOf(config.cassandra.keyspace, generation)}.${name}`);
  }
}
