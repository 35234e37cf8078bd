// A video's live counters, of the state that engagement has committed; the sequence is the last event in them.
import { countersOf } from '../../projections/videos.ts';
import type { Services } from '../ports.ts';
import type { ValueSource } from './sources.ts';

export function videoSource(videoId: string, services: Services): ValueSource {
  return {
    kind: 'value',
    isExact: true,
    read: async () => {
      const generation = services.positions.generation('engagement');
      const { engagement = null } = (await services.videos.figures(videoId)) ?? {};
      const offset = engagement?.offset ?? -1;
      return { sequence: { generation, offset, index: 0 }, data: { video_id: videoId, ...countersOf(engagement) } };
    },
    changes: (listener) => services.feed.onVideoChange(videoId, listener),
    fingerprint: (data) => JSON.stringify(data),
  };
}
