// Folds the views of a video into figures in which each view, its content and its order show.
import type { RowTable } from '../../processors/runtime/processor.ts';
import type { Domain, Envelope } from './tables.ts';
import { digestOf } from './viewing.ts';

export type Engaged = Envelope & { readonly videoId: string; readonly amount: number; readonly nth: number };
export type VideoFigures = { readonly count: number; readonly total: number; readonly digest: number };

const totals: RowTable = {
  name: 'totals_by_video',
  partitionKey: ['video_id'],
  clustering: [],
  columns: { video_id: 'text', count: 'bigint', total: 'bigint', digest: 'bigint' },
};

export const figures: Domain<VideoFigures, Engaged> = {
  input: 'video_engagement',
  control: 'engagement_control',
  emitsTo: [],
  firstHop: false,
  initialState: () => ({ count: 0, total: 0, digest: 11 }),
  evolve: ({ count, total, digest }, { amount, nth }) => ({
    count: count + 1,
    total: total + amount,
    digest: digestOf(digest, amount, nth),
  }),
  writes: (state, { videoId }) => [{ kind: 'row', table: totals, row: { video_id: videoId, ...state } }],
  emits: () => [],
};
