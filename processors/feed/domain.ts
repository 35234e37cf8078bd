// A candidate of the feed: what a video is and whether it may be shown, folded from video_uploads by video.
import type { VideoUpload } from '../../schemas/generated.ts';
import type { Moment } from '../runtime/processor.ts';

export type CandidateStatus = 'processing' | 'published' | 'moderated' | 'removed';

export type Candidate = {
  readonly status: CandidateStatus;
  readonly creatorId: string;
  readonly title: string;
  readonly category: string;
  readonly tags: readonly string[];
  readonly durationMs: number;
  /** Where the original lies; '' where unknown. Of a premium video nobody is told it who may not see it. */
  readonly originalUrl: string;
  /** Coins that unlock it, 0 where it cannot be; and the least tier of subscribers who see it, 0 where that is none. Free if both are 0. */
  readonly premiumCoins: number;
  readonly premiumTier: number;
  /** ms since 1970; 0 while it is not published. */
  readonly publishedAt: number;
  /** Offset of the last event in it. */
  readonly offset: number;
};

export const initialState = (): Candidate => ({
  status: 'processing',
  creatorId: '',
  title: '',
  category: '',
  tags: [],
  durationMs: 0,
  originalUrl: '',
  premiumCoins: 0,
  premiumTier: 0,
  publishedAt: 0,
  offset: -1,
});

export function evolve(candidate: Candidate, event: VideoUpload, at: Moment): Candidate {
  return { ...candidate, ...changeOf(event, candidate), offset: at.offset };
}

function changeOf(event: VideoUpload, before: Candidate): Partial<Candidate> {
  switch (event.action) {
    case 'uploaded':
      return {
        status: 'processing',
        creatorId: event.creatorId,
        title: event.title,
        category: event.category,
        tags: event.tags ?? [],
        originalUrl: event.originalUrl,
      };
    case 'processed':
      return { creatorId: event.creatorId, durationMs: event.durationMs };
    case 'published': {
      const { creatorId, title, category, tags, durationMs, publishedAt } = event;
      const { premiumCoins, premiumTier } = event;
      const told = { creatorId, title, category, tags, durationMs, publishedAt };
      const premium = { premiumCoins: premiumCoins ?? 0, premiumTier: premiumTier ?? 0 };
      return { status: 'published', ...told, ...premium, originalUrl: event.originalUrl ?? before.originalUrl };
    }
    case 'moderated':
      return { status: 'moderated' };
    case 'removed':
      return { status: 'removed' };
    default:
      return event satisfies never;
  }
}
