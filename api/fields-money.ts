// The fields of requests that move money.
import { sides, windows } from '../projections/gift-boards.ts';
import { assets, currentRules } from '../schemas/money.ts';
import { type JsonSchema, oneOf } from './fields.ts';

const from1To = (maximum: number): JsonSchema => ({
  type: 'integer',
  minimum: 1,
  maximum,
  description: `a whole number from 1 to ${maximum}`,
});
const isoTime: JsonSchema = {
  type: 'string',
  pattern: '^\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?(Z|[+-]\\d\\d:\\d\\d))?$',
  description: 'an ISO 8601 date, or time with its zone',
};

export const moneyField = {
  giftType: oneOf(Object.keys(currentRules.gifts)),
  quantity: { ...from1To(currentRules.giftQuantityMax), default: 1 },
  tip: from1To(currentRules.tipMax),
  tier: from1To(3),
  asset: oneOf(assets),
  amount: from1To(Number.MAX_SAFE_INTEGER),
  provider: { type: 'string', pattern: '^[a-z0-9_]{1,32}$', description: 'the name of a provider, such as local' },
  destination: {
    type: 'string',
    minLength: 1,
    maxLength: 200,
    description: '1 to 200 characters: the account at the provider',
  },
  asOf: { type: 'string', minLength: 1, maxLength: 100, description: 'an ISO 8601 time, or a position' },
  format: oneOf(['json', 'csv'], { default: 'json' }),
  side: oneOf(sides, { default: 'received' }),
  giftWindow: oneOf(windows, { default: 'day' }),
  time: isoTime,
} as const satisfies Record<string, JsonSchema>;
