// Finds and ranks whom to show to somebody: visible profiles in a grid, nearest first, both sides' wishes, pages that hold together.
import { type Compatibility, compatibility } from '../processors/dating/compat/compatibility.ts';
import type { Personality } from '../processors/dating/compat/components.ts';
import { suit } from '../processors/dating/compat/eligible.ts';
import {
  ageOn,
  type DatingProfile,
  dayOf,
  namesOf,
  type Person,
  personOf,
} from '../processors/dating/compat/person.ts';
import { Grid } from './dating-grid.ts';
import { Names } from './dating-names.ts';
import { kmBetween, type Outlook, rankOf, reachOf } from './dating-outlook.ts';
import { type Ranked, Shell, type Standing, standingOf } from './dating-shell.ts';
import { type DatingPlace, hasExpired, newWalkId, type Walk, Walks, walkOn } from './dating-walks.ts';

export type Match = {
  readonly profile: DatingProfile;
  /** On the day that is asked, whole years. */
  readonly age: number;
  readonly compatibility: Compatibility;
  readonly isBoosted: boolean;
  /** The score, and what the boost adds. */
  readonly rankScore: number;
};

export type DatingPage = {
  readonly matches: readonly Match[];
  /** Null at the end. A page may be shorter than asked for, even empty, and yet not be the last. */
  readonly next: DatingPlace | null;
};

export type DatingRefusal = { readonly refused: 'no_profile' | 'not_visible' | 'cursor_expired' };

/** Of the candidates those who must not be shown: swiped, blocked, reported or matched. */
export type Excluded = (userId: string, candidateIds: readonly string[]) => Promise<ReadonlySet<string>>;

export type DatingCandidatesOptions = {
  readonly personality: () => Personality | null;
  readonly excluded: Excluded;
};

export type DatingPageRequest = { readonly limit: number; readonly after: DatingPlace | null; readonly now: number };

type Known = { readonly profile: DatingProfile; readonly person: Person | null };
type Turn = { readonly viewer: Person; readonly now: number };

/** A page looks at no more people than this, however many of them are excluded. */
const looksMax = 5_000;
const looksAtOnce = 400;
const first: Standing = { rank: Number.MAX_VALUE, userId: '' };

export class DatingCandidates {
  readonly #options: DatingCandidatesOptions;
  readonly #grid = new Grid();
  readonly #names = new Names();
  readonly #known = new Map<string, Known>();
  readonly #boosts = new Map<string, number>();
  readonly #walks = new Walks();

  constructor(options: DatingCandidatesOptions) {
    this.#options = options;
  }

  /** Adds or changes one; who is not visible, not known to be of age or unreadable is found by nobody. */
  set(profile: DatingProfile): void {
    const { userId } = profile;
    const before = this.#known.get(userId);
    const isShown = profile.status === 'visible' && profile.ageBand !== null;
    const person = isShown ? personOf(profile, (name) => this.#names.take(name)) : null;
    this.#known.set(userId, { profile, person });
    const mayBeBoosted = this.#boosts.has(userId);
    if (person && before?.person) this.#grid.change(before.person, person, mayBeBoosted);
    else if (person) this.#grid.add(person, mayBeBoosted);
    else if (before?.person) this.#grid.remove(before.person);
    this.#release(before);
  }

  remove(userId: string): void {
    const known = this.#known.get(userId);
    this.#known.delete(userId);
    if (known?.person) this.#grid.remove(known.person);
    this.#release(known);
  }

  /** The numbers of names that a person had. */
  #release(known: Known | undefined): void {
    const dating = known?.person && known.profile.dating;
    if (!dating) return;
    for (const name of [...namesOf(dating.interests), ...namesOf(dating.aversions)]) this.#names.release(name);
  }

  /** @param until ms; null where there is none any more */
  setBoost(userId: string, until: number | null): void {
    if (until === null) this.#boosts.delete(userId);
    else this.#boosts.set(userId, until);
    const person = this.#known.get(userId)?.person;
    if (person) this.#grid.change(person, person, until !== null);
  }

  /** As after a restart: walks go on from their places alone. */
  forgetWalks(): void {
    this.#walks.clear();
  }

  profile(userId: string): DatingProfile | null {
    return this.#known.get(userId)?.profile ?? null;
  }

