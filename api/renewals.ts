// Users whose pages are made anew before anybody asks: each waits once, first come first served, a few at the same time.

/** Each spends most of its time waiting for Redis. */
const atOnceMax = 4;

export class Renewals {
  readonly #renew: (userId: string) => Promise<void>;
  readonly #waiting = new Set<string>();
  #running = 0;

  /** @param renew what it throws is nobody's: whoever asks for the page will meet it again */
  constructor(renew: (userId: string) => Promise<void>) {
    this.#renew = renew;
  }

  add(userId: string): void {
    this.#waiting.add(userId);
    this.#begin();
  }

  #begin(): void {
    for (const userId of this.#waiting) {
      if (this.#running === atOnceMax) return;
      this.#waiting.delete(userId);
      this.#running += 1;
      void this.#renew(userId)
        .catch(() => {})
        .finally(() => {
          this.#running -= 1;
          this.#begin();
        });
    }
  }
}
