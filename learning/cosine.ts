// Item-to-item similarity by who watched both, and by who watched one soon after the other.

/**
 * Cosine with shrinkage: users of both / (√(users of one × users of the other) + shrinkage), see Sarwar et al. (2001),
 * "Item-based collaborative filtering".
 */
export function cosineOf(rows: readonly Int32Array[], columns: number, shrinkage: number): Float32Array[] {
  const together = Array.from({ length: columns }, () => new Float32Array(columns));
  for (const row of rows) {
    for (const a of row) {
      const counts = together[a] as Float32Array;
      for (const b of row) counts[b] = (counts[b] as number) + 1;
    }
  }
  return scaled(together, (column) => together[column]?.[column] ?? 0, shrinkage);
}

/** The same for what came within `reach` videos after another, counting less the further: per column what leads to it. */
export function sequenceOf(
  rows: readonly Int32Array[],
  columns: number,
  { reach, decay, shrinkage }: { readonly reach: number; readonly decay: number; readonly shrinkage: number },
): Float32Array[] {
  const after = Array.from({ length: columns }, () => new Float32Array(columns));
  const users = new Float64Array(columns);
  for (const row of rows) {
    row.forEach((column, place) => {
      users[column] = (users[column] as number) + 1;
      const counts = after[column] as Float32Array;
      for (let back = 1; back <= Math.min(reach, place); back++) {
        const before = row[place - back] as number;
        counts[before] = (counts[before] as number) + decay ** (back - 1);
      }
    });
  }
  return scaled(after, (column) => users[column] as number, shrinkage);
}

function scaled(counts: Float32Array[], usersOf: (column: number) => number, shrinkage: number): Float32Array[] {
  const users = counts.map((_, column) => usersOf(column));
  counts.forEach((row, a) => {
    for (let b = 0; b < row.length; b++) {
      row[b] = (row[b] as number) / (Math.sqrt((users[a] as number) * (users[b] as number)) + shrinkage);
    }
    row[a] = 0;
  });
  return counts;
}
