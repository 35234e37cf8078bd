// Reads what an operator typed: the variants with their shares in percent. Pure.
import { InvalidArgumentError } from 'commander';
import { bucketCount } from '../../processors/feed/ranking/assignment.ts';
import { isVariantName, variantNames } from '../../processors/feed/ranking/variant-names.ts';
import { idPattern } from '../../schemas/ids.ts';

export type Shares = { readonly variants: readonly string[]; readonly buckets: readonly number[] };

/** As in fixed=50,learned=50; up to two decimals. @throws InvalidArgumentError */
export function parseShares(text: string): Shares {
  const parts = text.split(',').map((part) => /^([\w-]+)=(\d{1,2}(?:\.\d{1,2})?)$/.exec(part.trim()));
  if (parts.includes(null)) throw new InvalidArgumentError('shares look like fixed=50,learned=50, in percent.');
  const variants = parts.map((part) => part?.[1] ?? '');
  const buckets = parts.map((part) => Math.round(Number(part?.[2]) * (bucketCount / 100)));
  const unknown = variants.find((name) => !isVariantName(name));
  if (unknown) throw new InvalidArgumentError(`there is no variant ${unknown}, only ${variantNames.join(', ')}.`);
  if (new Set(variants).size !== variants.length || variants.length < 2)
    throw new InvalidArgumentError('two or more different variants are expected.');
  if (buckets.includes(0)) throw new InvalidArgumentError('every variant needs a share of 0.01 or more.');
  const sum = buckets.reduce((total, each) => total + each, 0);
  if (sum !== bucketCount) throw new InvalidArgumentError(`the shares add up to ${sum / 100}, not to 100.`);
  return { variants, buckets };
}

/** @throws InvalidArgumentError */
export function parseId(text: string): string {
  if (!new RegExp(idPattern).test(text)) throw new InvalidArgumentError('1 to 128 of A-Z a-z 0-9 _ - are expected.');
  return text;
}
