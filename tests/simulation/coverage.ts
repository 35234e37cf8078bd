// Counts how often each fault struck between which two effects of a slot, and prints it as a table.

export type Counts = Record<string, Record<string, number>>;

export class Coverage {
  readonly counts: Counts = {};

  /** `place` is "effect before → effect pending", or `anywhere` for what strikes the log and not a slot. */
  hit(fault: string, place: string): void {
    let row = this.counts[fault];
    if (!row) {
      row = {};
      this.counts[fault] = row;
    }
    row[place] = (row[place] ?? 0) + 1;
  }
}

export function addCounts(into: Counts, more: Counts): void {
  for (const [fault, row] of Object.entries(more)) {
    into[fault] ??= {};
    const sum = into[fault];
    for (const [place, count] of Object.entries(row)) sum[place] = (sum[place] ?? 0) + count;
  }
}

/** One line per place, one column per fault; other places are added up, and what struck no particular slot is listed below. */
export function tableOf(counts: Counts, places: readonly string[]): string {
  const faults = Object.keys(counts).filter((fault) => Object.keys(counts[fault] ?? {}).some((p) => p.includes('→')));
  const other = 'other places';
  const width = Math.max(...places.map((place) => place.length), other.length);
  const line = (name: string, cells: readonly (string | number)[]) =>
    [name.padEnd(width), ...cells.map((cell, i) => String(cell).padStart(faults[i]?.length ?? 0))].join('  ');
  const inPlace = (fault: string, place: string) => counts[fault]?.[place] ?? 0;
  const total = (fault: string) => Object.values(counts[fault] ?? {}).reduce((sum, count) => sum + count, 0);
  const rest = (fault: string) => places.reduce((left, place) => left - inPlace(fault, place), total(fault));
  return [
    line('between', faults),
    ...places.map((place) =>
      line(
        place,
        faults.map((fault) => inPlace(fault, place)),
      ),
    ),
    line(other, faults.map(rest)),
    ...Object.keys(counts).flatMap((fault) => (faults.includes(fault) ? [] : [`${fault}: ${total(fault)}`])),
  ].join('\n');
}
