// Who wants to know of changes, by what they concern.

export class Listeners {
  readonly #byKey = new Map<string, Set<() => void>>();

  /** @returns a function that ends it */
  add(key: string, listener: () => void): () => void {
    const listeners = this.#byKey.get(key) ?? new Set();
    this.#byKey.set(key, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#byKey.get(key) === listeners) this.#byKey.delete(key);
    };
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  fire(key: string): void {
    for (const listener of this.#byKey.get(key) ?? []) listener();
  }

  /** Of what is rare and may concern any of them. */
  fireAll(): void {
    for (const key of this.#byKey.keys()) this.fire(key);
  }
}
