// Compares two generations: as much as can be while both go on, and the rest while live stands still.
import type { RowTable } from '../../processors/runtime/processor.ts';
import { Differences } from './differences.ts';
import type { RedisUnits } from './redis-units.ts';
import type { RowUnits } from './row-units.ts';
import type { Touched } from './touched.ts';
import { nameOf, type OnUnit, type RedisUnit, type RowUnit, type Unit, UnitSet } from './units.ts';

export type ComparisonOf = {
  readonly redis: RedisUnits;
  readonly rows: RowUnits;
  readonly tables: readonly RowTable[];
  readonly touched: Touched;
  /**
   * Both are folded by the same rules, so that live touches nothing that the shadow does not. Else all of it is compared
   * while live stands still.
   */
  readonly sameRules: boolean;
  /** Who folds into the shadow: what another process wrote there meanwhile was not seen here. Null while that is not this one alone. */
  readonly hands: () => number | null;
  readonly signal: AbortSignal;
};

/** More than so many left over are looked at again before live is stopped. */
const leftOverMax = 500;
const looksMax = 5;
const unsureMax = 200_000;

export class Comparison {
  readonly #of: ComparisonOf;
  #unsure: UnitSet | null = null;
  #compared = 0;
  #hands: number | null = null;

  constructor(of: ComparisonOf) {
    this.#of = of;
  }

  /** While both go on: leaves what differs, perhaps only because it is being changed, and what is written meanwhile. */
  async ahead(): Promise<void> {
    this.#hands = this.#of.hands();
    if (!this.#of.sameRules || this.#hands === null) return;
    this.#of.touched.take();
    let unsure = new UnitSet(unsureMax);
    await this.#all((unit, live, shadow) => {
      this.#compared += 1;
      if (live !== shadow) unsure.add(unit);
    });
    for (let look = 1; look < looksMax; look++) {
      const written = this.#of.touched.take();
      unsure.addAll(written.values());
      unsure.overflowed ||= written.overflowed;
      if (unsure.size <= leftOverMax || unsure.overflowed) break;
      unsure = await this.#stillDiffering(unsure);
    }
    this.#unsure = unsure;
  }

  /** While live stands still and both are at the same offsets. @param upTo these, per partition */
  async settle(upTo: readonly number[]): Promise<Differences> {
    const differences = new Differences();
    const count: OnUnit = (unit, live, shadow) => differences.compare(() => nameOf(unit), live, shadow);
    const unsure = this.#unsure;
    const written = this.#of.touched.take();
    unsure?.addAll(written.values());
    const isUnseen = written.overflowed || this.#of.hands() !== this.#hands;
    if (!unsure || unsure.overflowed || isUnseen) {
      const differing = new UnitSet(unsureMax);
      await this.#all((unit, live, shadow) => {
        this.#compared += 1;
        if (live !== shadow) differing.add(unit);
      });
      if (differing.overflowed) await this.#all(count);
      else await this.#some(differing.values(), upTo, count);
    } else {
      await this.#some(unsure.values(), upTo, count);
    }
    differences.compared = Math.max(differences.compared, this.#compared);
    differences.ahead = this.#of.rows.ahead;
    return differences;
  }

  async #stillDiffering(units: UnitSet): Promise<UnitSet> {
    const differing = new UnitSet(unsureMax);
    await this.#some(units.values(), null, (unit, live, shadow) => {
      if (live !== shadow) differing.add(unit);
    });
    return differing;
  }

  async #all(take: OnUnit): Promise<void> {
    const onUnit: OnUnit = (...unit) => {
      this.#of.signal.throwIfAborted();
      take(...unit);
    };
    await this.#of.redis.all(onUnit);
    for (const table of this.#of.tables) await this.#of.rows.all(table, onUnit);
  }

  async #some(units: Iterable<Unit>, upTo: readonly number[] | null, onUnit: OnUnit): Promise<void> {
    const redis: RedisUnit[] = [];
    const rows: RowUnit[] = [];
    for (const unit of units) {
      if (unit.kind === 'redis') redis.push(unit);
      else rows.push(unit);
    }
    await Promise.all([this.#of.redis.some(redis, onUnit), this.#of.rows.some(rows, upTo, onUnit)]);
  }
}
