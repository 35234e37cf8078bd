// What the feed should rank, made from the topics alone: the catalogue of videos and what each user has done, up to given offsets.

import type { Engagement } from '../processors/engagement/domain.ts';
import type { Candidate } from '../processors/feed/domain.ts';
import { Catalogue } from '../processors/feed/ranking/catalogue.ts';
import type { Evidence } from '../processors/feed/ranking/viewer.ts';
import type { History } from '../processors/history/domain.ts';
import { processors } from '../processors/list.ts';
import type { Trending } from '../processors/trending/domain.ts';
import { parseRecent, recentHash } from '../projections/history.ts';
import { userPartition } from '../projections/viewer-evidence.ts';
import { type Recomputed, type RecomputeParts, recomputed } from './recomputed.ts';

/** What the feed reads, and per processor the offsets up to which it was folded. */
export const feedReads = ['feed', 'engagement', 'trending', 'history'] as const;
export type Offsets = Readonly<Record<(typeof feedReads)[number], readonly number[]>>;

export type LoggedWorld = {
  readonly catalogue: Catalogue;
  evidence(userId: string): Evidence;
  userIds(): Iterable<string>;
};

export async function worldFromLog(
  parts: RecomputeParts,
  to: Offsets,
  onRecords?: (count: number) => void,
): Promise<LoggedWorld> {
  const catalogue = new Catalogue();
  const folded = new Map<string, Recomputed[]>();
  for (const slug of feedReads)
    folded.set(slug, await recomputed(parts, processors[slug] as never, to[slug], onRecords));
  eachState<Engagement>(folded.get('engagement'), (id, state, partition) =>
    catalogue.setEngagement(id, state, partition),
  );
  eachState<Candidate>(folded.get('feed'), (id, state, partition) => catalogue.setCandidate(id, state, partition));
  eachState<Trending>(folded.get('trending'), (id, state, partition) => catalogue.setTrending(id, state, partition));
  const userIds = () => (folded.get('history') ?? []).flatMap(({ states }) => [...states.keys()]);
  return { catalogue, userIds, evidence: (userId) => evidenceOf(userId, folded.get('history') ?? []) };
}

function eachState<State>(
  partitions: readonly Recomputed[] = [],
  take: (id: string, state: State, partition: number) => void,
): void {
  for (const [partition, { states }] of partitions.entries())
    for (const [id, state] of states) take(id, state as State, partition);
}

function evidenceOf(userId: string, partitions: readonly Recomputed[]): Evidence {
  const partition = userPartition(userId);
  const { states, fields } = partitions[partition] ?? { states: new Map(), fields: new Map() };
  const values = [...(fields.get(recentHash(userId))?.values() ?? [])].filter((value) => value !== null);
  const history = (states.get(userId) as History | undefined) ?? null;
  return { userId, partition, history, interactions: values.map(parseRecent) };
}
