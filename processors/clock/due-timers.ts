// Which of the timers on a board are to be appended now: due ones, each not again before its fold has had its time. Pure.

/** A timer as the board lists it. */
export type Timer = { readonly key: string; readonly timerId: string; readonly due: number };

/** @returns null for what is no `<record key> <timer id>` */
export function timerOf(member: string, due: number): Timer | null {
  const space = member.indexOf(' ');
  if (space <= 0 || space === member.length - 1) return null;
  return { key: member.slice(0, space), timerId: member.slice(space + 1), due };
}

/** Remembers what was appended lately; a timer that is set anew, to another time, is another one. */
export class Appended {
  readonly #againAfterMs: number;
  readonly #at = new Map<string, number>();

  constructor(againAfterMs: number) {
    this.#againAfterMs = againAfterMs;
  }

  /** Those that are due and were not appended lately; they count as appended from now on. */
  take(board: string, timers: readonly Timer[], now: number): Timer[] {
    return timers.filter(({ key, timerId, due }) => {
      const name = `${board} ${key} ${timerId} ${due}`;
      const last = this.#at.get(name);
      if (due > now || (last !== undefined && now - last < this.#againAfterMs)) return false;
      this.#at.set(name, now);
      return true;
    });
  }

  /** Forgets what could be appended again anyway, so that no more is kept than is appended in that time. */
  sweep(now: number): void {
    for (const [name, at] of this.#at) if (now - at >= this.#againAfterMs) this.#at.delete(name);
  }
}
