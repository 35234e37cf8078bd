// What an entry earned, by stream and asset: the whole line, and the creator's part of it. Negative where it was taken back.
import type { LedgerEntry } from '../../schemas/generated.ts';

/** Decimal texts. */
export type Revenue = {
  readonly stream: string;
  readonly asset: string;
  readonly amount: string;
  readonly creatorAmount: string;
};

export type Triple = readonly [account: string, asset: string, amount: string];

/** Postings or balances of an entry. */
export const triples = (json: string): readonly Triple[] => JSON.parse(json) as readonly Triple[];

/** A credit or debit only moves on what its payer's entry has counted. Coins sold are no revenue before they are spent; plans are. */
export function revenueOf({ outcome, kind, stream, postings }: LedgerEntry): Revenue | null {
  if (outcome !== 'accepted' || stream === null || kind === 'credit' || kind === 'debit') return null;
  const platform = `platform:${stream}`;
  let asset: string | null = null;
  let [whole, creator] = [0n, 0n];
  for (const [account, of, amount] of triples(postings)) {
    const isCreators =
      account === 'in_transit' || account.startsWith('creator:') || account.startsWith('creator_debt:');
    if (!isCreators && account !== platform) continue;
    asset = of;
    whole += BigInt(amount);
    if (isCreators) creator += BigInt(amount);
  }
  return asset === null ? null : { stream, asset, amount: whole.toString(), creatorAmount: creator.toString() };
}

export function sumOf(before: Revenue | undefined, change: Revenue): Revenue {
  if (!before) return change;
  const amount = BigInt(before.amount) + BigInt(change.amount);
  const creatorAmount = BigInt(before.creatorAmount) + BigInt(change.creatorAmount);
  return { ...change, amount: amount.toString(), creatorAmount: creatorAmount.toString() };
}
