// What a scorer is: one factor's value for a video, and the same value with its inputs, evidence and sentence.
import type { Item, Position } from '../item.ts';
import type { Request } from '../request.ts';
import type { FactorName } from '../weights.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type Inputs = { readonly [name: string]: Json };

export type Finding = {
  /** In [0, 1]. */
  readonly value: number;
  /** The figures it was computed from. */
  readonly inputs: Inputs;
  /** How much evidence stands behind the value, in [0, 1]. */
  readonly certainty: number;
  /** The events that moved it most. */
  readonly evidence: readonly Position[];
  /** In plain words with figures from the inputs; null where there is nothing to say in its favour. */
  readonly sentence: string | null;
};

export type Scorer = {
  readonly name: FactorName;
  /** The value alone, for all that may come onto the page. */
  value(item: Item, request: Request): number;
  /** The same value with all that explains it, for what is on the page. */
  explain(item: Item, request: Request): Finding;
};

/** Certainty from a count of observations: half at `half` of them. */
export const certaintyOf = (count: number, half: number): number => count / (count + half);

export const percent = (part: number): number => Math.round(part * 100);
