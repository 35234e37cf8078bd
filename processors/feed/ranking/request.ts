// What one ranking is about: who asks, when, out of which videos, and what was on earlier pages.
import { affinitiesOf } from './affinities.ts';
import type { Catalogue } from './catalogue.ts';
import type { Item } from './item.ts';
import { type Profile, profileOf } from './learned/profile.ts';
import type { Numbered } from './numbered.ts';
import type { PublishedModel } from './published-model.ts';
import type { VariantName } from './variant-names.ts';
import type { Viewer, Weighed } from './viewer.ts';
import type { TokenLists } from './vocabulary.ts';
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

/** One of the viewer's videos that others watched together with a video, and its part of the similarity by that. */
export type Because = { readonly videoId: string; readonly part: number };

/** What the explanations of a page share, once it has been asked for. */
export type Remembered = {
  /** What speaks most for a video. */
  readonly strongest: Map<Item, readonly Strongest[]>;
  /** Of the videos of the viewer's opinions, and how many of them have any. */
  tokens: TokenLists | null;
  known: number | null;
};

export type Request = Query & {
  /** What the model has to say of this viewer; null without a model. */
  readonly profile: Profile | null;
  /** Key of the trending leader, whom the others are measured by; -Infinity while nothing has a rate. */
  readonly trendingReference: number;
  /** By creator's number the factor creator_affinity of their videos, where it is not 0. */
  readonly affinities: Numbered;
  readonly remembered: Remembered;
};

/** @param known what is at hand already */
export const requestOf = (query: Query, known: Partial<Pick<Request, 'profile' | 'affinities'>> = {}): Request => ({
  ...query,
  profile: known.profile ?? profileIn(query),
  trendingReference: query.catalogue.trending.order()[0]?.trendKeys.day ?? Number.NEGATIVE_INFINITY,
  affinities: known.affinities ?? affinitiesOf(query.viewer, query.catalogue),
  remembered: { strongest: new Map(), tokens: null, known: null },
});

function profileIn({ viewer, catalogue, published }: Query): Profile | null {
  return published ? profileOf(viewer, catalogue, published.model) : null;
}
