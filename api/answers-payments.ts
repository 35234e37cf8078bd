// The shape of a payment in answers.
import { flag, listOf, shape, text, textOrNull, time, whole } from './answers.ts';

const status = {
  type: 'string',
  enum: [
    'creating',
    'awaiting_payment',
    'processing',
    'paid',
    'partly_refunded',
    'refunded',
    'disputed',
    'failed',
    'expired',
    'refused',
  ],
} as const;

export const payment = shape(
  {
    payment_id: text,
    status,
    redirect_url: { ...textOrNull, description: 'where the buyer pays; null before that is known, and afterwards' },
    user_id: text,
    product: text,
    amount: { ...whole, description: 'minor units of the currency' },
    currency: text,
    provider: textOrNull,
    local: { ...flag, description: 'true: no money moves' },
    paid: whole,
    refunded: whole,
    attempts: listOf(shape({ provider: text, made: flag, reason: textOrNull })),
    created_at: time,
    status_url: text,
    token: { ...text, description: 'for reads that must see what the payment has led to so far' },
  },
  [
    'local',
    'status_url',
    'user_id',
    'product',
    'amount',
    'currency',
    'provider',
    'paid',
    'refunded',
    'attempts',
    'created_at',
  ],
);
