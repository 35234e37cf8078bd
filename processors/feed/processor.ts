// video_uploads → the candidates of the feed, and what video_engagement has to know of each video.
import type { VideoUpload } from '../../schemas/generated.ts';
import type { Emission, Processor } from '../runtime/processor.ts';
import { type Candidate, evolve, initialState } from './domain.ts';

export const feed: Processor<Candidate, VideoUpload> = {
  name: 'feed',
  input: 'video_uploads',
  control: 'feed_control',
  rules: 2,
  emitsTo: ['video_engagement'],
  firstHop: true,
  pushesStates: true,
  initialState,
  evolve,
  writes: () => [],
  emits: (_state, event) => factsOf(event),
  tagOf: (event) => event.action,
};

function factsOf(event: VideoUpload): Emission[] {
  const to = { topic: 'video_engagement', key: event.videoId } as const;
  if (event.action === 'published') {
    const { videoId, creatorId, category, durationMs, publishedAt } = event;
    return [{ ...to, event: { action: 'published', videoId, creatorId, category, durationMs, publishedAt } }];
  }
  if (event.action === 'removed') return [{ ...to, event: { action: 'removed', videoId: event.videoId } }];
  return [];
}
