// Compares the memos of a partition with what must be kept of them at least: none missing but the forgotten, none more, the same values.
import { isDeepStrictEqual } from 'node:util';
import type { Memo } from './independent-fold/record.ts';

type Fields = Readonly<Record<string, unknown>>;

/** @param forgottenBefore memos may be gone whose time (ms) has come by then. @returns differences */
export function sameMemos(
  found: ReadonlyMap<string, Fields>,
  must: ReadonlyMap<string, Memo>,
  forgottenBefore: number,
): string[] {
  const differences: string[] = [];
  for (const [key, { value, until }] of must) {
    const there = found.get(key);
    if (!there && until !== null && until <= forgottenBefore) continue;
    if (!there) differences.push(`no memo ${key}`);
    for (const [name, wanted] of there ? Object.entries(value) : [])
      if (!isDeepStrictEqual(plain(there?.[name]), plain(wanted)))
        differences.push(`memo ${key}: ${name} is ${JSON.stringify(there?.[name])}, not ${JSON.stringify(wanted)}`);
  }
  for (const key of found.keys()) if (!must.has(key)) differences.push(`unexpected memo ${key}`);
  return differences;
}

const plain = (value: unknown): unknown =>
  isFields(value) ? withoutZeros({ accounts: value }).accounts : (value ?? null);
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const sums = ['balances', 'earned', 'accounts'];

/** What is nothing may be left out. */
export function withoutZeros(state: unknown): Record<string, unknown> {
  const kept = { ...(state as Fields) };
  for (const name of sums)
    if (isFields(kept[name]))
      kept[name] = Object.fromEntries(Object.entries(kept[name]).filter(([, amount]) => amount !== '0'));
  return kept;
}
