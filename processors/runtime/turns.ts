// Whose turn it is to fold: a few partitions at once, so that records of the others come together meanwhile and make larger commits.

/** So long a turn counts: who takes longer, for a dependency stalls, holds up nobody. */
const turnMsMax = 250;

export class Turns {
  readonly #atOnce: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** First come first served; at once if it can be. @returns to be called when the turn is over */
  take(): (() => void) | Promise<() => void> {
    if (this.#taken >= this.#atOnce) return new Promise((resolve) => this.#waiting.push(() => resolve(this.#begun())));
    this.#taken += 1;
    return this.#begun();
  }

  #begun(): () => void {
    let isOver = false;
    const over = () => {
      if (isOver) return;
      isOver = true;
      clearTimeout(tooLong);
      const next = this.#waiting.shift();
      // The turn goes from hand to hand.
      if (next) next();
      else this.#taken -= 1;
    };
    const tooLong = setTimeout(over, turnMsMax).unref();
    return over;
  }
}
