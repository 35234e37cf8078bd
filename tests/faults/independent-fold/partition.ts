// Folds one partition record by record: what repeats is passed over, what can never be read is skipped, the rest counts once.
import type { Control } from './control.ts';
import { idOf, isPast, type Place as Origin, readOrigin } from './origin.ts';
import { type Envelope, Kept, type Place, type RawRecord, type Reading } from './record.ts';

const dayMs = 86_400_000;
const seenMax = 10_000;
const aheadMsMax = 300_000;
const nameLengthMax = 1_024;

export function foldPartition<Event extends Envelope>(
  reading: Reading<Event>,
  records: readonly RawRecord<Event>[],
  control: Control,
): Kept {
  const kept = new Kept();
  for (const record of records) {
    if (record.offset !== kept.next) kept.complaints.push(`a gap before offset ${record.offset}`);
    takeRecord({ reading, kept, control }, record);
    kept.next = record.offset + 1;
    kept.last = { id: nameOf(record), time: record.time };
  }
  const known = new Set(records.map(({ offset }) => offset));
  for (const offset of control.skips)
    if (!known.has(offset)) kept.complaints.push(`a dead letter about offset ${offset}, which is not there`);
  return kept;
}

type Fold<Event> = { readonly reading: Reading<Event>; readonly kept: Kept; readonly control: Control };

const nameOf = ({ id, partition, offset }: RawRecord<unknown>) => id ?? `at-${partition}-${offset}`;

function takeRecord<Event extends Envelope>(fold: Fold<Event>, record: RawRecord<Event>): void {
  const { kept, control } = fold;
  const origin = record.origin === null ? null : readOrigin(record.origin);
  if (isPassedOver(fold, record, origin)) return;
  const isLettered = control.skips.has(record.offset);
  const why = whyNever(fold.reading.topic, record, origin);
  if (isLettered !== (why !== null))
    kept.complaints.push(
      `offset ${record.offset} ${why === null ? 'was skipped but can be read' : `is not skipped: ${why}`}`,
    );
  if (origin && record.redrive === null) kept.marks.set(origin.lane, `${origin.offset}/${origin.index}`);
  if (why === null) count(fold, record);
  else {
    kept.pending.set(record.offset, nameOf(record));
    kept.counts.skipped += 1;
  }
}

/** Headers alone decide: a redriven copy of another's or of what is mended, a copy of an origin, or an id seen today. */
function isPassedOver<Event>({ reading, kept }: Fold<Event>, record: RawRecord<Event>, origin: Origin | null): boolean {
  if (record.redrive !== null) {
    const [processor, offset] = record.redrive.split('/');
    const isWanted = processor === reading.processor && kept.pending.has(Number(offset));
    if (!isWanted) kept.counts.foreign += 1;
    return !isWanted;
  }
  if (record.origin !== null) {
    const isCopy = origin !== null && isPast(origin, kept.marks.get(origin.lane));
    if (isCopy) kept.counts.copies += 1;
    return isCopy;
  }
  if (!reading.arrivesFirst) return false;
  const name = nameOf(record);
  const before = kept.seen.get(record.key)?.findLast(({ id }) => id === name);
  const isRepeated = before !== undefined && record.time - before.time < dayMs;
  if (isRepeated) kept.counts.repeated += 1;
  return isRepeated;
}

/** Why nobody can ever fold a record; null if it can be folded. */
function whyNever<Event extends Envelope>(
  topic: string,
  record: RawRecord<Event>,
  origin: Origin | null,
): string | null {
  if (record.redrive === null && record.origin !== null && !origin) return 'its origin cannot be read';
  if ('unreadable' in record.content) return record.content.unreadable;
  const { eventId, occurredAt } = record.content.event;
  if (record.key.length > nameLengthMax || eventId.length > nameLengthMax) return 'its name is too long';
  const mayBeDatedAtWill = topic === 'payment_transactions' || origin !== null;
  if (occurredAt > record.time + aheadMsMax && !mayBeDatedAtWill) return 'it is dated too far ahead';
  return null;
}

function count<Event extends Envelope>({ reading, kept }: Fold<Event>, record: RawRecord<Event>): void {
  if ('unreadable' in record.content) return;
  const { event } = record.content;
  const { key, partition, offset, time } = record;
  const name = nameOf(record);
  const now = event.source === 'import' ? Math.min(event.occurredAt, time) : time;
  const place = { key, partition, offset, now, record: { time, id: name, digest: record.digest ?? '' } };
  reading.take(kept, event, place);
  derive(reading, kept, event, place);
  if (reading.arrivesFirst && record.origin === null)
    kept.seen.set(key, [...(kept.seen.get(key) ?? []), { id: name, time }].slice(-seenMax));
  for (const [skipped, id] of kept.pending) {
    if (id !== name) continue;
    kept.pending.delete(skipped);
    kept.counts.mended += 1;
  }
  kept.effects.set(name, (kept.effects.get(name) ?? 0) + 1);
  kept.counts.folded += 1;
}

/** A derived event keeps its cause's envelope, but for its id and origin, which its place makes. */
function derive<Event extends Envelope>(reading: Reading<Event>, kept: Kept, event: Event, place: Place): void {
  const { occurredAt, actorId, correlationId, source } = event;
  const lane = `${reading.processor}/${reading.topic}/${place.partition}`;
  reading.derive(event, place, kept).forEach((made, index) => {
    const id = idOf({ lane, offset: place.offset, index }, place.now);
    const origin = `${lane}/${place.offset}/${index}`;
    const envelope = { eventId: id, occurredAt, actorId, correlationId, source, ruleSet: 0, origin };
    kept.derived.push({ ...made, id, lane, offset: place.offset, index, event: { ...envelope, ...made.event } });
  });
}
