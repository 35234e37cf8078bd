// How engaging a video is by its own figures: smoothed completion, likes and shares, as one rate in [0, 1].
import type { Engagement } from '../../engagement/domain.ts';

/** As many exposures of an average video are added to each, so that rates start at these. */
export const priorExposures = 20;
export const prior = { completion: 0.4, like: 0.05, share: 0.01 } as const;

/** A rate of like or share that is worth half. */
export const halfWorth = { like: 0.1, share: 0.03 } as const;
export const parts = { completion: 0.5, like: 0.3, share: 0.2 } as const;

export type Rates = { readonly completion: number; readonly likeRate: number; readonly shareRate: number };

/** In front of how many people the video was; what one of them repeats counts once. */
export function exposuresOf(state: Engagement | null): number {
  if (!state) return 0;
  return Math.max(state.viewers + state.skips + state.notInterested, state.likes, state.shares);
}

export function ratesOf(state: Engagement | null): Rates {
  const exposures = exposuresOf(state);
  const unfinished = (state?.skips ?? 0) + (state?.notInterested ?? 0);
  const measured = state?.measuredViews ?? 0;
  // Of an unknown duration it is not known how far a view went: as far as usual.
  const unmeasured = Math.max(0, (state?.viewers ?? 0) - measured);
  const completed = (state?.completionMilli ?? 0) / 1_000 + unmeasured * prior.completion;
  return {
    completion: smoothed(completed, measured + unmeasured + unfinished, prior.completion),
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
