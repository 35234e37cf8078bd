// A message of Kafka as the fold takes it: its place and time, and what its headers say.
import type { KafkaMessage } from 'kafkajs';
import type { InputRecord } from './ports.ts';

/** A record without an id header (another client's) is known by its place. */
export function recordOf(partition: number, { offset, timestamp, key, value, headers }: KafkaMessage): InputRecord {
  return {
    offset: Number(offset),
    time: Number(timestamp),
    key: key?.toString() ?? '',
    id: headers?.id?.toString() ?? `at-${partition}-${offset}`,
    origin: headers?.origin?.toString() ?? null,
    redrive: headers?.redrive?.toString() ?? null,
    value,
  };
}
