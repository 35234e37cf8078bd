// What a processor has committed of the requests to it, as the live generation has it in Redis: how far, and their memos.
import type { Redis } from 'ioredis';
import { type LiveGenerations, memosKey } from '../processors/runtime/keys.ts';
import type { TopicName } from '../schemas/topics.ts';
import { nextOffset } from './positions.ts';
import type { Decided } from './request-outcomes.ts';

export type DecidedBy = {
  readonly redis: Redis;
  readonly namespace: string;
  readonly generations: LiveGenerations;
  readonly processor: string;
  /** Its input. */
  readonly topic: TopicName;
};

export function decidedIn<Memo>({ redis, namespace, generations, processor, topic }: DecidedBy): Decided<Memo> {
  const tag = (partition: number) => {
    return { namespace, generation: generations.live(processor), processor, topic, partition };
  };
  return {
    committed: async (partition) => nextOffset(redis, tag(partition)),
    memos: async (partition, keys) => {
      const memos = await redis.hmget(memosKey(tag(partition)), ...keys);
      return memos.map((memo) => (memo === null ? null : (JSON.parse(memo) as Memo)));
    },
  };
}
