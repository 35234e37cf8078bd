// A shell: the nearest people who suit somebody, ranked; of the rank as much is computed as is asked for, and then kept.
import { withPersonality } from '../processors/dating/compat/compatibility.ts';
import { personalityOf } from '../processors/dating/compat/components.ts';
import type { Person } from '../processors/dating/compat/person.ts';
import { type Entries, Gathering } from './dating-entries.ts';
import type { Grid } from './dating-grid.ts';
import { type Outlook, rankOf, reachOf } from './dating-outlook.ts';
import { Sight } from './dating-sight.ts';

/** A shell grows ring by ring until so many people in it suit. */
export const shellPeople = 500;

export type Ranked = { readonly person: Person; readonly rank: number };
/** Where somebody stands in the order of a shell: higher ranks first, then by id. */
export type Standing = { readonly rank: number; readonly userId: string };

/** Negative where `a` comes before `b`. Ids by code units, as everywhere. */
const order = (a: Standing, b: Standing): number =>
  b.rank - a.rank || (a.userId < b.userId ? -1 : a.userId > b.userId ? 1 : 0);

export type ShellReach = {
  readonly from: number;
  /** Null: until enough are in it, or the viewer's wish ends. */
  readonly to: number | null;
  /** The viewer as they are in the grid now: met there, and left out. */
  readonly self: Person | null;
};

/** Of one shell at a time: nothing is waited for while it is gathered. */
const gathering = new Gathering();

export class Shell {
  /** People at over `from` and at most `to` km. */
  readonly from: number;
  readonly to: number;
  readonly #outlook: Outlook;
  readonly #ranked: Ranked[] = [];
  readonly #others: Entries;

  constructor(grid: Grid, outlook: Outlook, reach: ShellReach) {
    this.from = reach.from;
    this.#outlook = outlook;
    gathering.clear();
    this.to = gather(grid, outlook, reach, gathering);
    this.#others = gathering.settle();
  }

  get size(): number {
    return this.#ranked.length + this.#others.size;
  }

  get userIds(): string[] {
    return [...this.#ranked.map(({ person }) => person.userId), ...this.#others.userIds];
  }

  /** The next so many after a standing, in order. */
  after(standing: Standing, count: number): Ranked[] {
    let start = firstAfter(this.#ranked, standing);
    while (this.#ranked.length < start + count) {
      const next = this.#others.shift(this.#rankOf);
      if (!next) break;
      this.#ranked.push(next);
      if (order(standingOf(next), standing) <= 0) start = this.#ranked.length;
    }
    return this.#ranked.slice(start, start + count);
  }

  /** The personality is asked only of those who might come next. */
  readonly #rankOf = (person: Person, partial: number, isBoosted: boolean): number => {
    const { viewer, personality } = this.#outlook;
    return rankOf(withPersonality(partial, personalityOf(viewer, person, personality)), isBoosted);
  };
}

export const standingOf = ({ person, rank }: Ranked): Standing => ({ rank, userId: person.userId });

/** @returns how far it went, km */
function gather(grid: Grid, outlook: Outlook, { from, to, self }: ShellReach, into: Gathering): number {
  const { viewer } = outlook;
  const wish = reachOf(viewer);
  const sight = new Sight(outlook, { own: self && grid.placeOf(self), agreeing: grid.agreeing(viewer), into });
  for (const { km, buckets } of grid.rings(viewer.cell, { from, to: Math.min(wish, to ?? wish) })) {
    for (const { crowds } of buckets)
      for (const gender of viewer.genders) {
        const crowd = crowds.get(gender);
        if (crowd) sight.look(crowd, km);
      }
    if (to === null && into.size >= shellPeople) return km;
  }
  return to ?? Math.max(from, wish);
}

function firstAfter(ranked: readonly Ranked[], standing: Standing): number {
  let [low, high] = [0, ranked.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (order(standingOf(ranked[middle] as Ranked), standing) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
