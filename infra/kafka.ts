// The Kafka client with the settings that its known defects call for, physical topic names, and the partition of a key.
// Before kafkajs, whose slowest parts they replace.
import './kafkajs-decode.ts';
import './kafkajs-group.ts';
import './kafkajs-produce.ts';
import './kafkajs-record.ts';

import { Kafka, type Logger as KafkaLogger, logLevel, type Message, type Producer, type RetryOptions } from 'kafkajs';
import type { TopicName } from '../schemas/topics.ts';
import type { Config } from './config.ts';
import type { Log } from './log.ts';
import { murmur2 } from './murmur2.ts';

/** kafkajs gives up after nine seconds by default; this rides out minutes. */
const patientRetry = { initialRetryTime: 200, maxRetryTime: 3_000, multiplier: 2, retries: 1_000_000 };

/** For whoever has a caller that waits: gives up soon, and does again itself what is still wanted. */
export const briefPatience = {
  retry: { initialRetryTime: 100, maxRetryTime: 300, retries: 1 },
  connectionTimeout: 1_500,
  requestTimeout: 3_000,
};

/** A consumer's fetch that finds nothing ends after so long: records that come meanwhile end it at once, but a stop or a seek waits for it. */
export const idleFetchMs = 500;

export function createKafka(config: Config, log: Log, clientId = 'profithack', patience = {}): Kafka {
  return new Kafka({
    clientId,
    brokers: [...config.kafka.brokers],
    connectionTimeout: 5_000,
    authenticationTimeout: 5_000,
    requestTimeout: 10_000,
    retry: patientRetry,
    logLevel: logLevel.WARN,
    logCreator: () => toLog(log),
    ...patience,
  });
}

/** Said at every start: retries are limited on purpose (whoever sends repeats), and a fresh group's coordinator is still loading. */
const expected =
  /Limiting retries for the idempotent producer|coordinator is (loading|not available)|Response (GroupCoordinator|InitProducerId)/;

function toLog(log: Log): ReturnType<NonNullable<ConstructorParameters<typeof Kafka>[0]['logCreator']>> {
  return ({ level, namespace, log: entry }) => {
    const { message, timestamp: _timestamp, logger: _logger, ...details } = entry;
    const text = `kafkajs ${namespace}: ${message}`;
    if (level <= logLevel.WARN && !expected.test(message)) log.warn({ ...details }, text);
    else log.debug({ ...details }, text);
  };
}

/** The name of a topic in the cluster. */
export function topicIn(namespace: string, topic: TopicName): string {
  return namespace + topic;
}

/** The partition of a key, as the Java client and kafkajs compute it. */
export const partitionOf = (key: string, partitions: number): number => (murmur2(key) & 0x7fffffff) % partitions;

/** Producers and processors choose the partition themselves, so that a retry cannot choose another. */
export const explicitPartition =
  () =>
  ({ message }: { message: Message }): number => {
    if (message.partition === undefined) throw new Error('every message names its partition');
    return message.partition;
  };

/** An idempotent producer, connected. After a failed send its sequences are in doubt: throw it away, connect another. */
export async function connectedProducer(kafka: Kafka, retry: RetryOptions): Promise<Producer> {
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    retry,
    createPartitioner: explicitPartition,
    allowAutoTopicCreation: false,
  });
  await producer.connect();
  return producer;
}

export type { KafkaLogger };
