// Why a video is not in somebody's feed: every filter's reason, or its place among the videos considered, and its scores.
import { type Factor, pagelessFactors } from './explain.ts';
import type { Reason } from './filters/filter.ts';
import { refusalsOf } from './filters/list.ts';
import { poolOf } from './pool.ts';
import type { PagelessFactor } from './rankers/ranker.ts';
import { type Query, type Request, requestOf } from './request.ts';

export type WhyNot = {
  readonly refusals: readonly Reason[];
  /** Place by the factors that do not depend on the page, 1 for the best; null where it is not among those considered. */
  readonly rank: number | null;
  readonly considered: number;
  readonly proposed_by: readonly string[];
  /** The same factors, of the user's variant, and their sum. */
  readonly factors: Readonly<Record<PagelessFactor, Factor>>;
  readonly base_score: number;
  readonly sentence: string;
};

/** @returns null for a video that is not known */
export function whyNot(query: Query, videoId: string): WhyNot | null {
  const item = query.catalogue.get(videoId);
  if (!item) return null;
  const request = requestOf(query);
  const { entries } = poolOf(request);
  const at = entries.placeOf(item);
  const factors = pagelessFactors(item, request);
  const refusals = refusalsOf(item, request);
  const rank = at < 0 ? null : at + 1;
  return {
    refusals,
    rank,
    considered: entries.length,
    proposed_by: entries.at(at)?.from ?? [],
    factors,
    base_score: Object.values(factors).reduce((sum, { contribution }) => sum + contribution, 0),
    sentence: sentenceOf(refusals, rank, request, entries.length),
  };
}

const inWords: Readonly<Record<Reason, string>> = {
  processing: 'it is still being processed',
  not_yet_published: 'it is dated in the future',
  moderated: 'it was taken down by moderation',
  removed: 'it was removed by its creator',
  own: 'it is the viewer’s own',
  blocked: 'the viewer has blocked its creator',
  reported: 'the viewer has reported its creator',
  on_an_earlier_page: 'it was on an earlier page',
  not_interested: 'the viewer is not interested in it',
  creator_not_interested: 'the viewer is not interested in its creator',
  topic_not_interested: 'a part of its topic is held back, as the viewer wants less of it',
  creator_often_skipped: 'a part of its creator’s videos is held back, as the viewer often skips them',
  seen: 'the viewer has seen it',
};

function sentenceOf(refusals: readonly Reason[], rank: number | null, { limit }: Request, considered: number): string {
  if (refusals.length > 0) return `Kept out: ${refusals.map((reason) => inWords[reason]).join('; ')}`;
  if (rank === null) return `Nothing keeps it out, but no source proposes it: ${considered} others come first`;
  if (rank <= limit) return `Nothing keeps it out: it is at place ${rank} of ${considered} before diversity is weighed`;
  return `Nothing keeps it out, but it is at place ${rank} of ${considered}, after the first ${limit}`;
}
