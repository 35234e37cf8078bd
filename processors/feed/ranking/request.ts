// What one ranking is about: who asks, when, out of which videos, and what was on earlier pages.
import type { Catalogue } from './catalogue.ts';
import type { Viewer } from './viewer.ts';

export type Request = {
  readonly catalogue: Catalogue;
  readonly viewer: Viewer;
  /** Logical time in ms: of the request when serving, of the log in an evaluation. */
  readonly now: number;
  readonly limit: number;
  /** Ids on earlier pages, in their order. */
  readonly served: ReadonlySet<string>;
};
