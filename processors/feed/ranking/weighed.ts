// An opinion with what is left of it, as interests and ties are made of.
import type { Item } from './item.ts';
import type { Opinion } from './opinion.ts';

/** An opinion about a video that is known, with its weight now. */
export type Weighed = {
  readonly opinion: Opinion;
  readonly videoId: string;
  readonly item: Item;
  readonly weight: number;
  /** What is left of it, 1 for the newest: the strength's part of the weight. */
  readonly fade: number;
};
