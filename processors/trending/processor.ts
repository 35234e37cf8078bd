// video_engagement → decayed rates per video and the boards of what is trending, overall and per category.
import { trendingScores } from '../../projections/trending.ts';
import type { VideoEngagement } from '../../schemas/generated.ts';
import type { Processor } from '../runtime/processor.ts';
import { evolve, initialState, type Trending } from './domain.ts';

export const trending: Processor<Trending, VideoEngagement> = {
  name: 'trending',
  input: 'video_engagement',
  control: 'trending_control',
  rules: 2,
  emitsTo: [],
  firstHop: false,
  pushesStates: true,
  boardLimit: 1_000,
  // Nobody waits for a rate.
  lingerMs: 200,
  initialState,
  evolve,
  writes: trendingScores,
  emits: () => [],
  tagOf: (event) => event.action,
};
