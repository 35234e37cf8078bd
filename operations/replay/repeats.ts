// Tells repeated records from first ones by their headers, as the processors do: a watermark per lane of origins within a partition. Pure.
import { isFolded, parseOrigin } from '../../processors/runtime/origin.ts';

export type Marks = Readonly<Record<string, string>>;

export class Repeats {
  /** Lane → "offset/index" of the last origin. */
  readonly #marks: Map<string, string>;

  constructor(marks: Marks = {}) {
    this.#marks = new Map(Object.entries(marks));
  }

  /** Is it a copy of an earlier record of its partition? Every record of the partition has to be asked about, in order. */
  isRepeat({ origin, redrive }: { readonly origin: string | null; readonly redrive: string | null }): boolean {
    // A redriven record is by its nature a copy of one that the partition already holds.
    if (redrive !== null) return true;
    const parsed = origin === null ? null : parseOrigin(origin);
    if (!parsed) return false;
    if (isFolded(parsed, this.#marks.get(parsed.lane))) return true;
    this.#marks.set(parsed.lane, `${parsed.offset}/${parsed.index}`);
    return false;
  }

  get marks(): Marks {
    return Object.fromEntries(this.#marks);
  }
}
