// A small number for each video that one ranking meets, in arrays that stay: another ranking's numbers count as none.
import type { Item } from './item.ts';

export class Marks {
  #marks = new Uint16Array(0);
  /** In which round each was set. */
  #rounds = new Uint32Array(0);
  #round = 0;

  /** Forgets all. @param size indexes of videos are smaller than this */
  clear(size: number): void {
    this.#round += 1;
    if (size <= this.#rounds.length && this.#round < 2 ** 32) return;
    this.#marks = new Uint16Array(2 * size);
    this.#rounds = new Uint32Array(2 * size);
    this.#round = 1;
  }

  /** 0 where none was set. */
  of({ index }: Item): number {
    return this.#rounds[index] === this.#round ? (this.#marks[index] as number) : 0;
  }

  set({ index }: Item, mark: number): void {
    this.#rounds[index] = this.#round;
    this.#marks[index] = mark;
  }
}
