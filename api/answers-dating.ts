// The shapes of answers of dating between people, as those in answers.ts.
import { flag, listOf, number, shape, text, textOrNull, time, timeOrNull, whole } from './answers.ts';

const token = { ...text, description: 'for reads that must see it' };
const accepted = {
  accepted: { const: true },
  reason: { type: 'null', description: 'a refusal is a problem' },
} as const;
const share = { type: 'number', minimum: 0, maximum: 1 } as const;

const factor = shape({
  value: { ...share, description: '0 to 1; one half where it is unknown' },
  weight: share,
  contribution: { ...share, description: 'value × weight' },
});

export const match = shape({
  user_id: text,
  name: textOrNull,
  age: { type: ['integer', 'null'] },
  gender: textOrNull,
  interests: listOf(text),
  prompts: listOf(shape({ question: text, answer: text })),
  video_id: textOrNull,
  compatibility_score: { ...share, description: 'the sum of the contributions' },
  rank_score: { ...number, description: 'what the order is by: the same, and more while boosted' },
  boosted: flag,
  factors: shape({ interests: factor, location: factor, age: factor, activity: factor, personality: factor }),
  reasons: listOf(text),
  unknown: listOf(shape({ factor: text, why: text })),
  distance_km: { ...whole, description: 'between the middles of their cells, rounded up' },
  rule_set: { ...whole, description: 'of the weights and formulas' },
  personality_model: { ...textOrNull, description: 'its version; null where none is published' },
});
export const matchesPage = shape({ user_id: text, matches: listOf(match), next_cursor: textOrNull });

export const swiped = shape({
  ...accepted,
  match_id: { ...textOrNull, description: 'if this swipe has made a match' },
  free_swipes_left: whole,
  coins_charged: whole,
  transaction_id: text,
  balance: { ...whole, description: 'coins left' },
  token,
});

export const decided = shape({ ...accepted, token });

export const unlocked = shape({
  ...accepted,
  match_id: text,
  status: { type: 'string', enum: ['unlocked', 'waiting'], description: 'waiting: for the other side to pay' },
  mode: text,
  coins: { ...whole, description: 'paid, or held while waiting' },
  credits: whole,
  held_until: { ...timeOrNull, description: 'while waiting: when both get back what they paid' },
  paid_by: { ...listOf(text), description: 'of the two; the other is waited for where it is one' },
  transaction_id: text,
  token,
});

export const boosted = shape({
  ...accepted,
  boosted_until: time,
  coins_charged: whole,
  transaction_id: text,
  balance: { ...whole, description: 'coins left' },
  token,
});

export const swipes = shape({
  user_id: text,
  free_swipes_left: whole,
  free_swipes_a_day: whole,
  used: { ...whole, description: 'free ones, of this day' },
  day: { ...text, description: 'YYYY-MM-DD in the user’s time zone' },
  time_zone: text,
  next_time_zone: { ...textOrNull, description: 'counts from the next day on' },
  resets_at: time,
  coins_a_swipe: { ...whole, description: 'once the free ones are used' },
  coins_a_super_like: whole,
});

export const request = shape({
  user_id: text,
  target_user_id: text,
  idempotency_key: text,
  kind: text,
  accepted: flag,
  reason: textOrNull,
  match_id: textOrNull,
  decided_at: time,
  token,
});
