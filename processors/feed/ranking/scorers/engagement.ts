// Engagement: the video's engagement rate, computed once per change of its figures, and what it is made of.
import { exposuresOf, ratesOf } from '../engagement-rate.ts';
import { certaintyOf, percent, type Scorer } from './scorer.ts';

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
        viewers: state?.viewers ?? 0,
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
