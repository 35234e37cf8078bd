// The shapes of answers as JSON Schemas, for the OpenAPI document and for the test that holds real answers against them.
import type { JsonSchema } from './fields.ts';
import { reasons } from './problems.ts';

/** Also for the answers that stand in files of their own. */
export const text = { type: 'string' } as const;
export const textOrNull = { type: ['string', 'null'] } as const;
export const number = { type: 'number' } as const;
export const whole = { type: 'integer' } as const;
const wholeOrNull = { type: ['integer', 'null'] } as const;
export const flag = { type: 'boolean' } as const;
export const time = { type: 'string', format: 'date-time' } as const;
export const timeOrNull = { type: ['string', 'null'], format: 'date-time' } as const;
const open = { type: 'object' } as const;

export function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

/** An object whose named fields are always there; others may be added. */
export function shape(properties: Record<string, JsonSchema>, optional: readonly string[] = []): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required };
}

export const problem = shape(
  {
    type: text,
    title: text,
    status: whole,
    detail: text,
    reason: { type: 'string', enum: Object.keys(reasons) },
    field: { ...text, description: 'the field that is wrong, where there is one' },
    event_id: { ...text, description: 'of an event whose fate is unknown: repeat it with this id' },
    transaction_id: { ...text, description: 'of a request for money that was decided' },
  },
  ['field', 'event_id', 'transaction_id'],
);

export const pending = shape({
  success: { type: 'null', description: 'it is not known yet' },
  status: { const: 'pending' },
  status_url: { ...text, description: 'where the outcome will be; a repeat with the same key has it too' },
  token: text,
});

const position = { topic: text, partition: whole, offset: whole };

export const feedItem = shape({
  video_id: text,
  creator_id: text,
  title: text,
  final_score: { ...number, description: '0 to 1' },
  explanation: listOf(text),
  confidence: { ...number, description: '0 to 1' },
  receipt_id: { ...textOrNull, description: 'for explain; null where no receipt could be kept' },
});

export const feedPage = shape({ variant: text, videos: listOf(feedItem), next_cursor: textOrNull });
export const recommendationsPage = shape({ variant: text, recommendations: listOf(feedItem), next_cursor: textOrNull });
const trend = shape({
  window: text,
  category: textOrNull,
  place: { ...wholeOrNull, description: 'among all that rise in this window; null for a video that has no rate' },
  points: { ...number, description: 'of the window, decayed to now' },
  events: { ...whole, description: 'that have ever counted' },
  rate_relative_to_leader: { ...number, description: '0 to 1' },
  half_life_ms: whole,
});
const trendingItem = { allOf: [feedItem, shape({ trend })] };
export const trendingPage = shape({ variant: text, videos: listOf(trendingItem), next_cursor: textOrNull });

export const receipt = shape({
  video_id: text,
  final_score: number,
  confidence: number,
  explanation: listOf(text),
  factors: { ...open, description: 'per factor: value, weight, contribution, inputs' },
  sources: listOf(shape(position)),
});

const share = shape({
  share: { ...number, description: 'of a creator or topic its part of the videos, of a video the mean likeness to it' },
  items: whole,
  rank_of_first: wholeOrNull,
});
export const effect = shape({
  event_id: text,
  user_id: text,
  action: { type: 'string', enum: ['not_interested', 'skip', 'block', 'report'] },
  reason: { type: 'string', enum: ['video', 'creator', 'topic', 'skipped', 'blocked', 'reported'] },
  video_id: textOrNull,
  what: shape({ kind: { type: 'string', enum: ['creator', 'topic', 'video'] }, id: text }),
  before: { ...share, description: 'among the next items, as if this one event had not been' },
  after: { ...share, description: 'the same at the same time, as it is' },
  sentence: text,
  token: text,
  offset: whole,
});

export const whyNot = shape({
  user_id: text,
  video_id: text,
  refusals: { ...listOf(text), description: 'of every filter that keeps it out, the firm ones first' },
  rank: { ...wholeOrNull, description: 'among those considered, before diversity; null where no source proposes it' },
  considered: whole,
  proposed_by: listOf(text),
  factors: { ...open, description: 'per factor but diversity: value, weight, contribution' },
  base_score: number,
  sentence: text,
});

const accepted = { accepted: { const: true }, event_id: text, ...position, token: text };
export const acknowledgement = shape(accepted);
const itemRefused = { allOf: [shape({ accepted: { const: false } }), problem] };
export const eventResult: JsonSchema = {
  oneOf: [acknowledgement, listOf({ oneOf: [acknowledgement, itemRefused] })],
  description: 'for one event its acknowledgement; for an array one result per event, in the same order',
};

