// What the processors have folded of a topic, by their committed positions: how far they are, and how far an import is.
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Admin } from 'kafkajs';
import { topicIn } from '../infra/kafka.ts';
import { type LiveGenerations, metaKey } from '../processors/runtime/keys.ts';
import { type TopicName, topics } from '../schemas/topics.ts';

export type FoldedOptions = {
  readonly redis: Redis;
  readonly admin: Admin;
  readonly namespace: string;
  readonly generations: LiveGenerations;
};

/** No commit for so long, although there is something to fold, means that nobody folds. */
const noProgressMsMax = 20_000;

/** Nobody folds the topic. */
export class NobodyFolds extends Error {}

export class Folded {
  readonly #options: FoldedOptions;

  constructor(options: FoldedOptions) {
    this.#options = options;
  }

  /** Waits until the processor has folded all that the topic holds now. @throws NobodyFolds if nothing moves. */
  async caughtUp(processor: string, topic: TopicName, onLag: (lag: number) => void = () => {}): Promise<void> {
    const ends = await this.#options.admin.fetchTopicOffsets(topicIn(this.#options.namespace, topic));
    let [least, since] = [Number.POSITIVE_INFINITY, performance.now()];
    for (;;) {
      const metas = await Promise.all(ends.map(({ partition }) => this.#meta(processor, topic, partition)));
      const lag = ends.reduce((sum, { high }, i) => sum + Math.max(0, Number(high) - Number(metas[i]?.offset ?? 0)), 0);
      onLag(lag);
      if (lag === 0) return;
      if (lag < least) [least, since] = [lag, performance.now()];
      if (performance.now() - since > noProgressMsMax)
        throw new NobodyFolds(
          `${lag} events of ${topic} wait for the processor ${processor}, and nothing moves: is it running?`,
        );
      await pause(50);
    }
  }

  /** Per partition the last "row/index" of a lane that has been folded. */
  async watermarks(processor: string, topic: TopicName, lane: string): Promise<Map<number, string>> {
    const marks = new Map<number, string>();
    for (let partition = 0; partition < topics[topic].partitions; partition++) {
      const mark = (await this.#meta(processor, topic, partition))[`w:${lane}`];
      if (mark !== undefined) marks.set(partition, mark);
    }
    return marks;
  }

  #meta(processor: string, topic: TopicName, partition: number): Promise<Record<string, string>> {
    const { redis, namespace, generations } = this.#options;
    return redis.hgetall(metaKey({ namespace, generation: generations.live(processor), processor, topic, partition }));
  }
}
