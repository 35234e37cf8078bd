// What a redrive still has to send to each partition and what of it has not been folded yet. Pure.
import type { Standing, StandingChain } from './chains.ts';

/** A copy in the log, at its offset. */
export type Flying = { readonly chain: StandingChain; readonly offset: number };
export type Lane = { readonly partition: number; rest: StandingChain[]; flying: Flying[]; failedInARow: number };

/** More than twenty dead letters in a row stop a partition: copies that still fail must never be so many. */
export const unfoldedMax = 5;
export const failedInARowMax = 10;

export const isStopped = (lane: Lane): boolean => lane.failedInARow >= failedInARowMax && lane.rest.length > 0;
export const isDone = (lane: Lane): boolean => lane.flying.length === 0 && (lane.rest.length === 0 || isStopped(lane));

/** One lane per partition, each in the order in which the records were skipped. */
export function lanesOf(chains: readonly StandingChain[]): Lane[] {
  const lanes = new Map<number, Lane>();
  for (const chain of [...chains].sort((a, b) => a.root - b.root)) {
    const { partition } = chain;
    const lane = lanes.get(partition) ?? { partition, rest: [], flying: [], failedInARow: 0 };
    lane.rest.push(chain);
    lanes.set(partition, lane);
  }
  return [...lanes.values()];
}

/** Takes the next to be sent: one of each partition in turn, as long as few of it are unfolded. */
export function nextOf(lanes: readonly Lane[], countMax: number): StandingChain[] {
  const next: StandingChain[] = [];
  const taken = new Map<Lane, number>();
  for (let round = 0; round < unfoldedMax; round++) {
    for (const lane of lanes) {
      const count = taken.get(lane) ?? 0;
      if (next.length >= countMax || isStopped(lane) || lane.flying.length + count >= unfoldedMax) continue;
      const chain = lane.rest[count];
      if (!chain) continue;
      next.push(chain);
      taken.set(lane, count + 1);
    }
  }
  for (const [lane, count] of taken) lane.rest = lane.rest.slice(count);
  return next;
}

/** Takes out the copies that the processor has passed: a skip that is still pending then has failed again. */
export function settle(lane: Lane, { offset: next, skips }: Standing): { mended: number; failed: StandingChain[] } {
  const passed = lane.flying.filter(({ offset }) => offset < next);
  lane.flying = lane.flying.filter(({ offset }) => offset >= next);
  const failed: StandingChain[] = [];
  for (const { chain } of passed) {
    if (skips.has(chain.root)) failed.push(chain);
    lane.failedInARow = skips.has(chain.root) ? lane.failedInARow + 1 : 0;
  }
  return { mended: passed.length - failed.length, failed };
}
