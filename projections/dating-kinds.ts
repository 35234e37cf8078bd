// Numbers for what people are and look for but ages and places: gender, genders wished for and intention; who fits whom is worked out once for two numbers.
import { type Kind, kindsAgree } from '../processors/dating/compat/eligible.ts';

/** There are no more than genders × sets of genders × intentions: a profile has them from closed lists. */
export class Kinds {
  readonly #numbers = new Map<string, number>();
  readonly #kinds: Kind[] = [];
  readonly #agreeing: Uint8Array[] = [];

  numberOf({ gender, genders, intention }: Kind): number {
    const name = JSON.stringify([gender, intention, ...[...genders].sort()]);
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.#kinds.length);
    return this.#kinds.push({ gender, genders, intention }) - 1;
  }

  /** 1 in the place of each number that goes with somebody's, by what they look for and are. */
  agreeing(kind: Kind): Uint8Array {
    const number = this.numberOf(kind);
    const known = this.#agreeing[number];
    if (known?.length === this.#kinds.length) return known;
    const agreeing = Uint8Array.from(this.#kinds, (other) => (kindsAgree(kind, other) ? 1 : 0));
    this.#agreeing[number] = agreeing;
    return agreeing;
  }
}
