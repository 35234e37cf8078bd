// Reads whole topics as they stand in the log and decodes them with nothing but the schema files: no code of the platform's codec.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import avro from 'avsc';
import type { IHeaders } from 'kafkajs';
import { topicIn } from '../../infra/kafka.ts';
import { root } from '../../infra/local/settings.mjs';
import { readRange } from '../../infra/read-range.ts';
import { type TopicName, topics } from '../../schemas/topics.ts';
import type { Content, RawRecord } from './independent-fold/record.ts';
import type { Platform } from './platform.ts';

const frameBytes = 5;
/** Of whose values a chain is made. */
const chained: ReadonlySet<TopicName> = new Set(['payment_transactions']);
const digestOf = (value: Buffer | null) =>
  createHash('sha256')
    .update(value ?? '')
    .digest('hex');

/** The records of each partition, in order. */
export async function readTopic<Event>(platform: Platform, topic: TopicName): Promise<RawRecord<Event>[][]> {
  const { kafka, config } = platform;
  const decode = await decoderOf<Event>(platform, topic);
  const partitions = Array.from({ length: topics[topic].partitions }, (): RawRecord<Event>[] => []);
  await readRange({ kafka, topic: topicIn(config.namespace, topic), from: () => 0 }, (message, partition) => {
    partitions[partition]?.push({
      partition,
      offset: Number(message.offset),
      time: Number(message.timestamp),
      key: message.key === null ? '' : String(message.key),
      id: header(message.headers, 'id'),
      origin: header(message.headers, 'origin'),
      redrive: header(message.headers, 'redrive'),
      ...(chained.has(topic) ? { digest: digestOf(message.value) } : {}),
      content: decode(message.value),
    });
  });
  return partitions;
}

function header(headers: IHeaders | undefined, name: string): string | null {
  const value = headers?.[name];
  return value === undefined ? null : String(value);
}

/** In these runs every topic has one schema, so that bytes under any other id are not the topic's. */
async function decoderOf<Event>(
  { config }: Platform,
  topic: TopicName,
): Promise<(value: Buffer | null) => Content<Event>> {
  const schema = JSON.parse(readFileSync(join(root, 'schemas', `${topics[topic].schema}.avsc`), 'utf8'));
  const type = avro.Type.forSchema(schema, { wrapUnions: 'never' as never });
  const response = await fetch(`${config.registry.url}/subjects/${config.namespace}${topic}-value/versions/latest`);
  const { id } = (await response.json()) as { id: number };
  return (value) => {
    if (value === null || value.length < frameBytes || value[0] !== 0) return { unreadable: 'it is not framed' };
    if (value.readInt32BE(1) !== id) return { unreadable: `it is under schema ${value.readInt32BE(1)}` };
    try {
      return { event: { ...type.fromBuffer(value.subarray(frameBytes)) } as Event };
    } catch (error) {
      return { unreadable: (error as Error).message };
    }
  };
}
