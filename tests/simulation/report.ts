// What a run of many seeds says.
import type { Counts } from './coverage.ts';

export type Report = {
  readonly seeds: number;
  readonly failures: readonly { readonly seed: number; readonly failure: string }[];
  readonly counts: Counts;
};