  /** Whether each is what the other looks for, today; null where either is not known here. */
  suits(userId: string, otherId: string, now: number): boolean | null {
    const [one, other] = [this.#known.get(userId), this.#known.get(otherId)];
    if (!one || !other) return null;
    if (!one.person || !other.person) return false;
    return suit(one.person, other.person, { km: kmBetween(one.person, other.person), day: dayOf(now) });
  }

  get size(): number {
    return this.#known.size;
  }

  /** @param request limit from 1 to 100 */
  async page(userId: string, request: DatingPageRequest): Promise<DatingPage | DatingRefusal> {
    const known = this.#known.get(userId);
    if (!known) return { refused: 'no_profile' };
    if (!known.person) return { refused: 'not_visible' };
    const { after, now, limit } = request;
    if (after && hasExpired(after, now)) return { refused: 'cursor_expired' };
    const turn: Turn = { viewer: known.person, now };
    let walk = this.#begin(turn, after);
    let standing: Standing = after ?? first;
    const matches: Match[] = [];
    for (let looked = 0, count = limit * 2; looked < looksMax; count = Math.min(looksAtOnce, count * 2)) {
      const ranked = walk.shell.after(standing, count);
      looked += ranked.length;
      const open = await this.#open(ranked, walk, turn);
      let nextOpen = 0;
      for (const one of ranked) {
        standing = standingOf(one);
        if (one !== open[nextOpen]) continue;
        nextOpen++;
        const match = this.#match(turn, one.person.userId, walk);
        if (match) matches.push(match);
        if (matches.length === limit) return { matches, next: placeOf(walk, standing) };
      }
      if (ranked.length === count) continue;
      if (walk.shell.to >= reachOf(walk.outlook.viewer)) return { matches, next: null };
      walk = walkOn(walk, this.#shell(walk.outlook, { from: walk.shell.to, to: null }));
      this.#walks.keep(walk);
      standing = first;
    }
    return { matches, next: placeOf(walk, standing) };
  }

  #begin({ viewer, now }: Turn, after: DatingPlace | null): Walk {
    const found = after && this.#walks.find(viewer.userId, after);
    if (found) return found;
    const at = after?.at ?? now;
    const isBoosted = (userId: string) => (this.#boosts.get(userId) ?? 0) > at;
    const outlook: Outlook = { viewer, day: dayOf(at), personality: this.#options.personality(), isBoosted };
    const shell = this.#shell(outlook, after ?? { from: 0, to: null });
    const walk: Walk = { id: newWalkId(), at, outlook, shell, seen: new Set() };
    this.#walks.keep(walk);
    return walk;
  }

  #shell(outlook: Outlook, { from, to }: { readonly from: number; readonly to: number | null }): Shell {
    const self = this.#known.get(outlook.viewer.userId)?.person ?? null;
    return new Shell(this.#grid, outlook, { from, to, self });
  }

  /** Those of whom is looked at who may be shown, in the same order: as they are now, not as they were when they were ranked. */
  async #open(ranked: readonly Ranked[], walk: Walk, { viewer, now }: Turn): Promise<readonly Ranked[]> {
    const day = dayOf(now);
    const sameViewer = viewer === walk.outlook.viewer && day === walk.outlook.day;
    const suiting = ranked.filter(({ person }) => {
      const current = this.#known.get(person.userId)?.person;
      if (!current || walk.seen.has(person.userId)) return false;
      // Whoever is in the shell suited then, and still does where nothing has changed.
      return (sameViewer && current === person) || suit(viewer, current, { km: kmBetween(viewer, current), day });
    });
    if (suiting.length === 0) return suiting;
    const ids = suiting.map(({ person }) => person.userId);
    const excluded = await this.#options.excluded(viewer.userId, ids);
    return excluded.size === 0 ? suiting : suiting.filter(({ person }) => !excluded.has(person.userId));
  }

  /** Null for somebody who went while it was asked whether they are excluded. */
  #match({ viewer, now }: Turn, userId: string, { outlook }: Walk): Match | null {
    const known = this.#known.get(userId);
    if (!known?.person) return null;
    const { day, personality } = outlook;
    const km = kmBetween(viewer, known.person);
    const found = compatibility(viewer, known.person, { km, day, personality });
    const isBoosted = outlook.isBoosted(userId);
    const rankScore = rankOf(found.score, isBoosted);
    return { profile: known.profile, age: ageOn(dayOf(now), known.person), compatibility: found, isBoosted, rankScore };
  }
}

const placeOf = ({ id, at, shell }: Walk, standing: Standing): DatingPlace => ({
  walk: id,
  at,
  from: shell.from,
  to: shell.to,
  rank: standing.rank,
  userId: standing.userId,
});
