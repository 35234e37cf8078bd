// Cassandra in memory: of two writes of a row the one with the larger timestamp stays, in whatever order they arrive.
import { timestampOf } from '../../processors/runtime/keys.ts';
import type { Row } from '../../processors/runtime/ports.ts';
import type { Guards } from './guards.ts';

export class Rows {
  readonly #guards: Guards;
  readonly #rows = new Map<string, { value: string; timestamp: number }>();

  constructor(guards: Guards) {
    this.#guards = guards;
  }

  write(generation: number, { table, row, offset }: Row): void {
    const key = `${generation} ${rowName(table, row)}`;
    const timestamp = timestampOf(offset);
    const held = this.#rows.get(key);
    if (held && held.timestamp > timestamp && this.#guards.rowTimestamps) return;
    this.#rows.set(key, { value: JSON.stringify(row), timestamp });
  }

  /** Row name → content, of one generation. */
  all(generation: number): Map<string, string> {
    const prefix = `${generation} `;
    const all = new Map<string, string>();
    for (const [key, { value }] of this.#rows) if (key.startsWith(prefix)) all.set(key.slice(prefix.length), value);
    return all;
  }
}

export function rowName(table: Row['table'], row: Row['row']): string {
  return [table.name, ...[...table.partitionKey, ...table.clustering].map((column) => row[column])].join(' ');
}
