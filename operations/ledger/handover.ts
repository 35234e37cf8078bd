// Hands what one reader has read to another that asks for it one by one; who reads ahead waits.

const heldMax = 20_000;

export class Handover<T> {
  readonly #held: T[] = [];
  #first = 0;
  #isOver = false;
  #wakeReader: (() => void) | null = null;
  #wakeAsker: (() => void) | null = null;

  /** Resolves when there is room for more, or nobody asks any longer. */
  async put(items: readonly T[]): Promise<void> {
    if (this.#isOver) return;
    this.#held.push(...items);
    this.#wakeAsker?.();
    if (this.#held.length - this.#first < heldMax) return;
    await new Promise<void>((resolve) => {
      this.#wakeReader = resolve;
    });
  }

  /** There will be no more, or no more is wanted. */
  end(): void {
    this.#isOver = true;
    this.#wakeAsker?.();
    this.#wakeReader?.();
  }

  /** The next one, which stays the next one; null at the end. */
  async peek(): Promise<T | null> {
    while (this.#first >= this.#held.length) {
      if (this.#isOver) return null;
      await new Promise<void>((resolve) => {
        this.#wakeAsker = resolve;
      });
    }
    return this.#held[this.#first] as T;
  }

  take(): void {
    this.#first += 1;
    if (this.#first * 2 < heldMax) return;
    this.#held.splice(0, this.#first);
    this.#first = 0;
    this.#wakeReader?.();
  }
}
