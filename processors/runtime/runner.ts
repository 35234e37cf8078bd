// Runs processors: each in its consumer group, on the generation that is live, which a swap changes under it.
import type { Client } from 'cassandra-driver';
import type { Config } from '../../infra/config.ts';
import type { Log } from '../../infra/log.ts';
import { Connections } from './connections.ts';
import { type Footing, type PartitionStatus, ProcessorGroup } from './group.ts';
import { LiveGate } from './live-gate.ts';
import type { ProcessorMetrics } from './metrics.ts';
import type { OwnerPorts } from './owner.ts';
import type { Processor } from './processor.ts';

export type RunnerOptions = {
  readonly config: Config;
  readonly log: Log;
  /** Connected; null runs without rows (a benchmark of the fold alone). */
  readonly cassandra: Client | null;
  readonly processors: readonly Processor[];
  readonly metrics: ProcessorMetrics;
  readonly onFatal: (why: string) => void;
};

export type RunnerStatus = {
  readonly ready: boolean;
  readonly why: readonly string[];
  readonly processors: Readonly<Record<string, readonly PartitionStatus[]>>;
};

/** One group for all processes whose code gives the same results; a build with other rules waits in a group of its own. */
const groupIdOf = (namespace: string, { name, rules }: Processor): string => `${namespace}${name}-rules-${rules}`;

export class Runner {
  readonly #options: RunnerOptions;
  readonly #on: Connections;
  readonly #groups = new Map<string, ProcessorGroup>();
  readonly #gates: LiveGate[] = [];
  #started = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#on = new Connections({ ...options, name: 'processors' });
  }

  async start(): Promise<void> {
    await this.#on.start();
    await Promise.all(
      this.#options.processors.map(async (processor) => {
        const group = await this.#groupOf(processor);
        this.#groups.set(processor.name, group);
        await group.start();
      }),
    );
    this.#started = true;
  }

  /** Stops every group after the commit under way, then what they stand on. */
  async stop(): Promise<void> {
    for (const gate of this.#gates) gate.stop();
    await Promise.all([...this.#groups.values()].map((group) => group.stop()));
    await this.#on.stop();
  }

  status(): RunnerStatus {
    const why: string[] = [];
    if (!this.#started) why.push('starting');
    const processors: Record<string, readonly PartitionStatus[]> = {};
    for (const [name, group] of this.#groups) {
      const partitions = group.status();
      processors[name] = partitions;
      this.#options.metrics.partitions(
        name,
        partitions.map(({ state }) => state),
      );
      for (const { partition, state, why: reason } of partitions)
        if (state !== 'ready' && state !== 'standby')
          why.push(`${name} ${partition} ${state}: ${reason ?? 'just assigned'}`);
    }
    return { ready: why.length === 0, why, processors };
  }

  async #groupOf(processor: Processor): Promise<ProcessorGroup> {
    const { config, log, metrics, onFatal } = this.#options;
    const { generations } = this.#on;
    const gate = new LiveGate(processor, generations, log);
    this.#gates.push(gate);
    const footing = await this.#footings(processor, gate);
    const group = new ProcessorGroup({
      kafka: this.#on.kafka,
      namespace: config.namespace,
      groupId: groupIdOf(config.namespace, processor),
      processor,
      build: config.build,
      sessionTimeoutMs: config.kafka.sessionTimeoutMs,
      log,
      metrics: metrics.of(processor.name),
      onFatal,
      footing,
    });
    gate.onChange(() => group.reassign());
    return group;
  }

  /** What slots stand on: the ports of the live generation, made once each, or why there is none now. */
  async #footings(processor: Processor, gate: LiveGate): Promise<() => Footing> {
    const [derived, decoder] = await Promise.all([this.#on.derivedOf(processor), this.#on.decoderOf(processor)]);
    const control = this.#on.controlOf(processor);
    const made = new Map<number, OwnerPorts>();
    return () => {
      const place = gate.place();
      if (typeof place !== 'number') return place;
      let ports = made.get(place);
      if (!ports) {
        ports = { ...this.#on.storesOf(processor, place), derived, control, decoder, gate: gate.of(place) };
        made.set(place, ports);
      }
      return { generation: place, ports };
    };
  }
}
