// Dating profiles by the cell they are in, read outwards from a cell: the cost is that of the neighbourhood, not of the population.
import type { Person } from '../processors/dating/compat/person.ts';
import { type Cell, distanceBetween, spansWithin } from '../schemas/cells.ts';

/** The people of one cell, by gender. */
export type Bucket = { readonly cell: Cell; readonly people: Map<string, Person[]> };
export type Ring = { readonly km: number; readonly buckets: readonly Bucket[] };

type Place = { readonly bucket: Bucket; readonly list: Person[]; index: number };

const firstReachKm = 3;

export class Grid {
  /** Row → column → people; what is empty is not there. */
  readonly #rows = new Map<number, Map<number, Bucket>>();
  readonly #places = new Map<string, Place>();

  add(person: Person): void {
    this.remove(person.userId);
    const bucket = this.#bucket(person.cell);
    const list = bucket.people.get(person.gender) ?? [];
    bucket.people.set(person.gender, list);
    this.#places.set(person.userId, { bucket, list, index: list.push(person) - 1 });
  }

  remove(userId: string): void {
    const place = this.#places.get(userId);
    if (!place) return;
    this.#places.delete(userId);
    const { bucket, list, index } = place;
    const gender = list[index]?.gender ?? '';
    const last = list.pop();
    if (last && last.userId !== userId) {
      list[index] = last;
      (this.#places.get(last.userId) as Place).index = index;
    }
    if (list.length === 0) bucket.people.delete(gender);
    if (bucket.people.size === 0) this.#drop(bucket.cell);
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
    for (const span of spansWithin(centre, to)) {
      const row = this.#rows.get(span.row);
      if (!row) continue;
      for (const bucket of within(row, span)) {
        const km = distanceBetween(centre, bucket.cell);
        if (km <= from || km > to) continue;
        const ring = byKm.get(km);
        if (ring) ring.push(bucket);
        else byKm.set(km, [bucket]);
      }
    }
    for (const km of [...byKm.keys()].sort((a, b) => a - b)) yield { km, buckets: byKm.get(km) ?? [] };
  }

  #bucket(cell: Cell): Bucket {
    const row = this.#rows.get(cell.row) ?? new Map<number, Bucket>();
    this.#rows.set(cell.row, row);
    const bucket = row.get(cell.column) ?? { cell, people: new Map() };
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
function* within(row: ReadonlyMap<number, Bucket>, { from, to }: { from: number; to: number }): Generator<Bucket> {
  if (to - from < row.size) {
    for (let column = from; column <= to; column++) {
      const bucket = row.get(column);
      if (bucket) yield bucket;
    }
    return;
  }
  for (const [column, bucket] of row) if (column >= from && column <= to) yield bucket;
}
