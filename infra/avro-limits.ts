// Makes avsc look how many bytes are left before it believes the length that an array or a map claims.
import avro from 'avsc';

type Tap = {
  readonly buf: Buffer;
  readonly pos: number;
  readLong(): number;
  skipLong(): void;
  readString(): string;
  skipString(): void;
};
type Inner = { _read(tap: Tap): unknown; _skip(tap: Tap): void };
type Items = { readonly itemsType: Inner };
type Values = { readonly valuesType: Inner };

/** Reads blocks of items. @throws Error where more are claimed than bytes are left: every item here takes one at least */
function readBlocks(tap: Tap, readItem: () => void): void {
  for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
    if (count < 0) {
      count = -count;
      tap.skipLong();
    }
    if (count > tap.buf.length - tap.pos) throw new Error('truncated buffer');
    for (; count > 0; count--) readItem();
  }
}

/** avsc 5.7 loops over the claimed length first: a record of 100 bytes could keep a process busy for minutes. */
export function limitLengths(): void {
  Object.assign(avro.types.ArrayType.prototype, {
    _read(this: Items, tap: Tap): unknown[] {
      const items: unknown[] = [];
      readBlocks(tap, () => items.push(this.itemsType._read(tap)));
      return items;
    },
    _skip(this: Items, tap: Tap): void {
      readBlocks(tap, () => this.itemsType._skip(tap));
    },
  });
  Object.assign(avro.types.MapType.prototype, {
    _read(this: Values, tap: Tap): Record<string, unknown> {
      const values: Record<string, unknown> = {};
      readBlocks(tap, () => {
        const name = tap.readString();
        values[name] = this.valuesType._read(tap);
      });
      return values;
    },
    _skip(this: Values, tap: Tap): void {
      readBlocks(tap, () => {
        tap.skipString();
        this.valuesType._skip(tap);
      });
    },
  });
}
