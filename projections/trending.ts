// The boards of what is trending: Redis sorted sets per window, overall and per category, one per partition.
import type { Moment, Write } from '../processors/runtime/processor.ts';
import { boardScore, type Trending, type Window, windows } from '../processors/trending/domain.ts';
import type { VideoEngagement } from '../schemas/generated.ts';

const trendingBoard = (window: Window, category?: string): string =>
  category === undefined ? `trending:${window}` : `trending:${window}:${category}`;

export function trendingScores(state: Trending, event: VideoEngagement, _at: Moment): Write[] {
  return windows.flatMap((window): Write[] => {
    const score = event.action === 'removed' ? null : boardScore(state, window);
    if (score === null && event.action !== 'removed') return [];
    const boards = [trendingBoard(window), ...(state.category === null ? [] : [trendingBoard(window, state.category)])];
    return boards.map((board) => ({ kind: 'score', board, member: event.videoId, score }));
  });
}
