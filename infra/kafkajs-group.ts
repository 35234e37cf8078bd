// Replaces kafkajs's grouping of messages by partition, which copies what it has for each message anew, by one that appends.
import { partOf } from './kafkajs-part.ts';

const part = partOf<Group>('producer/groupMessagesPerPartition.js');

export type Grouping<Message> = {
  readonly topic: string;
  readonly partitionMetadata: readonly unknown[];
  readonly messages: readonly Message[];
  readonly partitioner: (of: { topic: string; partitionMetadata: readonly unknown[]; message: Message }) => number;
};
export type Group = <Message>(of: Grouping<Message>) => Record<number, Message[]>;

export const { original } = part;

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

part.replaceBy(groupMessages);
