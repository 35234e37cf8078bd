// What a ranker is: the weights of the six factors and the values of the five that do not depend on the page.
import type { Item } from '../item.ts';
import type { Request } from '../request.ts';
import type { Finding, Inputs } from '../scorers/scorer.ts';
import type { VariantName } from '../variant-names.ts';
import type { FactorName, Weights } from '../weights.ts';

/** A factor's value in [0, 1], and what it was computed from beside the scorer's own inputs. */
export type Valued = { readonly value: number; readonly inputs: Inputs };
export type PagelessFactor = Exclude<FactorName, 'diversity'>;

export type Ranker = {
  readonly name: VariantName;
  /** Together 1. */
  readonly weights: Weights;
  /** So many videos are scored at most, those that the document's ranker puts first: for a ranker whose score costs much. */
  readonly scoredMax?: number;
  /** Weighted sum of the five factors, in the order of `factorNames`. */
  base(item: Item, request: Request): number;
  /** The same five values, each with what explains it. */
  values(
    item: Item,
    request: Request,
    findings: Readonly<Record<PagelessFactor, Finding>>,
  ): Record<PagelessFactor, Valued>;
};
