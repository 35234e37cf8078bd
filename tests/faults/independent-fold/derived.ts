// Compares a derived topic with what its sources say must be in it: of each lane and target partition the same events, in order, each once.
import { partitionOfKey } from './murmur2.ts';
import { isPast, readOrigin } from './origin.ts';
import type { Derived, RawRecord } from './record.ts';

export type DerivedOutcome = {
  /** Events that took effect, and copies of them that had none. */
  readonly effective: number;
  readonly copies: number;
  readonly differences: readonly string[];
};

type Found = RawRecord<Readonly<Record<string, unknown>>>;

/** @param partitions the records of each partition of the topic @param expected what all lanes must have put there */
export function compareDerived(
  partitions: readonly (readonly Found[])[],
  expected: readonly Derived[],
): DerivedOutcome {
  const lanes = new Set(expected.map(({ lane }) => lane));
  const wanted = new Map<string, Derived[]>();
  for (const event of expected) {
    const name = `${event.lane} into ${partitionOfKey(event.key, partitions.length)}`;
    wanted.set(name, [...(wanted.get(name) ?? []), event]);
  }
  const differences: string[] = [];
  let [effective, copies] = [0, 0];
  partitions.forEach((records, partition) => {
    const firsts = new Map<string, Found[]>();
    const marks = new Map<string, string>();
    for (const record of records) {
      const origin = record.origin === null ? null : readOrigin(record.origin);
      if (!origin || !lanes.has(origin.lane)) continue;
      if (isPast(origin, marks.get(origin.lane))) {
        copies += 1;
        continue;
      }
      marks.set(origin.lane, `${origin.offset}/${origin.index}`);
      firsts.set(origin.lane, [...(firsts.get(origin.lane) ?? []), record]);
    }
    for (const lane of lanes) {
      const [found, must] = [firsts.get(lane) ?? [], wanted.get(`${lane} into ${partition}`) ?? []];
      effective += found.length;
      differences.push(...laneDifferences(`${lane} into ${partition}`, found, must));
    }
  });
  return { effective, copies, differences };
}

function laneDifferences(name: string, found: readonly Found[], must: readonly Derived[]): string[] {
  const differences: string[] = [];
  if (found.length !== must.length)
    differences.push(`${name}: ${found.length} events took effect, ${must.length} should have`);
  for (let i = 0; i < Math.min(found.length, must.length); i++) {
    const [record, event] = [found[i] as Found, must[i] as Derived];
    const isSame = record.key === event.key && record.id === event.id && sameContent(record, event);
    if (!isSame) return [...differences, `${name}: offset ${record.offset} is ${record.origin}, not ${event.id}`];
  }
  return differences;
}

/** Absent and null are the same. */
function sameContent({ content }: Found, { event, isSame }: Derived): boolean {
  if ('unreadable' in content) return false;
  if (isSame) return isSame(content.event);
  const names = new Set([...Object.keys(content.event), ...Object.keys(event)]);
  return [...names].every((name) => (content.event[name] ?? null) === (event[name] ?? null));
}
