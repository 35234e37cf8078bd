// Which topics an analyst may copy: all but the compacted tables, which lack offsets, and one of which holds keys that must not outlive their erasure.
import { type TopicName, topicNames, topics } from '../schemas/topics.ts';

export const readableTopics: readonly TopicName[] = topicNames.filter((name) => topics[name].kind !== 'table');

/** Told to whoever typed it. */
export class InvalidTopic extends Error {}

/** @throws InvalidTopic */
export function readableTopic(name: string): TopicName {
  const topic = readableTopics.find((readable) => readable === name);
  if (topic) return topic;
  const why = topicNames.some((known) => known === name)
    ? `${name} is a compacted table and is not copied out of Kafka (a copy of a person's key would outlive its erasure)`
    : `there is no topic ${name}`;
  throw new InvalidTopic(`${why}. Topics: ${readableTopics.join(', ')}`);
}

/** A command's caller waits, but not for ever: some 20 s for a broker that is away. */
export const commandPatience = { retry: { initialRetryTime: 200, maxRetryTime: 3_000, multiplier: 2, retries: 8 } };
