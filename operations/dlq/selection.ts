// Which dead letters an operator means: those named one by one, or all of a processor or cause that wait. Pure.
import { blanked } from './causes.ts';
import { type Chain, latestOf, type StandingChain } from './chains.ts';

/** One skipped record: processor, partition and offset of its input. */
export type Place = { readonly processor: string; readonly partition: number; readonly offset: number };

export type Filter = { readonly processor?: string; readonly cause?: string };
export type Selection = { readonly places: readonly Place[]; readonly filter: Filter; readonly quarantined: boolean };

export const formatPlace = ({ processor, partition, offset }: Place): string => `${processor}:${partition}:${offset}`;
export const placeOf = ({ processor, partition, root }: Chain): Place => ({ processor, partition, offset: root });

/** `history:3:17`, or null. */
export function parsePlace(text: string): Place | null {
  const found = /^([a-z][a-z_-]*):(\d{1,4}):(\d{1,15})$/.exec(text);
  if (!found) return null;
  const [, processor = '', partition, offset] = found;
  return { processor, partition: Number(partition), offset: Number(offset) };
}

/** The chain that the record at this place belongs to, as its first or as a copy. */
export function chainAt<C extends Chain>(chains: readonly C[], { processor, partition, offset }: Place): C | undefined {
  return chains.find(
    (chain) =>
      chain.processor === processor &&
      chain.partition === partition &&
      chain.letters.some((letter) => letter.offset === offset),
  );
}

/** The text stands in the cause, as it was written or as it is grouped; upper and lower case are the same. */
export function matches(chain: Chain, { processor, cause }: Filter): boolean {
  if (processor !== undefined && chain.processor !== processor) return false;
  if (cause === undefined) return true;
  const wanted = cause.toLowerCase();
  const latest = latestOf(chain).cause;
  return latest.toLowerCase().includes(wanted) || blanked(latest).toLowerCase().includes(wanted);
}

/** What a redrive sends: never what is mended; what is quarantined only by name or on request. */
export function selected(
  chains: readonly StandingChain[],
  { places, filter, quarantined }: Selection,
): { chosen: StandingChain[]; unknown: Place[]; mended: Place[]; heldBack: number } {
  if (places.length === 0) {
    const open = chains.filter((chain) => chain.status !== 'mended' && matches(chain, filter));
    const chosen = open.filter(({ status }) => quarantined || status === 'pending');
    return { chosen, unknown: [], mended: [], heldBack: open.length - chosen.length };
  }
  const named = places.map((place) => [place, chainAt(chains, place)] as const);
  const found = new Set(named.flatMap(([, chain]) => (chain && chain.status !== 'mended' ? [chain] : [])));
  return {
    chosen: [...found],
    unknown: named.flatMap(([place, chain]) => (chain ? [] : [place])),
    mended: named.flatMap(([place, chain]) => (chain?.status === 'mended' ? [place] : [])),
    heldBack: 0,
  };
}
