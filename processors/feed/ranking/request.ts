// What one ranking is about: who asks, when, out of which videos, and what was on earlier pages.
import type { Catalogue } from './catalogue.ts';
import type { Item } from './item.ts';
import type { Strongest } from './scorers/content-similarity.ts';
import { referenceKey } from './scorers/trending.ts';
import type { Viewer } from './viewer.ts';

export type Query = {
  readonly catalogue: Catalogue;
  readonly viewer: Viewer;
  /** Logical time in ms: of the request when serving, of the log in an evaluation. */
  readonly now: number;
  readonly limit: number;
  /** Ids on earlier pages, in their order. */
  readonly served: ReadonlySet<string>;
};

export type Request = Query & {
  /** Key of the video that the others' trending is measured by. */
  readonly trendingReference: number;
  /** What speaks most for a video, once it has been looked for. */
  readonly remembered: Map<Item, readonly Strongest[]>;
};

export const requestOf = (query: Query): Request => ({
  ...query,
  trendingReference: referenceKey(query.catalogue),
  remembered: new Map(),
});
