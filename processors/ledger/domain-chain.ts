// The hash chain of a partition's entries: each link is made of the one before, of the record as it stands in the log, and of what was decided.
import { hash } from 'node:crypto';
import type { Beside } from '../runtime/processor.ts';

const sha256 = (data: string | Buffer): string => hash('sha256', data);

const emptyValue = Buffer.alloc(0);

export type Link = {
  readonly previousHash: string;
  readonly partition: number;
  readonly record: Beside['record'];
  readonly outcome: string;
  readonly reason: string | null;
  /** As the entry has them. */
  readonly postings: string;
};

/** SHA-256 (hex) of these lines, in this order. */
export function hashOf({ previousHash, partition, record, outcome, reason, postings }: Link): string {
  const { offset, time, key, id, value } = record;
  const bytes = sha256(value ?? emptyValue);
  return sha256(
    `${previousHash}\n${partition}\n${offset}\n${time}\n${key}\n${id}\n${bytes}\n${outcome}\n${reason ?? ''}\n${postings}`,
  );
}
