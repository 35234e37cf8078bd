// Reads the heads of chains that were kept in a file; whatever is wrong with the file is said in one sentence.
import { readFileSync } from 'node:fs';
import { topics } from '../../schemas/topics.ts';
import type { Head } from './partition-audit.ts';

/** Told to whoever named the file. */
export class UnusableHeads extends Error {}

const { partitions } = topics.payment_transactions;

/** @param namespace of the platform that is verified: heads of another one say nothing about it @throws UnusableHeads */
export function keptHeads(file: string, namespace: string): readonly Head[] {
  const kept = parsed(file);
  const heads = (kept as { heads?: unknown } | null)?.heads;
  if (!Array.isArray(heads)) throw new UnusableHeads(`${file} holds no heads: --save writes a file that does`);
  const of = (kept as { namespace?: unknown }).namespace;
  if (of !== undefined && of !== namespace)
    throw new UnusableHeads(`${file} holds the heads of the namespace '${of}', and this is '${namespace}'`);
  for (const [i, head] of heads.entries())
    if (!isHead(head))
      throw new UnusableHeads(
        `heads[${i}] of ${file} is no head: a partition (0 to ${partitions - 1}), an offset and a hash of 64 hexadecimal digits are expected`,
      );
  const twice = heads.find((head, i) => heads.findIndex(({ partition }) => partition === head.partition) !== i);
  if (twice) throw new UnusableHeads(`${file} holds two heads of partition ${twice.partition}`);
  return heads;
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const why = error instanceof SyntaxError ? 'is not JSON' : isMissing ? 'is not there' : 'cannot be read';
    throw new UnusableHeads(`${file} ${why}${isMissing ? ': --save writes it' : `: ${(error as Error).message}`}`);
  }
}

function isHead(given: unknown): given is Head {
  const { partition, offset, hash } = (given ?? {}) as Record<string, unknown>;
  const isWhole = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;
  return isWhole(partition) && Number(partition) < partitions && isWhole(offset) && /^[0-9a-f]{64}$/.test(String(hash));
}
