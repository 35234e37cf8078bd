// Publishes a trained model on the topic `models`: every part first, the header last, so that it is taken into use whole or not at all; then
// takes away the parts of versions before.
import type { Kafka } from 'kafkajs';
import { Registry } from '../../infra/avro.ts';
import type { Config } from '../../infra/config.ts';
import { connectedProducer, topicIn } from '../../infra/kafka.ts';
import { readRange } from '../../infra/read-range.ts';
import { type Model, recordsOf } from '../../processors/feed/ranking/learned/model.ts';
import { sendRetry } from '../../processors/runtime/derived-log.ts';
import { headerPart, partKey, videoPart } from '../../projections/models.ts';
import type { ModelPart } from '../../schemas/generated.ts';

/** One send is far below what the broker takes at once. */
const bytesPerSend = 512 * 1_024;
const tombstonesPerSend = 5_000;

export type Published = { readonly offset: number; readonly parts: number; readonly bytes: number };

/** @param name the variant that the model serves @returns where the header stands */
export function publishModel(kafka: Kafka, config: Config, name: string, model: Model): Promise<Published> {
  const { header, items } = recordsOf(model);
  const parts = items.map((item) => ({ part: videoPart(item.video_id), content: item }));
  return publishParts(kafka, config, { name, version: model.version, header, parts });
}

export type Publishing = {
  readonly name: string;
  readonly version: string;
  readonly header: object;
  readonly parts: readonly { readonly part: string; readonly content: object }[];
};

/** Any model: what its header and parts hold is between its trainer and its reader. */
export async function publishParts(
  kafka: Kafka,
  config: Config,
  { name, version, header, parts }: Publishing,
): Promise<Published> {
  const codec = await new Registry(config.registry.url, config.namespace).codec<ModelPart>('models');
  const encoded = (part: string, count: number, content: object) => {
    const record = { model: name, part, version, parts: count, content: Buffer.from(JSON.stringify(content)) };
    return { key: partKey(record), value: codec.encode(record), partition: 0 };
  };
  const topic = topicIn(config.namespace, 'models');
  const outdated = await outdatedKeys(kafka, topic, name);
  const producer = await connectedProducer(kafka, sendRetry);
  let bytes = 0;
  try {
    let batch: ReturnType<typeof encoded>[] = [];
    let batchBytes = 0;
    const flush = async () => {
      if (batch.length > 0) await producer.send({ topic, messages: batch, acks: -1 });
      bytes += batchBytes;
      [batch, batchBytes] = [[], 0];
    };
    for (const { part, content } of parts) {
      const message = encoded(part, 0, content);
      outdated.delete(message.key);
      if (batchBytes + message.value.length > bytesPerSend) await flush();
      batch.push(message);
      batchBytes += message.value.length;
    }
    await flush();
    const last = encoded(headerPart, parts.length, header);
    const [answer] = await producer.send({ topic, messages: [last], acks: -1 });
    const tombstones = [...outdated].map((key) => ({ key, value: null, partition: 0 }));
    for (let from = 0; from < tombstones.length; from += tombstonesPerSend)
      await producer.send({ topic, messages: tombstones.slice(from, from + tombstonesPerSend), acks: -1 });
    return { offset: Number(answer?.baseOffset), parts: parts.length, bytes: bytes + last.value.length };
  } finally {
    await producer.disconnect();
  }
}

/** Of parts that were there before the last header: what came later may belong to a training that is not at its end. */
async function outdatedKeys(kafka: Kafka, topic: string, name: string): Promise<Set<string>> {
  const latest = new Map<string, number>();
  await readRange({ kafka, topic, from: () => 0 }, ({ key, value, offset }) => {
    if (value === null) latest.delete(String(key));
    else latest.set(String(key), Number(offset));
  });
  const headerKey = partKey({ model: name, part: headerPart, version: '' });
  const headerOffset = latest.get(headerKey) ?? -1;
  const isOutdated = (key: string, offset: number) =>
    key.startsWith(`${name}/`) && key !== headerKey && offset < headerOffset;
  return new Set([...latest].flatMap(([key, offset]) => (isOutdated(key, offset) ? [key] : [])));
}
