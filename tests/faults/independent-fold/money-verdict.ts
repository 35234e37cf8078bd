// How the fold judges one record: what is posted and what follows from it, or the word for why not.
import type { Case, Posting } from './money-account.ts';

export type Following = {
  readonly topic: 'payment_transactions' | 'payment_intents' | 'dating_pairs' | 'user_activity';
  readonly key: string;
  readonly event: Readonly<Record<string, unknown>>;
};

/** What an entry says besides its outcome. */
export type About = {
  readonly transactionId?: string;
  readonly originalId?: string;
  /** When it was spent. */
  readonly originalAt?: number;
  readonly stream?: string;
  readonly counterpartyId?: string | null;
  readonly asset?: string;
  readonly amount?: bigint;
  readonly creatorShare?: bigint;
  /** What an answer says besides, of a swipe and of a boost. */
  readonly swipe?: Readonly<Record<string, unknown>>;
  readonly boostUntil?: number;
};

export type Verdict = About & {
  readonly outcome: 'accepted' | 'refused' | 'ignored';
  readonly reason: string | null;
  readonly postings: readonly Posting[];
  readonly following: readonly Following[];
  /** What else changes, once it is booked. */
  readonly effect: () => void;
};

const nothing = { postings: [], following: [], effect: () => {} };

export const refused = (reason: string, about: About = {}): Verdict => ({
  ...nothing,
  ...about,
  outcome: 'refused',
  reason,
});
export const ignored = (reason: string, about: About = {}): Verdict => ({
  ...nothing,
  ...about,
  outcome: 'ignored',
  reason,
});
export const accepted = (
  rest: About & Partial<Pick<Verdict, 'reason' | 'postings' | 'following' | 'effect'>>,
): Verdict => ({
  ...nothing,
  reason: null,
  ...rest,
  outcome: 'accepted',
});

export const inTransit = 'in_transit';

export type Spending = {
  readonly asset: string;
  readonly amount: bigint;
  readonly stream: string;
  readonly payee: string | null;
  readonly share: bigint;
};

/** Of what is spent from `from`: the payee's share on its way, the rest the platform's. */
export function shared(from: string, { asset, amount, stream, share }: Spending): Posting[] {
  return [
    [from, asset, -amount],
    [`platform:${stream}`, asset, amount - share],
    [inTransit, asset, share],
  ];
}

/** The payee is told of the share, and of what it is a share of. */
export function credit(
  { event }: Case,
  transactionId: string,
  { asset, amount, stream, payee, share, kind }: Spending & { readonly kind: string },
): Following[] {
  if (payee === null || share === 0n) return [];
  const { giftType, quantity, videoId, battleId, product } = event as unknown as Readonly<Record<string, unknown>>;
  const told = {
    type: 'credit',
    accountId: payee,
    counterpartyId: event.accountId,
    asset,
    amount: Number(share),
    gross: Number(amount),
    transactionId,
    stream,
    kind,
    giftType: giftType ?? null,
    quantity: quantity ?? null,
    videoId: videoId ?? null,
    battleId: battleId ?? null,
    product: product ?? null,
  };
  return [{ topic: 'payment_transactions', key: payee, event: told }];
}
