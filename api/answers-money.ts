// The shapes of answers about money, as those in answers.ts.
import { flag, listOf, number, shape, text, textOrNull, time, timeOrNull, whole } from './answers.ts';

const wholeOrNull = { type: ['integer', 'null'] } as const;
const byAsset = { type: 'object', additionalProperties: whole, description: 'COIN, CREDIT and USD (cents), where any' };
const token = { ...text, description: 'for reads that must see it' };
const shares = { creator_share: whole, platform_share: { ...whole, description: 'what the creator does not get' } };
const decided = { success: { const: true }, transaction_id: text, token };

export const spent = shape({
  ...decided,
  coins_spent: whole,
  ...shares,
  balance: { ...whole, description: 'coins left' },
});
export const subscribed = shape({
  ...decided,
  subscription_id: textOrNull,
  tier: wholeOrNull,
  next_tier: { ...wholeOrNull, description: 'what is charged when it is renewed' },
  renews_at: timeOrNull,
  status: textOrNull,
  cancelled: flag,
  credits_spent: whole,
  ...shares,
  balance: { ...whole, description: 'credits left' },
});
export const planCancelled = shape({ ...decided, cancelled: { type: 'boolean' } });
export const payoutHeld = shape({
  ...decided,
  payout_id: text,
  status: { const: 'held' },
  asset: textOrNull,
  amount: whole,
});
export const payout = shape({
  payout_id: text,
  creator_id: text,
  asset: textOrNull,
  amount: whole,
  status: { type: 'string', enum: ['held', 'settled', 'failed'], description: 'failed: it is back in the balance' },
  reason: { ...textOrNull, description: 'why it failed, as its provider said' },
  requested_at: time,
  ended_at: timeOrNull,
  token,
});

export const wallet = shape({
  user_id: text,
  coins: whole,
  credits: whole,
  held: byAsset,
  debts: { ...byAsset, description: 'owed after a refund of what was spent already; later purchases settle them' },
  earnings: { ...byAsset, description: 'that can be paid out' },
  earnings_debts: byAsset,
  as_of: { ...textOrNull, description: 'the position of the last record in it' },
  as_of_time: timeOrNull,
});

const posting = shape({ account: text, asset: text, amount: whole });
export const statement = shape({
  user_id: text,
  entries: listOf(
    shape({
      time,
      token: { ...text, description: 'of the event that the line is about' },
      kind: text,
      outcome: { type: 'string', enum: ['accepted', 'refused', 'repeated', 'misused', 'ignored'] },
      reason: {
        ...textOrNull,
        description: 'why it was refused or ignored; of a payout that failed, what its provider said',
      },
      asset: textOrNull,
      amount: wholeOrNull,
      gross: { ...wholeOrNull, description: 'of a credit: the whole that its amount is a share of' },
      counterparty_id: textOrNull,
      transaction_id: text,
      original_id: textOrNull,
      postings: { ...listOf(posting), description: 'per asset they add up to zero' },
      balances: { ...listOf(posting), description: 'of this person, after it' },
      hash: text,
    }),
  ),
  next_cursor: textOrNull,
});

export const earnings = shape({
  creator_id: text,
  streams: listOf(shape({ stream: text, asset: text, earned: whole })),
  available: byAsset,
  held: byAsset,
  debts: byAsset,
});

export const subscriptions = shape({
  user_id: text,
  plan: {
    anyOf: [shape({ name: text, product: text, until: time, cancelled: flag }), { type: 'null' }],
  },
  subscriptions: listOf(
    shape({
      creator_id: text,
      subscription_id: text,
      tier: whole,
      next_tier: whole,
      since: time,
      renews_at: time,
      status: text,
      cancelled: flag,
    }),
  ),
  unlocks: listOf(shape({ item: text, transaction_id: text })),
});

export const products = shape({
  rule_set: whole,
  products: listOf(
    shape({
      product: text,
      kind: text,
      price: { ...whole, description: 'minor units' },
      currency: text,
      buys: { type: 'object' },
    }),
  ),
  gifts: listOf(shape({ gift_type: text, coins: whole, creator_share: whole })),
  tiers: listOf(shape({ tier: whole, credits_a_month: whole })),
  creator_percent: number,
  payout_minimum: byAsset,
});

export const giftBoard = shape({
  side: text,
  window: text,
  period: { ...text, description: 'the day or week, in UTC' },
  people: listOf(shape({ place: whole, user_id: text, coins: whole })),
});

export const revenue = shape({
  from: time,
  to: time,
  hours: listOf(
    shape({
      hour: time,
      stream: text,
      asset: text,
      amount: { ...whole, description: 'what was spent' },
      creator_amount: { ...whole, description: 'the creators’ part of it' },
    }),
  ),
});

export const request = shape({
  account_id: text,
  idempotency_key: text,
  success: flag,
  reason: textOrNull,
  kind: text,
  transaction_id: text,
  asset: textOrNull,
  amount: wholeOrNull,
  creator_share: wholeOrNull,
  platform_share: wholeOrNull,
  coins: { ...whole, description: 'in the wallet after it' },
  credits: whole,
  decided_at: time,
  token,
});

export const playback = shape({
  video_id: text,
  media_url: text,
  access: shape(
    {
      why: { type: 'string', enum: ['free', 'own', 'unlocked', 'subscription'] },
      transaction_id: text,
      tier: whole,
      until: time,
    },
    ['transaction_id', 'tier', 'until'],
  ),
});