const counters = shape({
  views: whole,
  viewers: { ...whole, description: 'people, as far as they are remembered; the rates are made of them' },
  likes: whole,
  shares: whole,
  comments: whole,
  skips: whole,
  not_interested: whole,
  watch_ms: whole,
  average_watch_ms: whole,
  completion_rate: { type: ['number', 'null'] },
});

export const video = shape({
  video_id: text,
  status: { type: 'string', enum: ['unknown', 'processing', 'published', 'moderated', 'removed'] },
  creator_id: textOrNull,
  title: textOrNull,
  category: textOrNull,
  tags: listOf(text),
  duration_ms: wholeOrNull,
  premium: {
    anyOf: [shape({ coins: wholeOrNull, tier: wholeOrNull }), { type: 'null' }],
    description: 'what it takes to see it: coins once, or a subscription of that tier; null of a free one',
  },
  published_at: timeOrNull,
  engagement: counters,
  trending: shape({ hour: number, day: number, week: number }),
});

const counted = { viewers: whole, likes: whole, shares: whole, comments: whole };
const topVideo = shape({
  place: whole,
  video_id: text,
  creator_id: textOrNull,
  title: textOrNull,
  score: { ...whole, description: 'viewers + 3 likes + 5 shares + 2 comments' },
  figures: shape({ views: whole, ...counted }),
});
export const topVideos = shape({ videos: listOf(topVideo) });
const topCreator = shape({
  place: whole,
  creator_id: text,
  score: whole,
  figures: shape({ ...counted, videos: whole }),
});
export const topCreators = shape({ creators: listOf(topCreator) });

const historyEntry = shape({
  event_id: text,
  action: text,
  video_id: textOrNull,
  target_id: textOrNull,
  watch_duration_ms: wholeOrNull,
  occurred_at: time,
  source: text,
  text: { ...textOrNull, description: 'of a comment; "erased" once the person’s key is deleted' },
  token: text,
});
export const historyPage = shape({ user_id: text, entries: listOf(historyEntry), next_cursor: textOrNull });

const numberOrNull = { type: ['number', 'null'] } as const;
const experimentSummary = {
  experiment_id: text,
  status: { type: 'string', enum: ['running', 'stopped'] },
  started_at: time,
  stopped_at: timeOrNull,
  control: text,
  shares: { type: 'object', additionalProperties: number, description: 'per variant, 0 to 1' },
  why: textOrNull,
  conclusion: textOrNull,
};
const interval = { low: numberOrNull, high: numberOrNull };
const difference = shape({ absolute: numberOrNull, ...interval, relative: numberOrNull, p_value: numberOrNull });
const metric = shape({
  metric: text,
  mean: { ...numberOrNull, description: 'over users, or of a rate its value; null while unknown' },
  ...interval,
  difference: {
    anyOf: [difference, { type: 'null' }],
    description: 'to the control, with a 95 % interval; null of the control itself',
  },
});
const variantResult = shape({ variant: text, is_control: flag, share: number, users: whole, metrics: listOf(metric) });

export const experiments = shape({ experiments: listOf(shape(experimentSummary)) });
export const experiment = shape({
  ...experimentSummary,
  last_outcome_at: timeOrNull,
  sample_ratio_p_value: numberOrNull,
  sample_ratio_mismatch: { ...flag, description: 'true: do not trust the differences' },
  sample_ratio_meaning: text,
  variants: listOf(variantResult),
});

const partition = shape({
  partition: whole,
  claimed: flag,
  committed_offset: whole,
  end_offset: whole,
  lag: whole,
  last_record_at: timeOrNull,
});
const processor = shape({ name: text, input: text, emits: listOf(text), lag: whole, partitions: listOf(partition) });
const topic = shape({ name: text, kind: text, carries: text, partitions: whole, end_offsets: listOf(whole) });

const dependency = shape({ status: text, latency_ms: whole, version: textOrNull, reason: textOrNull });
export const health = shape({
  status: { type: 'string', enum: ['ok', 'degraded', 'down'] },
  dependencies: { type: 'object', additionalProperties: dependency },
});
export const architecture = shape({
  processors: listOf(processor),
  topics: listOf(topic),
  stores: { type: 'object', additionalProperties: dependency },
});
export const ready = shape({ status: { const: 'ready' }, candidates: whole });
