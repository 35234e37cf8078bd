// The table at the end of a run: each kind of fault, how often, and how long the platform took to be well again.
import { faultKinds } from './plan.ts';
import type { SeedOutcome } from './seed-run.ts';

const inSeconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

function median(sorted: readonly number[]): number {
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

export function reportOf(outcomes: readonly SeedOutcome[]): string[] {
  const rows = faultKinds.flatMap((kind) => {
    const times = outcomes.flatMap(({ recoveries }) =>
      recoveries.filter((one) => one.kind === kind).map(({ ms }) => ms),
    );
    if (times.length === 0) return [];
    const sorted = times.sort((a, b) => a - b);
    return [[kind, String(times.length), inSeconds(median(sorted)), inSeconds(sorted.at(-1) ?? 0)]];
  });
  const failed = outcomes.filter(({ failures }) => failures.length > 0);
  const verdict =
    failed.length === 0
      ? `passed: ${outcomes.length} of ${outcomes.length} seeds`
      : `FAILED: seeds ${failed.map(({ seed }) => seed).join(', ')}; passed ${outcomes.length - failed.length} of ${outcomes.length}`;
  return [...aligned([['fault', 'times', 'recovery, median', 'longest'], ...rows]), verdict];
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
