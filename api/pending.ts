// What the API is still making while it starts, and which server each of it fails for: told to whoever asks too early.
import type { Awaited } from './ports.ts';
import type { Dependency } from './unavailable.ts';

const namedMax = 5;

export class Pending {
  /** By what is being made: who did not answer the last time it was tried. */
  readonly #behind = new Map<string, Dependency | null>();

  begin(what: string): void {
    this.#behind.set(what, null);
  }

  failed(what: string, dependency: Dependency | null): void {
    this.#behind.set(what, dependency);
  }

  end(what: string): void {
    this.#behind.delete(what);
  }

  /** Null if nothing is under way. */
  awaited(): Awaited | null {
    if (this.#behind.size === 0) return null;
    const dependency = [...this.#behind.values()].find((one) => one !== null);
    const waiting = [...this.#behind.keys()].slice(0, namedMax).join(', ');
    const detail = `still waiting for ${waiting}${dependency ? `: ${dependency} does not answer` : ''}`;
    // What is read at the start, is read from the log.
    return { dependency: dependency ?? 'kafka', detail };
  }
}
