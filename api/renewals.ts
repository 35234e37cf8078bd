// Users whose pages are made anew before anybody asks: the first at once, those who come meanwhile together a moment later.

/** One ranking after the other finds warm caches, and what several ask of Redis at once is one request. */
export const gatherMs = 50;
const atOnceMax = 32;

export class Renewals {
  readonly #renew: (userId: string) => Promise<void>;
  readonly #waiting = new Set<string>();
  #isBusy = false;

  /** @param renew what it throws is nobody's: whoever asks for the page will meet it again */
  constructor(renew: (userId: string) => Promise<void>) {
    this.#renew = renew;
  }

  /** Each waits once, first come first served. */
  add(userId: string): void {
    this.#waiting.add(userId);
    if (!this.#isBusy) void this.#begin();
  }

  async #begin(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.size > 0) {
      const together = [...this.#waiting].slice(0, atOnceMax);
      for (const userId of together) this.#waiting.delete(userId);
      const gathered = new Promise((over) => setTimeout(over, gatherMs));
      await Promise.allSettled([gathered, ...together.map((userId) => this.#renew(userId))]);
    }
    this.#isBusy = false;
  }
}
