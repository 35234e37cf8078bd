// The walks that are under way: what a viewer's pages are cut from, kept for a while so that those who change come neither twice nor never.
import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Outlook } from './dating-outlook.ts';
import type { Shell } from './dating-shell.ts';

/** Where a page ended. Clients hand it back unchanged, or not: everything in it is checked, and nothing in it is trusted. */
export type DatingPlace = {
  readonly walk: string;
  /** When the walk began: ages and boosts are of then. */
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly rank: number;
  readonly userId: string;
};

export type Walk = {
  readonly id: string;
  readonly at: number;
  readonly outlook: Outlook;
  readonly shell: Shell;
  /** Those of the shells before: who moves away is not met again. */
  readonly seen: ReadonlySet<string>;
};

/** A walk may be gone on with for so long; nor may it begin in the past or the future, for ages would tell birthdays. */
export const walkMsMax = 3_600_000;
const clocksDifferMs = 5_000;
const keptMs = 600_000;
/** People in the shells and sets of all walks together: what bounds the memory. A larger walk is not kept. */
const peopleMax = 400_000;
const seenMax = 20_000;

const isKm = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;

export function isDatingPlace(value: object): value is DatingPlace {
  const { walk, at, from, to, rank, userId } = value as Readonly<Record<string, unknown>>;
  const numbers = isKm(at) && isKm(from) && isKm(to) && from <= to && typeof rank === 'number' && Number.isFinite(rank);
  return numbers && typeof walk === 'string' && walk.length <= 64 && typeof userId === 'string';
}

export const hasExpired = ({ at }: DatingPlace, now: number): boolean =>
  at < now - walkMsMax || at > now + clocksDifferMs;

export const newWalkId = (): string => randomUUID();

/** The walk in its next shell. */
export function walkOn(walk: Walk, shell: Shell): Walk {
  const seen = walk.seen.size < seenMax ? new Set([...walk.seen, ...walk.shell.userIds]) : walk.seen;
  return { ...walk, shell, seen };
}

export class Walks {
  readonly #walks = new LRUCache<string, Walk>({
    maxSize: peopleMax,
    sizeCalculation: ({ shell, seen }) => 1 + shell.size + seen.size,
    ttl: keptMs,
  });

  keep(walk: Walk): void {
    this.#walks.set(walk.id, walk);
  }

  /** Null where it is of another instance, another viewer or another shell: then it is computed anew from the place. */
  find(viewerId: string, { walk: id, at, from, to }: DatingPlace): Walk | null {
    const walk = this.#walks.get(id);
    if (!walk || walk.outlook.viewer.userId !== viewerId || walk.at !== at) return null;
    return walk.shell.from === from && walk.shell.to === to ? walk : null;
  }

  clear(): void {
    this.#walks.clear();
  }
}
