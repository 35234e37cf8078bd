// Engagement: how far a video is watched, how often it is liked and shared, smoothed so that few views do not make 100 %.
import type { Engagement } from '../../../engagement/domain.ts';
import { certaintyOf, percent, type Scorer } from './scorer.ts';

/** As many exposures of an average video are added to each, so that rates start at these. */
export const priorExposures = 20;
export const prior = { completion: 0.4, like: 0.05, share: 0.01 } as const;

/** A rate of like or share that is worth half. */
export const halfWorth = { like: 0.1, share: 0.03 } as const;
export const parts = { completion: 0.5, like: 0.3, share: 0.2 } as const;

export type Rates = { readonly completion: number; readonly likeRate: number; readonly shareRate: number };

/** How often the video was in front of somebody. */
export function exposuresOf(state: Engagement | null): number {
  if (!state) return 0;
  return Math.max(state.views + state.skips + state.notInterested, state.likes, state.shares);
}

export function ratesOf(state: Engagement | null): Rates {
  const exposures = exposuresOf(state);
  const unfinished = (state?.skips ?? 0) + (state?.notInterested ?? 0);
  const completed = (state?.completionMilli ?? 0) / 1_000;
  return {
    completion: smoothed(completed, (state?.measuredViews ?? 0) + unfinished, prior.completion),
    likeRate: smoothed(Math.max(0, state?.likes ?? 0), exposures, prior.like),
    shareRate: smoothed(state?.shares ?? 0, exposures, prior.share),
  };
}

/** 0.5 completion + 0.3 likes + 0.2 shares, the rates of the latter two bent so that 1 stays 1. */
export function engagementOf(state: Engagement | null): number {
  const { completion, likeRate, shareRate } = ratesOf(state);
  return (
    parts.completion * completion +
    parts.like * bent(likeRate, halfWorth.like) +
    parts.share * bent(shareRate, halfWorth.share)
  );
}

function smoothed(count: number, of: number, priorRate: number): number {
  return (count + priorExposures * priorRate) / (of + priorExposures);
}

export const bent = (rate: number, half: number): number => (rate * (1 + half)) / (rate + half);

export const engagement: Scorer = {
  name: 'engagement',
  value: (item) => item.engagementValue,
  explain(item) {
    const state = item.engagement?.state ?? null;
    const { completion, likeRate, shareRate } = ratesOf(state);
    const value = item.engagementValue;
    return {
      value,
      inputs: {
        views: state?.views ?? 0,
        skips: state?.skips ?? 0,
        not_interested: state?.notInterested ?? 0,
        likes: state?.likes ?? 0,
        shares: state?.shares ?? 0,
        measured_views: state?.measuredViews ?? 0,
        completion_milli: state?.completionMilli ?? 0,
        completion,
        like_rate: likeRate,
        share_rate: shareRate,
        engagement_rate: value,
      },
      certainty: certaintyOf(exposuresOf(state), 30),
      evidence: item.engagement
        ? [{ topic: 'video_engagement', partition: item.engagement.partition, offset: item.engagement.state.offset }]
        : [],
      sentence: sentenceOf(value),
    };
  },
};

function sentenceOf(value: number): string | null {
  if (value >= 0.6) return `Highly engaging (${percent(value)}% engagement rate)`;
  return value >= 0.4 ? `Engaging (${percent(value)}% engagement rate)` : null;
}
