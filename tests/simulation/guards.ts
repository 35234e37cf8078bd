// What the protocol rests on, each of which a test may switch off to see that the simulation finds what it guards against.

export const guardNames = [
  'fencedReads',
  'offsetCompare',
  'watermark',
  'dedup',
  'rowTimestamps',
  'atomicCommit',
  'gapFree',
  'cachePerAssignment',
  'claimsBeforeSkips',
] as const;

export type Guard = (typeof guardNames)[number];
export type Guards = Readonly<Record<Guard, boolean>>;

/** All on, but for one. */
export function guardsWithout(off: Guard | null): Guards {
  return Object.fromEntries(guardNames.map((name) => [name, name !== off])) as Guards;
}
