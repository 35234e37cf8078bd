// Reads the boards of gifts, by whole coins: who has received and who has sent most, in a day, a week or ever; partitions' boards merged.
import type { Redis } from 'ioredis';
import { type LiveGenerations, writeKey } from '../processors/runtime/keys.ts';
import { boardName, periodOf, type Side, type Window } from '../processors/statements/domain-boards.ts';
import { topics } from '../schemas/topics.ts';

export type { Side, Window } from '../processors/statements/domain-boards.ts';
export const sides = ['received', 'sent'] as const;
export const windows = ['day', 'week', 'all'] as const;

export type GiftStanding = { readonly place: number; readonly userId: string; readonly coins: number };
export type GiftBoard = { readonly period: string; readonly standings: readonly GiftStanding[] };

const partitions = Array.from({ length: topics.ledger_entries.partitions }, (_, partition) => partition);
/** So deep each partition is read at most. */
const depthMax = 12_800;

type Scored = { readonly member: string; readonly score: number };
const bestFirst = (a: Scored, b: Scored): number => b.score - a.score || (a.member < b.member ? -1 : 1);

export class GiftBoards {
  readonly #redis: Redis;
  readonly #namespace: string;
  readonly #generations: LiveGenerations;

  constructor(redis: Redis, namespace: string, generations: LiveGenerations) {
    this.#redis = redis;
    this.#namespace = namespace;
    this.#generations = generations;
  }

  /** @param asked.now which day or week: the one of this time, in UTC */
  async top(asked: { side: Side; window: Window; limit: number; now: number }): Promise<GiftBoard> {
    const { side, window, limit, now } = asked;
    const period = periodOf[window](now);
    const keys = partitions.map((partition) => this.#key(boardName(side, [window, period]), partition));
    // Whoever is in no partition's first n has at most the sum of the n-th scores: once the last place has more, it is exact.
    for (let depth = Math.max(100, 2 * limit); ; depth *= 4) {
      const tops = await Promise.all(keys.map((key) => this.#top(key, depth)));
      const best = (await this.#sums(keys, tops)).sort(bestFirst).slice(0, limit);
      const unseenMax = tops.reduce((sum, top) => sum + (top.length < depth ? 0 : (top.at(-1)?.score ?? 0)), 0);
      const isExact = unseenMax <= 0 || (best.length === limit && (best.at(-1)?.score ?? 0) > unseenMax);
      if (isExact || depth >= depthMax) return { period, standings: standingsOf(best) };
    }
  }

  async #top(key: string, depth: number): Promise<Scored[]> {
    const flat = await this.#redis.zrevrange(key, 0, depth - 1, 'WITHSCORES');
    return Array.from({ length: flat.length / 2 }, (_, i) => ({
      member: flat[2 * i] as string,
      score: Number(flat[2 * i + 1]),
    }));
  }

  async #sums(keys: readonly string[], tops: readonly (readonly Scored[])[]): Promise<Scored[]> {
    const members = [...new Set(tops.flatMap((top) => top.map(({ member }) => member)))];
    if (members.length === 0) return [];
    const scores = await Promise.all(keys.map((key) => this.#redis.zmscore(key, ...members)));
    return members.map((member, i) => ({ member, score: scores.reduce((sum, of) => sum + Number(of[i] ?? 0), 0) }));
  }

  #key(board: string, partition: number): string {
    const of = { processor: 'statements', topic: 'ledger_entries', partition } as const;
    return writeKey({ namespace: this.#namespace, generation: this.#generations.live('statements'), ...of }, board);
  }
}

/** Whose gifts were all taken back stands nowhere. */
const standingsOf = (best: readonly Scored[]): GiftStanding[] =>
  best.filter(({ score }) => score > 0).map(({ member, score }, i) => ({ place: i + 1, userId: member, coins: score }));
