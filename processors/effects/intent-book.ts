// The intents that have no outcome yet, per partition, as the log tells: each intent once, however often it was appended.
import type { PaymentIntent } from '../../schemas/generated.ts';
import { isFolded, parseOrigin } from '../runtime/origin.ts';
import type { InputRecord } from '../runtime/ports.ts';

export type OpenIntent = {
  readonly intent: Exclude<PaymentIntent, { kind: 'settled' }>;
  readonly partition: number;
  readonly offset: number;
  /** Append time in ms. */
  readonly appendedAt: number;
  /** Somebody may have acted on it before. */
  mayBeRepeat: boolean;
  /** Told: its outcome is in the log, and is being folded. */
  state: 'waiting' | 'acting' | 'told';
  tries: number;
  /** Not before, by performance.now(). */
  notBefore: number;
};

/** Older than this another worker may have acted on it while this one stood still, whatever it remembers. */
const freshMs = 60_000;
export const mayBeRepeated = ({ mayBeRepeat, appendedAt }: OpenIntent, now: number): boolean =>
  mayBeRepeat || now - appendedAt > freshMs;

type Page = {
  /** The next offset to take. */
  position: number;
  /** The end that was seen when the partition came here: nothing is done before it is reached. */
  end: number | null;
  isStuck: boolean;
  readonly watermarks: Map<string, string>;
  readonly open: Map<string, OpenIntent>;
};

export class IntentBook {
  #pages = new Map<number, Page>();

  /** From now on these partitions are read from their beginning. */
  begin(partitions: readonly number[]): void {
    const page = (): Page => ({ position: 0, end: null, isStuck: false, watermarks: new Map(), open: new Map() });
    this.#pages = new Map(partitions.map((partition) => [partition, page()]));
  }

  setEnd(partition: number, end: number): void {
    const page = this.#pages.get(partition);
    if (page) page.end = end;
  }

  position(partition: number): number | null {
    return this.#pages.get(partition)?.position ?? null;
  }

  isReady(partition: number): boolean {
    const page = this.#pages.get(partition);
    return page !== undefined && !page.isStuck && page.end !== null && page.position >= page.end;
  }

  status(): { partition: number; isReady: boolean; isStuck: boolean; open: number }[] {
    return [...this.#pages].map(([partition, { isStuck, open }]) => ({
      partition,
      isReady: this.isReady(partition),
      isStuck,
      open: open.size,
    }));
  }

  /** Whether this very intent is still to be acted on from here. */
  holds({ partition, intent }: OpenIntent, intentId = intent.intentId): boolean {
    return this.isReady(partition) && this.#pages.get(partition)?.open.has(intentId) === true;
  }

  *ready(): Iterable<OpenIntent> {
    for (const [partition, { open }] of this.#pages) if (this.isReady(partition)) yield* open.values();
  }

  take(partition: number, record: InputRecord, intent: PaymentIntent): void {
    const page = this.#pages.get(partition);
    if (!page || record.offset !== page.position) return;
    page.position += 1;
    const origin = record.origin === null ? null : parseOrigin(record.origin);
    if (origin) {
      // A sender that was in doubt has sent again: what is settled must not come back.
      if (isFolded(origin, page.watermarks.get(origin.lane))) return;
      page.watermarks.set(origin.lane, `${origin.offset}/${origin.index}`);
    }
    if ((intent.kind as string) === 'unknown') page.isStuck = true;
    else if (intent.kind === 'settled') page.open.delete(intent.intentId);
    else {
      const mayBeRepeat = page.end === null || record.offset < page.end;
      const { offset, time: appendedAt } = record;
      const place = { intent, partition, offset, appendedAt };
      page.open.set(intent.intentId, { ...place, mayBeRepeat, state: 'waiting', tries: 0, notBefore: 0 });
    }
  }

  /** A record that cannot be read is nobody's intent. */
  skip(partition: number, offset: number): void {
    const page = this.#pages.get(partition);
    if (page && page.position === offset) page.position += 1;
  }
}
