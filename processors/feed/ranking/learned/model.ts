// What was learned from the log, in memory and as records of a topic: one header, and one record per video.
import { decodeFloats, decodeSteps, encodeFloats, encodeSteps, type Steps } from './encoding.ts';
import { type EncodedRanker, encodeRanker, type Ranker, rankerFrom } from './ranker.ts';

/** How two videos can be related; a video holds, for each, one weight per column: what having watched that column says for it. */
export const relations = ['ease_views', 'ease_likes', 'cosine_likes', 'cosine_views', 'sequence'] as const;
export type Relation = (typeof relations)[number];

export const dayMs = 86_400_000;
export const weekMs = 7 * dayMs;
/** Half-lives of the decayed counts, in days. */
export const countHalfLives = {
  likes_7: 7,
  likes_14: 14,
  likes_30: 30,
  likes_90: 90,
  views_30: 30,
  starters_14: 14,
  starters_60: 60,
} as const;
export type CountName = keyof typeof countHalfLives;
export const countNames = Object.keys(countHalfLives) as CountName[];

export type ModelItem = {
  readonly videoId: string;
  /** Its place among the columns, -1 where too little was done with it to relate it to others. */
  readonly column: number;
  readonly related: Readonly<Record<Relation, Float32Array>> | null;
  readonly factors: Float32Array | null;
  /** Decayed counts at the time of training, in the order of `countNames`. */
  readonly counts: Float32Array;
  /** Viewers per week of the statistics, from `firstWeek` on. */
  readonly firstWeek: number;
  readonly weeks: Float32Array;
  /** First view and last like in ms, 0 where there is none. */
  readonly firstAt: number;
  readonly lastLikedAt: number;
};

export type Statistics = {
  readonly users: number;
  /** Rates over all views, which those of single videos start from. */
  readonly likeRate: number;
  readonly dislikeRate: number;
  /** Start of the week that is numbered 0, in ms, and the viewers of all videos per week. */
  readonly firstWeekAt: number;
  readonly weeks: Float32Array;
  /** Sums of the videos' decayed counts. */
  readonly counts: Float32Array;
  /** Part of all views that are of videos with a category or tag, by its name. */
  readonly tokens: ReadonlyMap<string, number>;
  /** Sum over videos of factors × factors, with the regularisation on its diagonal. */
  readonly gram: Float32Array;
};

export type Model = {
  readonly version: string;
  /** Logical time of the training in ms. */
  readonly trainedAt: number;
  /** Null where the log had nothing to learn a ranking from. */
  readonly ranker: Ranker | null;
  readonly statistics: Statistics;
  /** The video of each column. */
  readonly columns: readonly string[];
  readonly items: ReadonlyMap<string, ModelItem>;
};

export type HeaderRecord = {
  readonly kind: 'header';
  readonly version: string;
  readonly trained_at: number;
  readonly items: number;
  readonly ranker: EncodedRanker | null;
  readonly columns: readonly string[];
  readonly users: number;
  readonly like_rate: number;
  readonly dislike_rate: number;
  readonly first_week_at: number;
  readonly weeks: string;
  readonly counts: string;
  readonly tokens: readonly (readonly [name: string, part: number])[];
  readonly gram: string;
};

export type ItemRecord = {
  readonly kind: 'item';
  readonly version: string;
  readonly video_id: string;
  readonly column: number;
  readonly related: Readonly<Record<Relation, Steps>> | null;
  readonly factors: string | null;
  readonly counts: string;
  readonly first_week: number;
  readonly weeks: string;
  readonly first_at: number;
  readonly last_liked_at: number;
};

export type ModelRecords = { readonly header: HeaderRecord; readonly items: readonly ItemRecord[] };

export function recordsOf(model: Model): ModelRecords {
  const { version, trainedAt, ranker, statistics, columns } = model;
  return {
    header: {
      kind: 'header',
      version,
      trained_at: trainedAt,
      items: model.items.size,
      ranker: ranker && encodeRanker(ranker),
      columns,
      users: statistics.users,
      like_rate: statistics.likeRate,
      dislike_rate: statistics.dislikeRate,
      first_week_at: statistics.firstWeekAt,
      weeks: encodeFloats(statistics.weeks),
      counts: encodeFloats(statistics.counts),
      tokens: [...statistics.tokens],
      gram: encodeFloats(statistics.gram),
    },
    items: [...model.items.values()].map((item) => itemRecord(item, version)),
  };
}

function itemRecord(item: ModelItem, version: string): ItemRecord {
  const { related } = item;
  return {
    kind: 'item',
    version,
    video_id: item.videoId,
    column: item.column,
    related: related && byRelation((relation) => encodeSteps(related[relation])),
    factors: item.factors && encodeFloats(item.factors),
    counts: encodeFloats(item.counts),
    first_week: item.firstWeek,
    weeks: encodeFloats(item.weeks),
    first_at: item.firstAt,
    last_liked_at: item.lastLikedAt,
  };
}

/** @param items in any order; the model is whole when there are as many as the header says */
export function modelFrom(header: HeaderRecord, items: Iterable<ItemRecord>): Model {
  return {
    version: header.version,
    trainedAt: header.trained_at,
    ranker: header.ranker && rankerFrom(header.ranker),
    statistics: {
      users: header.users,
      likeRate: header.like_rate,
      dislikeRate: header.dislike_rate,
      firstWeekAt: header.first_week_at,
      weeks: decodeFloats(header.weeks),
      counts: decodeFloats(header.counts),
      tokens: new Map(header.tokens),
      gram: decodeFloats(header.gram),
    },
    columns: header.columns,
    items: new Map([...items].map((item) => [item.video_id, itemFrom(item)])),
  };
}

function itemFrom(record: ItemRecord): ModelItem {
  const { related } = record;
  return {
    videoId: record.video_id,
    column: record.column,
    related: related && byRelation((relation) => decodeSteps(related[relation])),
    factors: record.factors === null ? null : decodeFloats(record.factors),
    counts: decodeFloats(record.counts),
    firstWeek: record.first_week,
    weeks: decodeFloats(record.weeks),
    firstAt: record.first_at,
    lastLikedAt: record.last_liked_at,
  };
}

export function byRelation<Value>(valueFor: (relation: Relation) => Value): Record<Relation, Value> {
  return Object.fromEntries(relations.map((relation) => [relation, valueFor(relation)])) as Record<Relation, Value>;
}
