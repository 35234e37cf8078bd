// Replaces kafkajs's grouping of messages by partition, which copies what it has for each message anew, by one that appends.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const place = require.resolve('kafkajs/src/producer/groupMessagesPerPartition.js');

export type Grouping<Message> = {
  readonly topic: string;
  readonly partitionMetadata: readonly unknown[];
  readonly messages: readonly Message[];
  readonly partitioner: (of: { topic: string; partitionMetadata: readonly unknown[]; message: Message }) => number;
};
export type Group = <Message>(of: Grouping<Message>) => Record<number, Message[]>;

export const original: Group = require(place);

export const groupMessages: Group = ({ topic, partitionMetadata, messages, partitioner }) => {
  const groups: Record<number, (typeof messages)[number][]> = {};
  if (partitionMetadata.length === 0) return groups;
  for (const message of messages) {
    const partition = partitioner({ topic, partitionMetadata, message });
    const group = groups[partition];
    if (group) group.push(message);
    else groups[partition] = [message];
  }
  return groups;
};

// kafkajs takes the module's exports when it is loaded, so this file is imported before it.
const loaded = require.cache[place];
if (loaded) loaded.exports = groupMessages;
