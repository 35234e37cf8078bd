// The people of one gender in one cell: beside each what decides whether two suit, and most of how well, as numbers in a row, so that who does not suit costs a few comparisons and no look at the person.
import type { Person } from '../processors/dating/compat/person.ts';

/** Where a head keeps what: as many numbers for each of the people, in their order. */
export const inHead = { birthDay: 0, ages: 1, distanceKm: 2, kind: 3, namesAt: 4, names: 5, size: 6 } as const;
/** Two numbers in one: the lower 16 bits hold the first. */
export const pair = { first: (both: number): number => both & 0xffff, second: (both: number): number => both >>> 16 };
/** The lowest bits beside the kind: what may be asked of the person. */
export const asks = { answers: 1, online: 2, boost: 4, distance: 8, bits: 4 } as const;

const together = (first: number, second: number): number => first | (second << 16);

/** Distances here are whole; one that was not wished so is the person's to tell. */
function kindOf({ answers, online, distanceKm }: Person, { kind, mayBeBoosted }: Beside): number {
  const ofPerson = (answers ? asks.answers : 0) | (online ? asks.online : 0);
  const isWhole = Number.isInteger(distanceKm);
  return (kind << asks.bits) | ofPerson | (mayBeBoosted ? asks.boost : 0) | (isWhole ? 0 : asks.distance);
}

/** What is not of the person: the number of the kind, and whether a boost is to be asked for. */
export type Beside = { readonly kind: number; readonly mayBeBoosted: boolean };

export class Crowd {
  readonly people: Person[] = [];
  /** What follows the last of the people is not in use. */
  heads = new Int32Array(inHead.size);
  /** Of one after the other: the numbers of what is liked, then of what is avoided. */
  names = new Int32Array(0);
  #namesEnd = 0;

  add(person: Person, beside: Beside): void {
    const { birthDay, ageMin, ageMax, distanceKm, interests, aversions } = person;
    const [index, namesAt] = [this.people.push(person) - 1, this.#namesEnd];
    this.#namesEnd += interests.length + aversions.length;
    this.heads = withRoom(this.heads, this.people.length * inHead.size);
    this.names = withRoom(this.names, this.#namesEnd);
    const counts = together(interests.length, aversions.length);
    const head = [birthDay, together(ageMin, ageMax), Math.floor(distanceKm), kindOf(person, beside), namesAt, counts];
    this.heads.set(head, index * inHead.size);
    this.names.set(interests, namesAt);
    this.names.set(aversions, namesAt + interests.length);
  }

  remove(person: Person): void {
    const index = this.#find(person);
    const count = person.interests.length + person.aversions.length;
    const namesAt = this.heads[index * inHead.size + inHead.namesAt] as number;
    this.names.copyWithin(namesAt, namesAt + count, this.#namesEnd);
    this.#namesEnd -= count;
    this.heads.copyWithin(index * inHead.size, (index + 1) * inHead.size, this.people.length * inHead.size);
    this.people.splice(index, 1);
    for (let i = index; i < this.people.length; i++) {
      const at = i * inHead.size + inHead.namesAt;
      this.heads[at] = (this.heads[at] as number) - count;
    }
    this.heads = withoutWaste(this.heads, this.people.length * inHead.size);
    this.names = withoutWaste(this.names, this.#namesEnd);
  }

  /** For somebody of whom nothing has changed that stands in the numbers, but the kind and what may be asked of them. */
  replace(person: Person, next: Person, beside: Beside): void {
    const index = this.#find(person);
    this.people[index] = next;
    this.heads[index * inHead.size + inHead.kind] = kindOf(next, beside);
  }

  #find(person: Person): number {
    const index = this.people.indexOf(person);
    if (index < 0) throw new RangeError('who is looked for is not in the crowd');
    return index;
  }
}

function resized(numbers: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const others = new Int32Array(length);
  others.set(numbers.length > length ? numbers.subarray(0, length) : numbers);
  return others;
}

const withRoom = (numbers: Int32Array<ArrayBuffer>, length: number) =>
  length > numbers.length ? resized(numbers, Math.max(length, Math.ceil(numbers.length * 1.25))) : numbers;

const withoutWaste = (numbers: Int32Array<ArrayBuffer>, length: number) =>
  length < numbers.length / 2 ? resized(numbers, length) : numbers;
