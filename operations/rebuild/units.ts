// What two generations are compared by: a field or a whole key in Redis, or a row; and bounded sets of such.
import type { RowTable, RowValue } from '../../processors/runtime/processor.ts';

export type RedisUnit = {
  readonly kind: 'redis';
  /** A key's name after the generation's prefix. */
  readonly name: string;
  /** Null for the whole of it. */
  readonly field: string | null;
  /** The field is a member of a sorted set. */
  readonly isScore?: boolean;
};
export type RowUnit = { readonly kind: 'row'; readonly table: RowTable; readonly key: readonly RowValue[] };
export type Unit = RedisUnit | RowUnit;

/** What one unit holds on both sides, as text; null where it does not exist. */
export type OnUnit = (unit: Unit, live: string | null, shadow: string | null) => void;

export const keyColumns = ({ partitionKey, clustering }: RowTable): string[] => [...partitionKey, ...clustering];

export function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (Buffer.isBuffer(value)) return value.toString('base64');
  return String(value);
}

export function nameOf(unit: Unit): string {
  if (unit.kind === 'redis') return unit.field === null ? unit.name : `${unit.name} ${unit.field}`;
  const columns = keyColumns(unit.table);
  return `${unit.table.name} ${unit.key.map((value, i) => `${columns[i]}=${textOf(value)}`).join(' ')}`;
}

/** Units each once, up to a limit; beyond that it only knows that there are too many. */
export class UnitSet {
  readonly #max: number;
  readonly #units = new Map<string, Unit>();
  overflowed = false;

  constructor(max: number) {
    this.#max = max;
  }

  add(unit: Unit): void {
    if (this.#units.size >= this.#max) this.overflowed = true;
    else this.#units.set(nameOf(unit), unit);
  }

  addAll(units: Iterable<Unit>): void {
    for (const unit of units) this.add(unit);
  }

  get size(): number {
    return this.#units.size;
  }

  values(): Iterable<Unit> {
    return this.#units.values();
  }
}
