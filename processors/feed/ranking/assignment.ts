// Which variant a user gets under an experiment: a stable hash puts users into 10,000 buckets, shares divide the buckets. Pure.
import { stableHash } from './stable-hash.ts';

export const bucketCount = 10_000;

/** How an experiment divides the users. `buckets` are in the order of `variants` and add up to 10,000. */
export type Division = {
  readonly salt: string;
  readonly variants: readonly string[];
  readonly buckets: readonly number[];
};

/** 0 to 9,999. The salt comes first and last, so that it goes through the whole mixing of the hash. */
export function bucketOf(salt: string, userId: string): number {
  return stableHash(`${salt}/${userId}/${salt}`) % bucketCount;
}

/** The same for a user on every instance and for ever, as it depends on nothing but the experiment's record. */
export function assignedVariant({ salt, variants, buckets }: Division, userId: string): string {
  const bucket = bucketOf(salt, userId);
  let end = 0;
  for (let i = 0; i < variants.length; i++) {
    end += buckets[i] ?? 0;
    if (bucket < end) return variants[i] as string;
  }
  throw new RangeError(`the shares of the variants end at bucket ${end} of ${bucketCount}`);
}
