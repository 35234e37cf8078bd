// Folds what a user watches into order-sensitive figures of the user; passes each view on, keyed by video.
import type { RowTable } from '../../processors/runtime/processor.ts';
import type { Domain, Envelope, Trouble } from './tables.ts';

export type Viewed = Envelope & {
  readonly userId: string;
  readonly amount: number;
  readonly videoIds: readonly string[];
  /** The user's name, under the user's key; null from one who has no key. */
  readonly name: string | null;
  /** Of the events that follow from this one. */
  readonly troubleAfter: Trouble;
};

export type Viewer = {
  readonly count: number;
  readonly sum: number;
  readonly digest: number;
  readonly lastId: string | null;
  readonly lastButOneId: string | null;
  readonly name: string | null;
};

const totals: RowTable = {
  name: 'totals_by_user',
  partitionKey: ['user_id'],
  clustering: [],
  columns: { user_id: 'text', count: 'bigint', sum: 'bigint' },
};
const views: RowTable = {
  name: 'views_by_user',
  partitionKey: ['user_id'],
  clustering: ['event_id'],
  columns: { user_id: 'text', event_id: 'text', nth: 'bigint' },
};

/** Another order gives another digest. */
export const digestOf = (before: number, ...values: readonly number[]): number =>
  values.reduce((digest, value) => (Math.imul(digest, 31) + value) >>> 0, before);

export const viewing: Domain<Viewer, Viewed> = {
  input: 'user_activity',
  control: 'history_control',
  emitsTo: ['video_engagement'],
  firstHop: true,
  initialState: () => ({ count: 0, sum: 0, digest: 7, lastId: null, lastButOneId: null, name: null }),
  evolve: ({ count, sum, digest, lastId }, { amount, eventId, name }) => ({
    count: count + 1,
    sum: sum + amount,
    digest: digestOf(digest, amount, count),
    lastId: eventId,
    lastButOneId: lastId,
    name,
  }),
  writes: ({ count, sum, lastButOneId }, { userId, eventId, amount }) => [
    { kind: 'row', table: totals, row: { user_id: userId, count, sum } },
    { kind: 'row', table: views, row: { user_id: userId, event_id: eventId, nth: count } },
    { kind: 'score', board: 'sums', member: userId, score: sum },
    { kind: 'increment', board: 'added', member: userId, by: amount },
    ...(lastButOneId === null
      ? []
      : ([{ kind: 'field', hash: `recent:${userId}`, field: lastButOneId, value: null }] as const)),
    { kind: 'field', hash: `recent:${userId}`, field: eventId, value: String(count) },
  ],
  emits: ({ count }, { videoIds, amount, schema, troubleAfter }) =>
    videoIds.map((videoId) => ({
      topic: 'video_engagement',
      key: videoId,
      event: { videoId, amount, nth: count, schema, trouble: troubleAfter },
    })),
};
