// Where the live generation of a processor keeps what is compared: the one place of these tests that knows about generations.
import { generationPrefix, keyspaceOf, type LiveGenerations } from '../../processors/runtime/keys.ts';
import type { TopicName } from '../../schemas/topics.ts';

type Place = {
  readonly config: { readonly namespace: string; readonly cassandra: { readonly keyspace: string } };
  readonly generations: LiveGenerations;
};
type Folding = { readonly processor: string; readonly topic: TopicName; readonly partition: number };

const generationOf = ({ generations }: Place, slug: string) => generations.live(slug);

/** Of a partition's keys in Redis. */
export const liveTag = (place: Place, { processor, topic, partition }: Folding) => ({
  namespace: place.config.namespace,
  generation: generationOf(place, processor),
  processor,
  topic,
  partition,
});

/** Matches every key of a processor in Redis. */
export const liveKeys = (place: Place, processor: string): string =>
  `${generationPrefix({ namespace: place.config.namespace, generation: generationOf(place, processor) })}{${processor}:*`;

/** Of a processor's rows in Cassandra. */
export const liveKeyspace = (place: Place, processor: string): string =>
  keyspaceOf(place.config.cassandra.keyspace, generationOf(place, processor));
