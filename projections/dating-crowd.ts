// The people of one gender in one cell: beside each what decides whether two suit, and most of how well, as numbers in one row, so that who does not suit costs a few comparisons and no look at the person.
import type { Person } from '../processors/dating/compat/person.ts';

/** Where a record keeps what; after these come the numbers of what is liked, then of what is avoided. */
export const inRecord = { birthDay: 0, ages: 1, distanceKm: 2, kind: 3, names: 4, head: 5 } as const;
/** Two numbers in one: the lower 16 bits hold the first. */
export const pair = { first: (both: number): number => both & 0xffff, second: (both: number): number => both >>> 16 };
/** The lowest bits beside the kind: what may be asked of the person. */
export const asks = { answers: 1, online: 2, boost: 4, bits: 3 } as const;

const together = (first: number, second: number): number => first | (second << 16);
const recordsMin = 16;

const lengthOf = ({ interests, aversions }: Person): number => inRecord.head + interests.length + aversions.length;

const kindOf = ({ answers, online }: Person, { kind, mayBeBoosted }: Beside): number =>
  (kind << asks.bits) | (answers ? asks.answers : 0) | (online ? asks.online : 0) | (mayBeBoosted ? asks.boost : 0);

/** What is not of the person: the number of the kind, and whether a boost is to be asked for. */
export type Beside = { readonly kind: number; readonly mayBeBoosted: boolean };

export class Crowd {
  readonly people: Person[] = [];
  /** One record after the other, in the order of the people; what follows the last is not in use. */
  records = new Int32Array(recordsMin);
  #length = 0;

  add(person: Person, beside: Beside): void {
    const { birthDay, ageMin, ageMax, distanceKm, interests, aversions } = person;
    const [at, end] = [this.#length, this.#length + lengthOf(person)];
    if (end > this.records.length) this.#resize(Math.max(end, Math.ceil(this.records.length * 1.25)));
    const names = together(interests.length, aversions.length);
    this.records.set([birthDay, together(ageMin, ageMax), distanceKm, kindOf(person, beside), names], at);
    this.records.set(interests, at + inRecord.head);
    this.records.set(aversions, at + inRecord.head + interests.length);
    this.people.push(person);
    this.#length = end;
  }

  remove(person: Person): void {
    const { index, at } = this.#find(person);
    const end = at + lengthOf(person);
    this.records.copyWithin(at, end, this.#length);
    this.#length -= end - at;
    this.people.splice(index, 1);
    if (this.#length < this.records.length / 2) this.#resize(Math.max(recordsMin, this.#length));
  }

  /** For somebody of whom nothing has changed that is in the record but what may be asked of them. */
  replace(person: Person, next: Person, beside: Beside): void {
    const { index, at } = this.#find(person);
    this.people[index] = next;
    this.records[at + inRecord.kind] = kindOf(next, beside);
  }

  #find(person: Person): { readonly index: number; readonly at: number } {
    const index = this.people.indexOf(person);
    if (index < 0) throw new RangeError('who is looked for is not in the crowd');
    let at = 0;
    for (let before = 0; before < index; before++) {
      const names = this.records[at + inRecord.names] as number;
      at += inRecord.head + pair.first(names) + pair.second(names);
    }
    return { index, at };
  }

  #resize(length: number): void {
    const records = new Int32Array(length);
    records.set(this.records.subarray(0, this.#length));
    this.records = records;
  }
}
