// What one ranking is about: who asks, when, out of which videos, and what was on earlier pages.
import { affinitiesOf } from './affinities.ts';
import type { Catalogue } from './catalogue.ts';
import type { Item } from './item.ts';
import { type Profile, profileOf } from './learned/profile.ts';
import type { PublishedModel } from './published-model.ts';
import type { VariantName } from './variant-names.ts';
import type { Viewer, Weighed } from './viewer.ts';
import type { Weights } from './weights.ts';

export type Query = {
  readonly catalogue: Catalogue;
  readonly viewer: Viewer;
  /** Logical time in ms: of the request when serving, of the log in an evaluation. */
  readonly now: number;
  readonly limit: number;
  /** Ids on earlier pages, in their order. */
  readonly served: ReadonlySet<string>;
  /** `fixed` if absent; `learned` is `fixed`, too, while there is no model. */
  readonly variant?: VariantName;
  /** Weights that are tried in a backtest, instead of any variant's. */
  readonly weights?: Weights;
  /** What was learned from the topics so far; the item-to-item part serves every variant. */
  readonly published?: PublishedModel | null;
};

/** The factor content_similarity of a video, and what it is made of; `together` is null where nothing is known. */
export type Similarity = { readonly value: number; readonly interests: number; readonly together: number | null };

/** An opinion that speaks for a video, and its part in the similarity. */
export type Strongest = { readonly opinion: Weighed; readonly part: number };

export type Request = Query & {
  /** What the model has to say of this viewer; null without a model. */
  readonly profile: Profile | null;
  /** Key of the trending leader, whom the others are measured by; -Infinity while nothing has a rate. */
  readonly trendingReference: number;
  /** By creator's number the factor creator_affinity of their videos, where it is not 0. */
  readonly affinities: ReadonlyMap<number, number>;
  /** What speaks most for a video, once it has been looked for. */
  readonly remembered: Map<Item, readonly Strongest[]>;
  /** Sources and scorers ask for it of the same videos. */
  readonly similarities: Map<Item, Similarity>;
};

/** @param profile where it is at hand already */
export const requestOf = (query: Query, profile = profileIn(query)): Request => ({
  ...query,
  profile,
  trendingReference: query.catalogue.trending.order()[0]?.trendKeys.day ?? Number.NEGATIVE_INFINITY,
  affinities: affinitiesOf(query.viewer, query.catalogue),
  remembered: new Map(),
  similarities: new Map(),
});

function profileIn({ viewer, catalogue, published }: Query): Profile | null {
  return published ? profileOf(viewer, catalogue, published.model) : null;
}
