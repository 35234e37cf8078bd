// Replaces kafkajs's encoder of a produce request, which copies every message and then all of them several times, by one that writes once.
import { createRequire } from 'node:module';
import { partOf } from './kafkajs-part.ts';
import { type Encoded, isPlain, type RecordToEncode, roomFor, writeRecord } from './kafkajs-record.ts';

const part = partOf<ProduceRequest>('protocol/requests/produce/v3/request.js');
const crc32C: (bytes: Buffer) => number = createRequire(import.meta.url)(
  'kafkajs/src/protocol/recordBatch/crc32C/index.js',
);

type Message = RecordToEncode & { readonly timestamp?: string | null };
type PartitionData = {
  readonly partition: number;
  readonly firstSequence?: number;
  readonly messages: readonly Message[];
};
export type ToProduce = {
  readonly acks: number;
  readonly timeout: number;
  readonly transactionalId?: string | null;
  readonly producerId?: { toString(): string };
  readonly producerEpoch?: number;
  readonly compression?: number;
  readonly topicData: readonly { readonly topic: string; readonly partitions: readonly PartitionData[] }[];
};
export type ProduceRequest = (of: ToProduce) => { readonly encode: () => Promise<Encoded> };

/** kafkajs's own, for what is rare: transactions, compression, explicit times, repeated headers. */
export const { original } = part;

/** Bytes besides topics and records: of a request, of a topic, of a partition with the head of its batch. */
const head = { request: 12, topic: 6, partition: 69 };
/** The head of a batch from its attributes on, which its checksum is of. */
const checkedAt = 21;
const magic = 2;

export const produceRequest: ProduceRequest = (of) => {
  const request = original(of);
  return isUsual(of) ? { ...request, encode: async () => encodeProduce(of) } : request;
};

function isUsual({ transactionalId = null, compression = 0, topicData }: ToProduce): boolean {
  const isUsualMessage = (message: Message) => message.timestamp == null && isPlain(message);
  return (
    transactionalId === null &&
    compression === 0 &&
    topicData.every(({ partitions }) => partitions.every(({ messages }) => messages.every(isUsualMessage)))
  );
}

/** The same bytes as `original`: https://kafka.apache.org/protocol#The_Messages_Produce, version 3. */
function encodeProduce(of: ToProduce): Encoded {
  const to = Buffer.allocUnsafe(roomOf(of));
  let at = to.writeInt16BE(-1, 0);
  at = to.writeInt16BE(of.acks, at);
  at = to.writeInt32BE(of.timeout, at);
  at = to.writeInt32BE(of.topicData.length, at);
  for (const { topic, partitions } of of.topicData) {
    at = to.writeInt16BE(Buffer.byteLength(topic), at);
    at += to.write(topic, at);
    at = to.writeInt32BE(partitions.length, at);
    for (const partition of partitions) {
      at = to.writeInt32BE(partition.partition, at);
      const end = writeBatch(to, at + 4, partition, of);
      to.writeInt32BE(end - at - 4, at);
      at = end;
    }
  }
  const buffer = to.subarray(0, at);
  return { buf: buffer, buffer };
}

function roomOf({ topicData }: ToProduce): number {
  let room = head.request;
  for (const { topic, partitions } of topicData) {
    room += head.topic + 3 * topic.length;
    for (const { messages } of partitions) {
      room += head.partition;
      for (const message of messages) room += roomFor(message);
    }
  }
  return room;
}

/** https://kafka.apache.org/documentation/#recordbatch, and where it ends. */
function writeBatch(to: Buffer, start: number, { messages, firstSequence = 0 }: PartitionData, of: ToProduce): number {
  const now = BigInt(Date.now());
  let at = start + checkedAt;
  at = to.writeInt16BE(0, at);
  at = to.writeInt32BE(messages.length - 1, at);
  at = to.writeBigInt64BE(now, at);
  at = to.writeBigInt64BE(now, at);
  at = to.writeBigInt64BE(BigInt(String(of.producerId ?? -1)), at);
  at = to.writeInt16BE(of.producerEpoch ?? 0, at);
  at = to.writeInt32BE(firstSequence, at);
  at = to.writeInt32BE(messages.length, at);
  for (const [delta, message] of messages.entries()) at = writeRecord(to, at, message, delta);
  let before = to.writeBigInt64BE(0n, start);
  before = to.writeInt32BE(at - before - 4, before);
  before = to.writeInt32BE(0, before);
  before = to.writeInt8(magic, before);
  to.writeUInt32BE(crc32C(to.subarray(start + checkedAt, at)), before);
  return at;
}

part.replaceBy(produceRequest);
