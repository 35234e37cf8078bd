// Numbers for the names of interests, as long as somebody has them: what nobody names any more is forgotten.
export class Names {
  readonly #known = new Map<string, { readonly number: number; uses: number }>();
  #next = 0;

  take(name: string): number {
    const known = this.#known.get(name);
    if (known) {
      known.uses++;
      return known.number;
    }
    this.#known.set(name, { number: this.#next, uses: 1 });
    return this.#next++;
  }

  release(name: string): void {
    const known = this.#known.get(name);
    if (known && --known.uses === 0) this.#known.delete(name);
  }

  get size(): number {
    return this.#known.size;
  }
}
