// One video as the ranking sees it: its latest states, where in the log they stand, and what was precomputed from them.
import type { TopicName } from '../../../schemas/topics.ts';
import type { Engagement } from '../../engagement/domain.ts';
import type { Trending, Window } from '../../trending/domain.ts';
import type { Candidate } from '../domain.ts';

/** An event in the log. */
export type Position = { readonly topic: TopicName; readonly partition: number; readonly offset: number };

/** A state and the partition it was folded in. */
export type Placed<State> = { readonly state: State; readonly partition: number };

/** Per window, what orders videos by decayed rate at every time; -Infinity without a rate. */
export type TrendKeys = Readonly<Record<Window, number>>;

export type Item = {
  readonly index: number;
  /** The creator's number in the catalogue. */
  creator: number;
  readonly id: string;
  candidate: Placed<Candidate>;
  engagement: Placed<Engagement> | null;
  trending: Placed<Trending> | null;
  /** Copied out of the candidate, as every ranking reads them of many videos. */
  creatorId: string;
  category: string;
  publishedAt: number;
  durationMs: number;
  halfLifeMs: number;
  /** Numbers of the category and the tags in the vocabulary. */
  tokens: readonly number[];
  /** Listed for the sources: published now. */
  live: boolean;
  /** The engagement factor, which depends on nothing but the video. */
  engagementValue: number;
  trendKeys: TrendKeys;
};

/** Ties are broken by id, never by the order of arrival, so that every instance answers the same. */
export const byId = (a: Item, b: Item): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
