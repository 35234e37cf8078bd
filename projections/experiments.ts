// Follows the topic `experiments`: tells from memory which variant of the ranking a user gets, and which experiments there are.
import type { Kafka } from 'kafkajs';
import { type Registry, type TopicCodec, Unreadable } from '../infra/avro.ts';
import { topicIn } from '../infra/kafka.ts';
import type { Log } from '../infra/log.ts';
import { type FollowedRecord, TopicFollower } from '../infra/topic-table.ts';
import { assignedVariant } from '../processors/feed/ranking/assignment.ts';
import { isVariantName, type VariantName } from '../processors/feed/ranking/variant-names.ts';
import type { ExperimentChange } from '../schemas/generated.ts';
import { type Experiment, ExperimentLifecycle, type Step } from './experiment-lifecycle.ts';

export type Assignment = { readonly experimentId: string; readonly variant: VariantName };

export type ExperimentsOptions = {
  readonly kafka: Kafka;
  readonly registry: Registry;
  readonly namespace: string;
  readonly log: Log;
  readonly onFatal: (why: string) => void;
};

export class Experiments {
  readonly #options: ExperimentsOptions;
  readonly #topic: string;
  readonly #follower: TopicFollower;
  readonly #lifecycle = new ExperimentLifecycle();
  #codec: TopicCodec<ExperimentChange> | null = null;
  #taken = -1;
  /** A step newer than this build: nobody is put into an experiment that it might have changed. */
  #stuck = false;

  constructor(options: ExperimentsOptions) {
    const { kafka, namespace, onFatal } = options;
    this.#options = options;
    this.#topic = topicIn(namespace, 'experiments');
    const onRecord = (record: FollowedRecord) => this.#take(record);
    this.#follower = new TopicFollower({ kafka, topics: [this.#topic], onRecord, onFatal });
  }

  /** Resolves when all that has been decided so far is known. */
  async start(): Promise<void> {
    this.#codec = await this.#options.registry.codec<ExperimentChange>('experiments');
    await this.#follower.start();
  }

  async stop(): Promise<void> {
    await this.#follower.stop();
  }

  /** Resolves when the step at this offset is known. */
  waitFor(offset: number): Promise<void> {
    return this.#follower.waitFor(this.#topic, 0, offset);
  }

  /** Null while no experiment runs, and for a user whose variant this build does not have: he or she gets the default one. */
  variantOf(userId: string): Assignment | null {
    const { running } = this.#lifecycle;
    if (!running || this.#stuck) return null;
    const variant = assignedVariant(running, userId);
    return isVariantName(variant) ? { experimentId: running.experimentId, variant } : null;
  }

  get running(): Experiment | null {
    return this.#lifecycle.running;
  }

  find(experimentId: string): Experiment | null {
    return this.#lifecycle.find(experimentId);
  }

  /** Newest first. */
  list(limit: number): Experiment[] {
    return this.#lifecycle.list(limit);
  }

  /** Why a step would count for nothing now, or null. */
  refusalOf(change: Step): string | null {
    return this.#lifecycle.refusalOf(change);
  }

  async #take({ offset, value, timestamp }: FollowedRecord): Promise<void> {
    // A batch that broke off in its middle comes again.
    if (offset <= this.#taken) return;
    const { log } = this.#options;
    const codec = this.#codec as TopicCodec<ExperimentChange>;
    try {
      const change = await codec.read(value);
      if ((change.kind as string) === 'unknown') this.#stuck = true;
      const refusal = this.#stuck ? 'a newer build has taken a step' : this.#lifecycle.take(change, offset, timestamp);
      if (refusal) log.warn({ offset }, `a step of ${this.#topic} counts for nothing: ${refusal}`);
      else log.info({ kind: change.kind }, `experiment ${change.experimentId}`);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      log.error({ offset }, `unreadable step of ${this.#topic}: ${error.message}`);
    }
    this.#taken = offset;
  }
}
