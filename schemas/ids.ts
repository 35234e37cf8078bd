// The shapes of single values (ids, times, amounts) as JSON Schema; the `is` of every schema field names one of these.

export const idPattern = '^[A-Za-z0-9_-]{1,128}$';

/** Largest accepted watch time of one view: a day, in ms. */
export const watchDurationMsMax = 86_400_000;

/** An event may be dated so much later than now, for clocks differ. */
export const futureMsMax = 300_000;

/** What somebody who is not interested objects to; the first where nothing is said. */
export const notInterestedReasons = ['video', 'creator', 'topic'] as const;
export type NotInterestedReason = (typeof notInterestedReasons)[number];

/** The key of two people's pair: the smaller id first by code units, a colon between (no id has one). */
export const pairIdOf = (a: string, b: string): string => (a < b ? `${a}:${b}` : `${b}:${a}`);

export const swipeDirections = ['LEFT', 'RIGHT', 'SUPER_LIKE'] as const;

/** How a match is unlocked: paid by both, or at once by one. */
export const unlockModes = ['both', 'instant'] as const;

export const datingStatuses = ['visible', 'paused', 'deleted'] as const;

/** Of birth dates, all that decisions may know; under 18 there is none. */
export const adultAgeBands = ['18-24', '25-34', '35-44', '45-54', '55+'] as const;
export type AgeBand = (typeof adultAgeBands)[number];

export const valueShapes = {
  id: { type: 'string', pattern: idPattern, description: '1 to 128 of A-Z a-z 0-9 _ -' },
  eventId: { type: 'string', pattern: idPattern, description: '1 to 128 of A-Z a-z 0-9 _ -, a UUIDv7 if made here' },
  name: { type: 'string', minLength: 1, maxLength: 64, description: '1 to 64 characters' },
  time: {
    type: 'integer',
    minimum: 0,
    maximum: 8_640_000_000_000_000,
    description: 'ms since 1970, or an ISO 8601 date and time',
  },
  count: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'a whole number, 0 or more' },
  tier: { type: 'integer', minimum: 0, maximum: 3, description: '1, 2 or 3; 0 where there is none' },
  amount: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'a whole number, 1 or more' },
  watchDurationMs: {
    type: 'integer',
    minimum: 0,
    maximum: watchDurationMsMax,
    description: `a whole number of ms from 0 to ${watchDurationMsMax}`,
  },
  durationMs: {
    type: 'integer',
    minimum: 0,
    maximum: 86_400_000,
    description: 'a whole number of ms, 0 where unknown',
  },
  flag: { type: 'boolean', description: 'true or false' },
  pair: {
    type: 'string',
    pattern: '^[A-Za-z0-9_-]{1,128}:[A-Za-z0-9_-]{1,128}$',
    description: 'two ids, the smaller first, with a colon between',
  },
  swipeDirection: { type: 'string', enum: swipeDirections, description: 'LEFT, RIGHT or SUPER_LIKE' },
  unlockMode: { type: 'string', enum: unlockModes, description: 'both or instant' },
  reason: { type: 'string', minLength: 1, maxLength: 64, description: '1 to 64 characters' },
  notInterestedReason: {
    type: 'string',
    enum: notInterestedReasons,
    description: 'video (if absent), creator or topic',
  },
  timeZone: { type: 'string', minLength: 1, maxLength: 64, description: 'an IANA time zone' },
  title: { type: 'string', minLength: 1, maxLength: 300, description: '1 to 300 characters' },
  text: { type: 'string', minLength: 1, maxLength: 2_000, description: '1 to 2,000 characters' },
  url: {
    type: 'string',
    format: 'uri',
    pattern: '^https?://',
    maxLength: 2_000,
    description: 'an absolute http or https address',
  },
  /** A third party's name of a thing, in printable ASCII. */
  reference: { type: 'string', pattern: '^[!-~]{1,200}$', description: '1 to 200 printable characters without spaces' },
  routes: {
    type: 'array',
    minItems: 1,
    maxItems: 5,
    uniqueItems: true,
    items: { type: 'string', minLength: 1, maxLength: 64 },
    description: '1 to 5 different names of payment providers',
  },
  tags: {
    type: 'array',
    maxItems: 30,
    items: { type: 'string', minLength: 1, maxLength: 64 },
    description: 'at most 30 tags of 1 to 64 characters',
  },
  variants: {
    type: 'array',
    minItems: 2,
    maxItems: 10,
    uniqueItems: true,
    items: { type: 'string', minLength: 1, maxLength: 64 },
    description: '2 to 10 different names of variants',
  },
  buckets: {
    type: 'array',
    minItems: 2,
    maxItems: 10,
    items: { type: 'integer', minimum: 1, maximum: 9_999 },
    description: '2 to 10 whole numbers that add up to 10,000',
  },
} as const;

export type ValueShape = keyof typeof valueShapes;
