// Makes a catalogue of so many videos and a viewer with a history, skewed as real traffic is, the same for the same seed.

import { initialState as noEngagement } from '../processors/engagement/domain.ts';
import { initialState as noCandidate } from '../processors/feed/domain.ts';
import { Catalogue } from '../processors/feed/ranking/catalogue.ts';
import type { Interaction } from '../processors/feed/ranking/opinion.ts';
import type { Evidence } from '../processors/feed/ranking/viewer.ts';
import { initialState as noHistory } from '../processors/history/domain.ts';
import { initialState as noTrending } from '../processors/trending/domain.ts';
import { seeded } from '../producers/simulate/random.ts';

export const benchNow = Date.UTC(2026, 0, 15);
const dayMs = 86_400_000;
const categories = ['comedy', 'music', 'news', 'sports', 'gaming', 'food', 'travel', 'education', 'dance', 'fashion'];

/** Numbers in [0, 1) from a seed. */
export const chance = (seed: number): (() => number) => seeded(seed).next;

/** Small numbers often, large ones rarely. */
export const skewed = (next: () => number, size: number): number => Math.floor(size * next() ** 3);

export function videoOf(next: () => number, n: number, size: number) {
  const views = skewed(next, 10_000);
  const tags = Array.from({ length: 4 }, () => `t${skewed(next, Math.max(50, size / 20))}`);
  const publishedAt = benchNow - Math.floor(skewed(next, 1_000) * (dayMs / 10) + next() * dayMs);
  const completionMilli = Math.floor(views * (200 + 700 * next()));
  const likes = Math.floor(views * 0.2 * next());
  const rates = { hour: views / 100, day: (views + 1) * next(), week: views };
  return {
    id: `v${n}`,
    candidate: {
      ...noCandidate(),
      status: 'published' as const,
      creatorId: `c${skewed(next, Math.max(20, size / 20))}`,
      title: `Video ${n}`,
      category: categories[skewed(next, categories.length)] ?? 'comedy',
      tags,
      durationMs: 15_000,
      publishedAt,
      offset: n,
    },
    engagement: { ...noEngagement(), views, viewers: views, measuredViews: views, completionMilli, likes, offset: n },
    trending: { ...noTrending(), at: benchNow - Math.floor(dayMs * next()), rates, events: views, offset: n },
  };
}

export function catalogueOf(size: number, next = chance(1)): Catalogue {
  const catalogue = new Catalogue();
  for (let n = 0; n < size; n++) {
    const { id, candidate, engagement, trending } = videoOf(next, n, size);
    catalogue.setCandidate(id, candidate, n % 8);
    catalogue.setEngagement(id, engagement, n % 8);
    catalogue.setTrending(id, trending, n % 8);
  }
  return catalogue;
}

/** @param size of the catalogue; `interactions` as many as the history keeps at hand */
export function evidenceOf(userId: string, { size, interactions }: { size: number; interactions: number }): Evidence {
  const next = chance(userId.length * 7919 + userId.charCodeAt(userId.length - 1));
  const actions = ['view', 'view', 'view', 'view', 'like', 'skip', 'share', 'not_interested'];
  const made: Interaction[] = Array.from({ length: interactions }, (_, offset) => ({
    videoId: `v${skewed(next, size)}`,
    action: actions[Math.floor(next() * actions.length)] ?? 'view',
    watchDurationMs: Math.floor(next() * 20_000),
    at: benchNow - Math.floor((interactions - offset) * 3_600_000 * next()),
    partition: 0,
    offset,
  }));
  const follows = Array.from({ length: 10 }, (_, n) => [`c${n * 3}`, n] as const);
  return { userId, partition: 0, history: { ...noHistory(), follows, interactions }, interactions: made };
}
