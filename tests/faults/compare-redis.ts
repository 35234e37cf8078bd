// Compares every key of the generation in Redis with the independent fold: none missing, none more, every value the same.
import { isDeepStrictEqual } from 'node:util';
import {
  idsByTimeKey,
  idsKey,
  memosByTimeKey,
  memosKey,
  metaKey,
  stateKey,
  writeKey,
} from '../../processors/runtime/keys.ts';
import { sameMemos, withoutZeros } from './compare-memos.ts';
import type { Expected } from './expected.ts';
import { liveKeys, liveTag } from './generation.ts';
import type { Platform } from './platform.ts';

export type Comparison = { readonly counts: Record<string, number>; readonly differences: string[] };
type Hash = Readonly<Record<string, string>>;

export async function compareRedis(platform: Platform, all: readonly Expected[]): Promise<Comparison> {
  const comparison: Comparison = { counts: { keys: 0, states: 0, fields: 0, scores: 0, ids: 0 }, differences: [] };
  const unexpected = await keysOf(platform, new Set(all.map(({ processor }) => processor)));
  for (const expected of all) await comparePartition({ platform, comparison, unexpected }, expected);
  for (const key of unexpected) comparison.differences.push(`unexpected key ${key}`);
  return comparison;
}

async function keysOf(platform: Platform, processors: ReadonlySet<string>): Promise<Set<string>> {
  const found = new Set<string>();
  for (const processor of processors) {
    const match = liveKeys(platform, processor);
    for await (const keys of platform.redis.scanStream({ match, count: 1_000 }))
      for (const key of keys as string[]) found.add(key);
  }
  return found;
}

type Context = { readonly platform: Platform; readonly comparison: Comparison; readonly unexpected: Set<string> };

async function comparePartition(context: Context, expected: Expected): Promise<void> {
  const { kept } = expected;
  const tag = liveTag(context.platform, expected);
  await compareMeta(context, metaKey(tag), expected);
  const states = [...kept.states].map(([key, state]) => [key, JSON.parse(JSON.stringify(state))] as const);
  const read = (text: string) => withoutZeros(JSON.parse(text));
  await compareHash(context, stateKey(tag), { kind: 'states', must: new Map(states), read });
  await compareMemos(context, expected, { key: memosKey(tag), byTime: memosByTimeKey(tag) });
  for (const [hash, fields] of kept.hashes)
    await compareHash(context, writeKey(tag, hash), { kind: 'fields', must: fields, read: (text) => text });
  for (const [board, scores] of kept.boards)
    await compareScores(context, writeKey(tag, board), { kind: 'scores', scores });
  const lastSeen = new Map<string, number>();
  for (const [key, seen] of kept.seen) {
    const ring = seen.map(({ id, time }, slot) => [String(slot), `${time} ${id}`] as const);
    const must = new Map<string, unknown>([...ring, ['next', String(seen.length)]]);
    await compareHash(context, idsKey(tag, key), { kind: 'ids', must, read: (text) => text });
    lastSeen.set(key, Math.max(...seen.map(({ time }) => time)));
  }
  await compareScores(context, idsByTimeKey(tag), { kind: 'ids', scores: lastSeen });
}

async function compareMemos(
  { platform, comparison, unexpected }: Context,
  expected: Expected,
  { key, byTime }: { key: string; byTime: string },
): Promise<void> {
  const must = expected.memos();
  unexpected.delete(byTime);
  if (must.size === 0) return;
  unexpected.delete(key);
  comparison.counts.memos = (comparison.counts.memos ?? 0) + must.size;
  const kept = Object.entries((await platform.redis.hgetall(key)) as Hash);
  const found = new Map(kept.map(([name, text]) => [name, JSON.parse(text) as Readonly<Record<string, unknown>>]));
  const differences = sameMemos(found, must, expected.kept.last?.time ?? 0);
  comparison.differences.push(...differences.map((difference) => `${key}: ${difference}`));
}

/** Position, last record, marks and pending skips are the fold's; the token is a claim's; what was produced is checked with the log. */
async function compareMeta(
  { platform, comparison, unexpected }: Context,
  key: string,
  expected: Expected,
): Promise<void> {
  const { kept, control } = expected;
  unexpected.delete(key);
  comparison.counts.keys = (comparison.counts.keys ?? 0) + 1;
  const { token, build: _build, ...meta } = (await platform.redis.hgetall(key)) as Hash;
  const found = Object.fromEntries(Object.entries(meta).filter(([name]) => !name.startsWith('p:')));
  const must: Record<string, string> = { offset: String(kept.next) };
  if (kept.last) Object.assign(must, { id: kept.last.id, time: String(kept.last.time) });
  for (const [lane, mark] of kept.marks) must[`w:${lane}`] = mark;
  for (const [offset, id] of kept.pending) must[`s:${offset}`] = id;
  if (!isDeepStrictEqual(found, must)) comparison.differences.push(`${key}: ${firstDifference(found, must)}`);
  if (!control.claims.has(Number(token))) comparison.differences.push(`${key}: token ${token} is nobody's claim`);
}

type HashOf = {
  readonly kind: 'states' | 'fields' | 'ids';
  readonly must: ReadonlyMap<string, unknown>;
  readonly read: (text: string) => unknown;
};

async function compareHash(context: Context, key: string, { kind, must, read }: HashOf): Promise<void> {
  const { platform, comparison, unexpected } = context;
  if (must.size === 0) return;
  unexpected.delete(key);
  comparison.counts.keys = (comparison.counts.keys ?? 0) + 1;
  comparison.counts[kind] = (comparison.counts[kind] ?? 0) + must.size;
  const kept = (await platform.redis.hgetall(key)) as Hash;
  const found = Object.fromEntries(Object.entries(kept).map(([name, text]) => [name, read(text)]));
  const wanted = Object.fromEntries(must);
  if (!isDeepStrictEqual(found, wanted)) comparison.differences.push(`${key}: ${firstDifference(found, wanted)}`);
}

type ScoresOf = { readonly kind: 'scores' | 'ids'; readonly scores: ReadonlyMap<string, number> };

async function compareScores(context: Context, key: string, { kind, scores }: ScoresOf): Promise<void> {
  const { platform, comparison, unexpected } = context;
  if (scores.size === 0) return;
  unexpected.delete(key);
  comparison.counts.keys = (comparison.counts.keys ?? 0) + 1;
  comparison.counts[kind] = (comparison.counts[kind] ?? 0) + scores.size;
  const flat = await platform.redis.zrange(key, 0, -1, 'WITHSCORES');
  const found: Record<string, number> = {};
  for (let i = 0; i < flat.length; i += 2) found[flat[i] as string] = Number(flat[i + 1]);
  const wanted = Object.fromEntries(scores);
  if (!isDeepStrictEqual(found, wanted)) comparison.differences.push(`${key}: ${firstDifference(found, wanted)}`);
}

export function firstDifference(
  found: Readonly<Record<string, unknown>>,
  must: Readonly<Record<string, unknown>>,
): string {
  const names = [...new Set([...Object.keys(must), ...Object.keys(found)])];
  const name = names.find((each) => !isDeepStrictEqual(found[each], must[each])) ?? '';
  return `${name} is ${shown(found[name])}, not ${shown(must[name])}`;
}

const shown = (value: unknown) => (value === undefined ? 'missing' : JSON.stringify(value).slice(0, 400));
