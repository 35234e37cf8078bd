// Folds a processor into a generation that nobody reads yet: silently, never ahead of live, at a rate if one is given.
import type { Config } from '../../infra/config.ts';
import type { Log } from '../../infra/log.ts';
import { topics } from '../../schemas/topics.ts';
import type { Connections } from './connections.ts';
import { type Pace, type PartitionStatus, ProcessorGroup } from './group.ts';
import type { OwnerPorts } from './owner.ts';
import type { Decoder, Positions } from './ports.ts';
import type { Processor } from './processor.ts';
import { type ClaimShadow, shadowControl, shadowGate, silent } from './shadow-ports.ts';
import type { SlotMetrics } from './slot.ts';

export type ShadowOptions = {
  readonly config: Config;
  readonly log: Log;
  /** Started. */
  readonly on: Connections;
  readonly processor: Processor;
  readonly generation: number;
  /** Sees, or changes, what the shadow writes with. */
  readonly wrap?: (ports: Pick<OwnerPorts, 'states' | 'rows'>) => Pick<OwnerPorts, 'states' | 'rows'>;
  /** Records a second, or null for as fast as it goes. */
  readonly rate: number | null;
  readonly onFatal: (why: string) => void;
};

export type ShadowPosition = { readonly partition: number; readonly offset: number; readonly live: number };

const unmeasured: SlotMetrics = { folded: () => {}, lost: () => {}, stalled: () => {} };
/** How old the limits may be, in ms. */
const limitsAgeMsMax = 200;
const recordsAtOnceMax = 20_000;

export class Shadow {
  readonly #options: ShadowOptions;
  readonly #group: ProcessorGroup;
  readonly #positions: Positions;
  readonly #live: Positions;
  readonly #partitions: readonly number[];
  #rate: number | null;
  #limits: { readonly at: number; readonly offsets: Promise<readonly number[]> } | null = null;

  static async of(options: ShadowOptions): Promise<Shadow> {
    return new Shadow(options, await options.on.decoderOf(options.processor));
  }

  private constructor(options: ShadowOptions, decoder: Decoder<unknown>) {
    const { config, log, on, processor, generation, onFatal } = options;
    this.#options = options;
    this.#rate = options.rate;
    const stores = on.storesOf(processor, generation);
    const gate = shadowGate(processor.name, on.generations, generation);
    const control = on.controlOf(processor);
    const claim: ClaimShadow = (partition, build) => control.claimShadow(partition, build, generation);
    const ports = {
      ...(options.wrap?.(stores) ?? stores),
      derived: silent,
      control: shadowControl(claim),
      decoder,
      gate,
    };
    this.#positions = stores.states;
    this.#live = on.storesOf(processor, on.generations.live(processor.name)).states;
    this.#partitions = Array.from({ length: topics[processor.input].partitions }, (_, partition) => partition);
    this.#group = new ProcessorGroup({
      kafka: on.kafka,
      namespace: config.namespace,
      groupId: `${config.namespace}${processor.name}-shadow-g${generation}`,
      processor,
      build: config.build,
      sessionTimeoutMs: config.kafka.sessionTimeoutMs,
      log,
      metrics: unmeasured,
      onFatal,
      footing: () => ({ generation, ports }),
      pace: this.#pace(),
    });
  }

  start(): Promise<void> {
    return this.#group.start();
  }

  /** Ends with the commit under way; what is folded stays, and another shadow goes on from there. */
  stop(): Promise<void> {
    return this.#group.stop();
  }

  /** How far it has come, and how far live is. */
  async positions(): Promise<ShadowPosition[]> {
    return Promise.all(
      this.#partitions.map(async (partition) => {
        const [offset, live] = await Promise.all([this.#positions.offset(partition), this.#live.offset(partition)]);
        return { partition, offset, live };
      }),
    );
  }

  /** As fast as it goes from now on: live stands still and waits. */
  unthrottle(): void {
    this.#rate = null;
  }

  /** Changes whenever another process takes or gives back a part of the work; null while this one has not all of it. */
  hands(): number | null {
    return this.#group.status().length === this.#partitions.length ? this.#group.joins : null;
  }

  /** Partitions that cannot go on without an operator. */
  halted(): PartitionStatus[] {
    return this.#group.status().filter(({ state }) => state === 'halted');
  }

  #pace(): Pace {
    const atOnce = (rate: number | null) =>
      rate === null ? recordsAtOnceMax : Math.max(1, Math.min(recordsAtOnceMax, Math.ceil(rate / 4)));
    return {
      limit: async (partition) => (await this.#recentLimits())[partition] ?? 0,
      recordsAtOnceMax: () => atOnce(this.#rate),
      waitMs: (records) => (this.#rate === null ? 0 : (records * 1_000 * this.#partitions.length) / this.#rate),
    };
  }

  #recentLimits(): Promise<readonly number[]> {
    const now = performance.now();
    if (!this.#limits || now - this.#limits.at > limitsAgeMsMax) {
      const offsets = this.#limitsNow();
      offsets.catch(() => {
        this.#limits = null;
      });
      this.#limits = { at: now, offsets };
    }
    return this.#limits.offsets;
  }

  /** Live's offsets, and then every dead letter that live could have passed over on its way there. */
  async #limitsNow(): Promise<readonly number[]> {
    const offsets = await Promise.all(this.#partitions.map((partition) => this.#live.offset(partition)));
    await this.#options.on.controlRead();
    return offsets;
  }
}
