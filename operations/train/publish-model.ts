// Publishes a trained model on the topic `models`: every part first, the header last, so that it is taken into use whole or not at all.
import type { Kafka } from 'kafkajs';
import { Registry } from '../../infra/avro.ts';
import type { Config } from '../../infra/config.ts';
import { connectedProducer, topicIn } from '../../infra/kafka.ts';
import { type Model, recordsOf } from '../../processors/feed/ranking/learned/model.ts';
import { sendRetry } from '../../processors/runtime/derived-log.ts';
import { headerPart, partKey, videoPart } from '../../projections/models.ts';
import type { ModelPart } from '../../schemas/generated.ts';

/** One send is far below what the broker takes at once. */
const bytesPerSend = 512 * 1_024;

export type Published = { readonly offset: number; readonly parts: number; readonly bytes: number };

/** @param name the variant that the model serves @returns where the header stands */
export async function publishModel(kafka: Kafka, config: Config, name: string, model: Model): Promise<Published> {
  const codec = await new Registry(config.registry.url, config.namespace).codec<ModelPart>('models');
  const { header, items } = recordsOf(model);
  const { version } = model;
  const encoded = (part: string, parts: number, content: object) => {
    const record = { model: name, part, version, parts, content: Buffer.from(JSON.stringify(content)) };
    return { key: partKey(record), value: codec.encode(record), partition: 0 };
  };
  const producer = await connectedProducer(kafka, sendRetry);
  const topic = topicIn(config.namespace, 'models');
  let bytes = 0;
  try {
    let batch: ReturnType<typeof encoded>[] = [];
    let batchBytes = 0;
    const flush = async () => {
      if (batch.length > 0) await producer.send({ topic, messages: batch, acks: -1 });
      bytes += batchBytes;
      [batch, batchBytes] = [[], 0];
    };
    for (const item of items) {
      const message = encoded(videoPart(item.video_id), 0, item);
      if (batchBytes + message.value.length > bytesPerSend) await flush();
      batch.push(message);
      batchBytes += message.value.length;
    }
    await flush();
    const last = encoded(headerPart, items.length, header);
    const [answer] = await producer.send({ topic, messages: [last], acks: -1 });
    return { offset: Number(answer?.baseOffset), parts: items.length, bytes: bytes + last.value.length };
  } finally {
    await producer.disconnect();
  }
}
