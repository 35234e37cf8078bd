// Runs a look after changes: one at a time, not more often than allowed, again if something changed meanwhile, and later if it failed.
const retryMs = 1_000;

export class Looks {
  readonly #look: () => Promise<void>;
  readonly #everyMs: number;
  readonly #later = new Set<NodeJS.Timeout>();
  #timer: NodeJS.Timeout | null = null;
  #isLooking = false;
  #isWanted = false;
  #lookedAt = 0;
  #isClosed = false;

  constructor(everyMs: number, look: () => Promise<void>) {
    this.#everyMs = everyMs;
    this.#look = look;
  }

  want(): void {
    this.#isWanted = true;
    if (!this.#isLooking) this.#after(Math.max(0, this.#lookedAt + this.#everyMs - Date.now()));
  }

  /** Also if nothing changes until then. */
  wantAt(at: number): void {
    if (this.#isClosed) return;
    const timer = setTimeout(() => {
      this.#later.delete(timer);
      this.want();
    }, at - Date.now()).unref();
    this.#later.add(timer);
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#later) clearTimeout(timer);
    if (this.#timer) clearTimeout(this.#timer);
  }

  #after(ms: number): void {
    if (this.#timer || this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#run();
    }, ms);
  }

  async #run(): Promise<void> {
    this.#isLooking = true;
    this.#isWanted = false;
    this.#lookedAt = Date.now();
    // A store that is away: what it holds then is read once it is back.
    const failed = await this.#look().then(
      () => false,
      () => true,
    );
    this.#isLooking = false;
    if (failed) this.#after(retryMs);
    else if (this.#isWanted) this.want();
  }
}
