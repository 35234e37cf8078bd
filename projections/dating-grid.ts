// Dating profiles by the cell they are in, read outwards from a cell: the cost is that of the neighbourhood, not of the population.
import type { Person } from '../processors/dating/compat/person.ts';
import { type Cell, distanceBetween, spansWithin } from '../schemas/cells.ts';
import { Crowd } from './dating-crowd.ts';
import { Kinds } from './dating-kinds.ts';

/** The people of one cell, by gender. */
export type Bucket = { readonly cell: Cell; readonly crowds: Map<string, Crowd> };
export type Ring = { readonly km: number; readonly buckets: readonly Bucket[] };

const firstReachKm = 3;

export class Grid {
  /** Row → column → people; what is empty is not there. */
  readonly #rows = new Map<number, Map<number, Bucket>>();
  readonly #kinds = new Kinds();

  /** @param mayBeBoosted whether a boost is to be asked for */
  add(person: Person, mayBeBoosted: boolean): void {
    const { crowds } = this.#bucket(person.cell);
    const crowd = crowds.get(person.gender) ?? new Crowd();
    crowds.set(person.gender, crowd);
    crowd.add(person, { kind: this.#kinds.numberOf(person), mayBeBoosted });
  }

  /** In the place of the same somebody as they were: online times change often, all else seldom. */
  change(person: Person, next: Person, mayBeBoosted: boolean): void {
    if (isAlike(person, next)) {
      this.#crowd(person).replace(person, next, { kind: this.#kinds.numberOf(next), mayBeBoosted });
      return;
    }
    this.remove(person);
    this.add(next, mayBeBoosted);
  }

  remove(person: Person): void {
    const crowd = this.#crowd(person);
    crowd.remove(person);
    if (crowd.people.length > 0) return;
    const { cell, crowds } = this.#bucket(person.cell);
    crowds.delete(person.gender);
    if (crowds.size === 0) this.#drop(cell);
  }

  placeOf(person: Person): { readonly crowd: Crowd; readonly index: number } {
    const crowd = this.#crowd(person);
    return { crowd, index: crowd.people.indexOf(person) };
  }

  /** See `Kinds`. */
  agreeing(viewer: Person): Uint8Array {
    return this.#kinds.agreeing(viewer);
  }

  /** People at over `from` and at most `to` km, nearest first, looked for only as far as the caller goes on. */
  *rings(centre: Cell, { from, to }: { from: number; to: number }): Generator<Ring> {
    let reached = from;
    for (let reach = Math.max(firstReachKm, from + 1); reached < to; reach *= 2) {
      const next = Math.min(reach, to);
      yield* this.#ringsWithin(centre, reached, next);
      reached = next;
    }
  }

  *#ringsWithin(centre: Cell, from: number, to: number): Generator<Ring> {
    const byKm = new Map<number, Bucket[]>();
    const found: Bucket[] = [];
    for (const span of spansWithin(centre, to)) {
      const row = this.#rows.get(span.row);
      if (!row) continue;
      found.length = 0;
      collect(row, span, found);
      for (const bucket of found) {
        const km = distanceBetween(centre, bucket.cell);
        if (km <= from || km > to) continue;
        const ring = byKm.get(km);
        if (ring) ring.push(bucket);
        else byKm.set(km, [bucket]);
      }
    }
    for (const km of [...byKm.keys()].sort((a, b) => a - b)) yield { km, buckets: byKm.get(km) ?? [] };
  }

  #crowd({ cell, gender }: Person): Crowd {
    const crowd = this.#rows.get(cell.row)?.get(cell.column)?.crowds.get(gender);
    if (!crowd) throw new RangeError('who is looked for is not in the grid');
    return crowd;
  }

  #bucket(cell: Cell): Bucket {
    const row = this.#rows.get(cell.row) ?? new Map<number, Bucket>();
    this.#rows.set(cell.row, row);
    const bucket = row.get(cell.column) ?? { cell, crowds: new Map() };
    row.set(cell.column, bucket);
    return bucket;
  }

  #drop({ row, column }: Cell): void {
    const columns = this.#rows.get(row);
    columns?.delete(column);
    if (columns?.size === 0) this.#rows.delete(row);
  }
}

/** A wide stretch of an empty row costs no more than what is in the row. */
function collect(row: ReadonlyMap<number, Bucket>, { from, to }: { from: number; to: number }, into: Bucket[]): void {
  if (to - from < row.size) {
    for (let column = from; column <= to; column++) {
      const bucket = row.get(column);
      if (bucket) into.push(bucket);
    }
    return;
  }
  for (const bucket of row.values()) if (bucket.cell.column >= from && bucket.cell.column <= to) into.push(bucket);
}

const isSame = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((number, i) => number === b[i]);

/** Whether all that a record keeps is the same of both. */
function isAlike(a: Person, b: Person): boolean {
  const sameWish = a.ageMin === b.ageMin && a.ageMax === b.ageMax && a.distanceKm === b.distanceKm;
  const samePlace = a.cell.row === b.cell.row && a.cell.column === b.cell.column;
  const sameNames = isSame(a.interests, b.interests) && isSame(a.aversions, b.aversions);
  return samePlace && a.gender === b.gender && a.birthDay === b.birthDay && sameWish && sameNames;
}
