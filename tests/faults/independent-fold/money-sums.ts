// What must be nothing: the sum of postings, and of all accounts of a partition, by asset.
import type { Books, Posting } from './money-account.ts';

export function sumOf(postings: readonly Posting[]): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const [, asset, amount] of postings) sums.set(asset, (sums.get(asset) ?? 0n) + amount);
  return sums;
}

/** Everybody's balances and the partition's own, by asset. */
export function sumsOf({ accounts, shared }: Books): Map<string, bigint> {
  const all = [...accounts.values()].flatMap(({ balances }) => [...balances]);
  return sumOf([...all, ...shared].map(([name, balance]) => [name, name.slice(name.lastIndexOf(':') + 1), balance]));
}
