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
  publishedAt: 0,
  offset: -1,
});

export function evolve(candidate: Candidate, event: VideoUpload, at: Moment): Candidate {
  return { ...candidate, ...changeOf(event), offset: at.offset };
}

function changeOf(event: VideoUpload): Partial<Candidate> {
  switch (event.action) {
    case 'uploaded':
      return {
        status: 'processing',
        creatorId: event.creatorId,
        title: event.title,
        category: event.category,
        tags: event.tags ?? [],
      };
    case 'processed':
      return { creatorId: event.creatorId, durationMs: event.durationMs };
    case 'published': {
      const { creatorId, title, category, tags, durationMs, publishedAt } = event;
      return { status: 'published', creatorId, title, category, tags, durationMs, publishedAt };
    }
    case 'moderated':
      return { status: 'moderated' };
    case 'removed':
      return { status: 'removed' };
    default:
      return event satisfies never;
  }
}
