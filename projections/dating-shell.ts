// A shell: the nearest people who suit somebody, ranked; of the rank as much is computed as is asked for, and then kept.
import { type Circumstances, partialScoreOf, withPersonality } from '../processors/dating/compat/compatibility.ts';
import { personalityOf } from '../processors/dating/compat/components.ts';
import { suit } from '../processors/dating/compat/eligible.ts';
import type { Person } from '../processors/dating/compat/person.ts';
import { compatRules } from '../processors/dating/compat/rules.ts';
import { distanceBetween, distanceKmMax } from '../schemas/cells.ts';
import type { Grid } from './dating-grid.ts';

/** A shell grows ring by ring until so many people in it suit. */
export const shellPeople = 500;

export type Ranked = { readonly person: Person; readonly rank: number };
/** Where somebody stands in the order of a shell: higher ranks first, then by id. */
export type Standing = { readonly rank: number; readonly userId: string };

/** What a walk sees all the way: the viewer as they were, the day, the model and the boosts. */
export type Outlook = Circumstances & {
  readonly viewer: Person;
  readonly isBoosted: (userId: string) => boolean;
};

type Entry = {
  readonly person: Person;
  /** The score but for the personality. */
  readonly partial: number;
  readonly isBoosted: boolean;
  rank: number;
  isExact: boolean;
};

export const rankOf = (score: number, isBoosted: boolean): number => (isBoosted ? score + compatRules.boost : score);

/** Negative where `a` comes before `b`. Ids by code units, as everywhere. */
const order = (a: Standing, b: Standing): number =>
  b.rank - a.rank || (a.userId < b.userId ? -1 : a.userId > b.userId ? 1 : 0);

const before = (a: Entry, b: Entry): boolean =>
  a.rank > b.rank || (a.rank === b.rank && a.person.userId < b.person.userId);

export class Shell {
  /** People at over `from` and at most `to` km. */
  readonly from: number;
  readonly to: number;
  readonly #outlook: Outlook;
  readonly #ranked: Ranked[] = [];
  /** The others as a heap: who could stand first, by what is known of the rank, is on top. */
  readonly #heap: Entry[];

  /** @param to null: until enough are in it, or the viewer's wish ends */
  constructor(grid: Grid, outlook: Outlook, { from, to }: { from: number; to: number | null }) {
    this.from = from;
    this.#outlook = outlook;
    const { heap, reached } = gathered(grid, outlook, { from, to });
    this.to = reached;
    this.#heap = heap;
    for (let i = (heap.length >> 1) - 1; i >= 0; i--) sink(heap, i);
  }

  get size(): number {
    return this.#ranked.length + this.#heap.length;
  }

  get userIds(): string[] {
    return [...this.#ranked, ...this.#heap].map(({ person }) => person.userId);
  }

  /** The next so many after a standing, in order. */
  after(standing: Standing, count: number): Ranked[] {
    let start = firstAfter(this.#ranked, standing);
    while (this.#ranked.length < start + count) {
      const next = this.#next();
      if (!next) break;
      this.#ranked.push(next);
      if (order(standingOf(next), standing) <= 0) start = this.#ranked.length;
    }
    return this.#ranked.slice(start, start + count);
  }

  /** The personality is asked only of those who might come next. */
  #next(): Ranked | null {
    const heap = this.#heap;
    for (;;) {
      const top = heap[0];
      if (!top) return null;
      if (top.isExact) {
        const last = heap.pop() as Entry;
        if (heap.length > 0) {
          heap[0] = last;
          sink(heap, 0);
        }
        return { person: top.person, rank: top.rank };
      }
      const { viewer, personality } = this.#outlook;
      const score = withPersonality(top.partial, personalityOf(viewer, top.person, personality));
      top.rank = rankOf(score, top.isBoosted);
      top.isExact = true;
      sink(heap, 0);
    }
  }
}

export const standingOf = ({ person, rank }: Ranked): Standing => ({ rank, userId: person.userId });

/** How far the viewer's wish goes, whole km. */
export const reachOf = ({ distanceKm }: Person): number => Math.min(distanceKmMax, Math.floor(distanceKm));

function gathered(grid: Grid, outlook: Outlook, { from, to }: { from: number; to: number | null }) {
  const { viewer, day } = outlook;
  const wish = reachOf(viewer);
  const heap: Entry[] = [];
  for (const { km, buckets } of grid.rings(viewer.cell, { from, to: Math.min(wish, to ?? wish) })) {
    for (const { people } of buckets)
      for (const gender of viewer.genders)
        for (const person of people.get(gender) ?? [])
          if (suit(viewer, person, { km, day })) heap.push(entryOf(person, outlook, km));
    if (to === null && heap.length >= shellPeople) return { heap, reached: km };
  }
  return { heap, reached: to ?? Math.max(from, wish) };
}

/** Where the personality may be known it counts as perfect until it is asked: nobody stands too low. */
function entryOf(person: Person, { viewer, day, personality, isBoosted }: Outlook, km: number): Entry {
  const mayBeKnown = personality !== null && viewer.answers !== null && person.answers !== null;
  const partial = partialScoreOf(viewer, person, { km, day });
  const boosted = isBoosted(person.userId);
  const rank = rankOf(withPersonality(partial, mayBeKnown ? 1 : null), boosted);
  return { person, partial, isBoosted: boosted, rank, isExact: !mayBeKnown };
}

/** How far somebody is from the viewer of a walk. */
export const kmBetween = (a: Person, b: Person): number => distanceBetween(a.cell, b.cell);

function firstAfter(ranked: readonly Ranked[], standing: Standing): number {
  let [low, high] = [0, ranked.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (order(standingOf(ranked[middle] as Ranked), standing) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sink(heap: Entry[], start: number): void {
  const entry = heap[start] as Entry;
  let at = start;
  for (;;) {
    let child = 2 * at + 1;
    const left = heap[child];
    if (!left) break;
    const right = heap[child + 1];
    if (right && before(right, left)) child++;
    const best = heap[child] as Entry;
    if (!before(best, entry)) break;
    heap[at] = best;
    at = child;
  }
  heap[at] = entry;
}
