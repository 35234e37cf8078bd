// video_engagement → each video's figures: live in Redis, by hour in Cassandra, the boards top_videos and top_creators.
import { boardScores, hourRow } from '../../projections/engagement.ts';
import type { VideoEngagement } from '../../schemas/generated.ts';
import type { Processor } from '../runtime/processor.ts';
import { type Engagement, evolve, initialState } from './domain.ts';

export const engagement: Processor<Engagement, VideoEngagement> = {
  name: 'engagement',
  input: 'video_engagement',
  control: 'engagement_control',
  rules: 2,
  emitsTo: [],
  firstHop: false,
  pushesStates: true,
  // Nobody waits for a counter: what follows one change within this time is folded together.
  lingerMs: 100,
  initialState,
  evolve,
  writes: (state, event, at, before) => [hourRow(state, event, at), ...boardScores(state, event, before)],
  emits: () => [],
  tagOf: (event) => event.action,
};
