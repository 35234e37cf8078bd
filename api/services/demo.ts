// The demo calls: a feed, a tracked view, and the architecture as it stands at this moment, from the servers themselves.
import type { ProcessorPosition } from '../../projections/topology.ts';
import { type TopicName, topicNames, topics } from '../../schemas/topics.ts';
import type { Call, Services } from '../ports.ts';
import { recordInteraction } from './events.ts';

export type TrackView = { readonly user_id: string; readonly video_id: string; readonly watch_duration_ms: number };

/** Accepted like any event of a client: the same door, the same acknowledgement. */
export function trackView(services: Services, request: TrackView, call: Call) {
  return recordInteraction(services, { ...request, action: 'view' }, call);
}

export async function getArchitecture(services: Services) {
  const [positions, ends, health] = await Promise.all([
    services.topology.positions(),
    Promise.all(topicNames.map(async (name) => [name, await services.topology.ends(name)] as const)),
    services.health.report(),
  ]);
  return {
    processors: positions.map(processorOf),
    topics: ends.map(([name, offsets]) => topicOf(name, offsets)),
    stores: health.dependencies,
  };
}

function processorOf({ processor, input, emitsTo, lag, partitions }: ProcessorPosition) {
  return {
    name: processor,
    input,
    emits: emitsTo,
    lag,
    partitions: partitions.map((at) => ({
      partition: at.partition,
      claimed: at.claimed,
      committed_offset: at.committed,
      end_offset: at.end,
      lag: at.lag,
      last_record_at: at.lastRecordAt === null ? null : new Date(at.lastRecordAt).toISOString(),
    })),
  };
}

function topicOf(name: TopicName, endOffsets: readonly number[]) {
  const { kind, carries, partitions } = topics[name];
  return { name, kind, carries, partitions, end_offsets: endOffsets };
}
