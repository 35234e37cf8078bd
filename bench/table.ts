// Figures as people read them: a table, a median, a percentile, the exponent of a growth.
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |\n`;
  return (
    line(head) +
    line(widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))) +
    rows.map(line).join('')
  );
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** Of cost = a × size^exponent, the exponent that fits best (least squares of the logarithms); 0 does not grow, 1 grows as the size. */
export function exponentOf(points: readonly (readonly [size: number, cost: number])[]): number {
  const logs = points.map(([size, cost]) => [Math.log(size), Math.log(cost)] as const);
  const mean = (at: 0 | 1) => logs.reduce((sum, pair) => sum + pair[at], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const across = logs.reduce((sum, [size, cost]) => sum + (size - x) * (cost - y), 0);
  return across / logs.reduce((sum, [size]) => sum + (size - x) ** 2, 0);
}
/** Median, least and largest as whole numbers. */
export const spreadOf = (values: readonly number[]): string[] =>
  [median(values), Math.min(...values), Math.max(...values)].map((n) => Math.round(n).toLocaleString('en'));
