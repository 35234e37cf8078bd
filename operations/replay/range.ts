// Turns --from and --to into offsets of each partition, and refuses an end that the log has not reached: it would not stay the same.
import { setTimeout as pause } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import type { OffsetRange } from '../topic-reader.ts';
import { formatPlace, InvalidPlace, type Place } from './place.ts';

/** `low` is the first offset that the log holds. */
export type ReplayRange = OffsetRange & { readonly low: number };

export type Window = { readonly from: Place | null; readonly to: Place };

/** A record can have got its append time so long before it can be read. */
const settleMs = 1_000;

/** @param topic physical name @throws InvalidPlace */
export async function resolveRanges(
  admin: Pick<Admin, 'fetchTopicOffsets' | 'fetchTopicOffsetsByTimestamp'>,
  topic: string,
  { from, to }: Window,
): Promise<ReplayRange[]> {
  if (to.kind === 'time') await settled(to.ms);
  const logs = (await admin.fetchTopicOffsets(topic))
    .map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) }))
    .sort((a, b) => a.partition - b.partition);
  const named = [from, to].flatMap((place) => (place?.kind === 'offset' ? (place.partition ?? []) : []));
  const unknown = named.find((partition) => !logs.some((log) => log.partition === partition));
  if (unknown !== undefined) throw new InvalidPlace(`there is no partition ${unknown}: ${logs.length} partitions`);
  const froms = await offsetsAt(admin, topic, from);
  const tos = await offsetsAt(admin, topic, to);
  return logs
    .filter(({ partition }) => named.every((only) => only === partition))
    .map(({ partition, low, high }) => {
      const end = tos(partition, low);
      if (end > high) {
        throw new InvalidPlace(
          `--to ${formatPlace(to)}: partition ${partition} ends at ${high} as yet, so the same arguments would not give the same file`,
        );
      }
      const first = Math.max(low, froms(partition, low));
      return { partition, low, from: first, to: Math.max(first, end) };
    });
}

async function settled(toMs: number): Promise<void> {
  const aheadMs = toMs - Date.now();
  if (aheadMs > 0) {
    throw new InvalidPlace(
      `--to ${new Date(toMs).toISOString()} is in the future, so the same arguments would not give the same file`,
    );
  }
  if (aheadMs + settleMs > 0) await pause(aheadMs + settleMs);
}

/** The offset of a place in each partition; `otherwise` where the place does not say. */
async function offsetsAt(
  admin: Pick<Admin, 'fetchTopicOffsetsByTimestamp'>,
  topic: string,
  place: Place | null,
): Promise<(partition: number, otherwise: number) => number> {
  if (!place) return (_partition, otherwise) => otherwise;
  if (place.kind === 'offset') {
    return (partition, otherwise) => ((place.partition ?? partition) === partition ? place.offset : otherwise);
  }
  // The first record at or after that time; where there is none, the end.
  const found = await admin.fetchTopicOffsetsByTimestamp(topic, place.ms);
  const offsets = new Map(found.map(({ partition, offset }) => [partition, Number(offset)]));
  return (partition, otherwise) => offsets.get(partition) ?? otherwise;
}

/** The clock of a broker can step back, so that a range of offsets holds records of another time. */
export function isWithin({ from, to }: Window, timeMs: number): boolean {
  return (from?.kind !== 'time' || timeMs >= from.ms) && (to.kind !== 'time' || timeMs < to.ms);
}
