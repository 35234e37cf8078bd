// The fields of requests of dating.
import { swipeDirections, unlockModes } from '../schemas/ids.ts';
import type { JsonSchema } from './fields.ts';

/** What a report can be about. */
export const reportReasons = ['fake_profile', 'under_age', 'harassment', 'spam', 'offensive_content', 'other'] as const;

const oneOf = (names: readonly string[], otherwise: Record<string, unknown> = {}): JsonSchema => ({
  type: 'string',
  enum: names,
  ...otherwise,
  description: `one of ${names.join(', ')}`,
});

export const datingField = {
  direction: oneOf(swipeDirections),
  mode: oneOf(unlockModes, { default: 'both' }),
  reason: oneOf(reportReasons),
  text: { type: 'string', minLength: 1, maxLength: 2_000, description: '1 to 2,000 characters' },
} as const satisfies Record<string, JsonSchema>;
