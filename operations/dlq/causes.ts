// Groups dead letters by processor and cause, with numbers and ids blanked so that similar causes are one. Pure.
import { latestOf, type StandingChain, type Status } from './chains.ts';

export type CauseGroup = {
  readonly processor: string;
  readonly cause: string;
  readonly records: number;
  readonly pending: number;
  readonly quarantined: number;
  readonly mended: number;
  /** When the first and the latest of their dead letters were written, in ms. */
  readonly firstAt: number;
  readonly lastAt: number;
};

const blanks: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, '<id>'],
  // A long word of letters and digits is an id, however it is made.
  [/\b(?=[\w-]*\d)(?=[\w-]*[a-z])\w[\w-]{19,}\b/gi, '<id>'],
  [/\b0x[0-9a-f]+\b/gi, '#'],
  [/(?<!\w)-?\d+(?:\.\d+)?|\d+(?:\.\d+)?/g, '#'],
];

/** The cause without what differs from record to record. */
export function blanked(cause: string): string {
  return blanks.reduce((text, [what, blank]) => text.replace(what, blank), cause);
}

/** By processor and cause; what still needs someone comes first. */
export function groupsOf(chains: Iterable<StandingChain>): CauseGroup[] {
  const groups = new Map<string, CauseGroup & { [status in Status]: number }>();
  for (const chain of chains) {
    const { cause: latest, at } = latestOf(chain);
    const cause = blanked(latest);
    const name = `${chain.processor} ${cause}`;
    const { processor, letters, status } = chain;
    const none = { records: 0, pending: 0, quarantined: 0, mended: 0, firstAt: Number.POSITIVE_INFINITY, lastAt: 0 };
    const group = groups.get(name) ?? { processor, cause, ...none };
    groups.set(name, {
      ...group,
      records: group.records + 1,
      [status]: group[status] + 1,
      firstAt: Math.min(group.firstAt, letters[0].at),
      lastAt: Math.max(group.lastAt, at),
    });
  }
  const open = ({ pending, quarantined }: CauseGroup) => pending + quarantined;
  return [...groups.values()].sort((a, b) => open(b) - open(a) || b.records - a.records || b.lastAt - a.lastAt);
}
