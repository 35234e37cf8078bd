// What a processors' process tells Prometheus.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { SlotMetrics } from './slot.ts';

export class ProcessorMetrics {
  readonly #events: Counter<'processor' | 'outcome'>;
  readonly #emitted: Counter<'processor'>;
  readonly #commitSeconds: Histogram<'processor'>;
  readonly #faults: Counter<'processor' | 'fault'>;
  readonly #partitions: Gauge<'processor' | 'state'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#events = new Counter({
      name: 'processor_events_total',
      help: 'Records taken from the input topic',
      labelNames: ['processor', 'outcome'],
      registers,
    });
    this.#emitted = new Counter({
      name: 'processor_emitted_total',
      help: 'Derived events published',
      labelNames: ['processor'],
      registers,
    });
    this.#commitSeconds = new Histogram({
      name: 'processor_commit_seconds',
      help: 'From a batch in memory to its commit',
      labelNames: ['processor'],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
      registers,
    });
    this.#faults = new Counter({
      name: 'processor_faults_total',
      help: 'Ownership lost, or a dependency that stalled',
      labelNames: ['processor', 'fault'],
      registers,
    });
    this.#partitions = new Gauge({
      name: 'processor_partitions',
      help: 'Assigned partitions by state',
      labelNames: ['processor', 'state'],
      registers,
    });
  }

  of(processor: string): SlotMetrics {
    return {
      folded: ({ folded, passed, emitted, seconds }) => {
        this.#events.inc({ processor, outcome: 'folded' }, folded);
        this.#events.inc({ processor, outcome: 'passed' }, passed);
        this.#emitted.inc({ processor }, emitted);
        this.#commitSeconds.observe({ processor }, seconds);
      },
      lost: () => this.#faults.inc({ processor, fault: 'lost' }),
      stalled: () => this.#faults.inc({ processor, fault: 'stalled' }),
    };
  }

  partitions(processor: string, states: readonly string[]): void {
    for (const state of ['acquiring', 'ready', 'waiting', 'halted']) {
      this.#partitions.set({ processor, state }, states.filter((s) => s === state).length);
    }
  }
}
