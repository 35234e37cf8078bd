// Source deduplication: the event ids a key has seen in the last 24 h of append time, at most 10,000. Pure.
import type { IdChange, IdWindow } from './ports.ts';

export const windowMs = 86_400_000;
export const windowIdsMax = 10_000;

export const emptyWindow = (): IdWindow => ({ next: 0, times: new Map() });

export function holds(window: IdWindow, id: string, now: number): boolean {
  const time = window.times.get(id);
  return time !== undefined && now - time < windowMs;
}

/** A window being changed by one batch: reads through to the committed one, which stays as it is until the commit. */
export class WindowDraft {
  readonly #base: IdWindow;
  readonly #added = new Map<string, number>();
  /** The oldest of the base, as far as what was added has driven them out: none but in the fullest windows. */
  #driven: Set<string> | null = null;
  #oldest: Iterator<string> | null = null;
  #at = 0;

  constructor(base: IdWindow) {
    this.#base = base;
  }

  holds(id: string, now: number): boolean {
    const time = this.#added.get(id);
    if (time !== undefined) return now - time < windowMs;
    return !this.#driven?.has(id) && holds(this.#base, id, now);
  }

  add(id: string, now: number): void {
    this.#added.delete(id);
    this.#added.set(id, now);
    this.#at = Math.max(this.#at, now);
    if (this.#base.times.size + this.#added.size - (this.#driven?.size ?? 0) <= windowIdsMax) return;
    this.#driven ??= new Set();
    this.#oldest ??= this.#base.times.keys();
    const { value } = this.#oldest.next();
    if (value !== undefined) this.#driven.add(value);
  }

  get changed(): boolean {
    return this.#added.size > 0;
  }

  /**
   * Applies the draft to the window, in place, and tells which slots of its ring changed: call it when nothing but the
   * commit is left to do, and forget the window if that fails.
   */
  apply(): { window: IdWindow; change: IdChange } {
    const { times } = this.#base;
    const slots = new Map<number, string | null>();
    this.#prune(slots);
    for (const id of this.#driven ?? []) times.delete(id);
    let next = this.#base.next;
    for (const [id, time] of this.#added) {
      times.set(id, time);
      slots.set(next % windowIdsMax, `${time} ${id}`);
      next += 1;
    }
    const window = { next, times };
    this.#dropOldest(window);
    return { window, change: { next, slots, at: this.#at } };
  }

  #prune(slots: Map<number, string | null>): void {
    const { next, times } = this.#base;
    let oldest = next - times.size;
    for (const [id, time] of times) {
      if (this.#at - time < windowMs) break;
      times.delete(id);
      slots.set(oldest % windowIdsMax, null);
      oldest += 1;
    }
  }

  /** Beyond the limit the oldest go; the ring has already overwritten their slots. */
  #dropOldest({ times }: IdWindow): void {
    for (const id of times.keys()) {
      if (times.size <= windowIdsMax) return;
      times.delete(id);
    }
  }
}

/** The window that a ring's slots hold ("time id" by slot number). */
export function windowOf(next: number, slots: Iterable<readonly [slot: number, value: string]>): IdWindow {
  const age = (slot: number) => (next - 1 - slot + windowIdsMax) % windowIdsMax;
  const oldestFirst = [...slots].sort(([a], [b]) => age(b) - age(a));
  const times = new Map<string, number>();
  for (const [, value] of oldestFirst) {
    const space = value.indexOf(' ');
    times.set(value.slice(space + 1), Number(value.slice(0, space)));
  }
  return { next, times };
}
