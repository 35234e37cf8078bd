// What a folded batch amounts to: the derived events to publish, and all that one commit changes. Pure.
import { partitionOf } from '../../infra/kafka.ts';
import { type TopicName, topics } from '../../schemas/topics.ts';
import { type Batch, topicsOf } from './fold.ts';
import { derivedId } from './origin.ts';
import type { Changes, IdChange, IdWindow, InputRecord, Outgoing } from './ports.ts';

/** Derived events by topic and partition, each with the id and envelope that its input's position makes. */
export function outgoingOf(
  batch: Batch,
  lane: string,
  encode: (topic: TopicName, event: unknown) => Buffer,
): Map<TopicName, Map<number, Outgoing[]>> {
  const byTopic = new Map<TopicName, Map<number, Outgoing[]>>();
  for (const topic of topicsOf(batch)) byTopic.set(topic, new Map());
  for (const { emission, cause, origin, now, offset, index } of batch.emitted) {
    const { topic, key, event } = emission;
    const id = derivedId(lane, offset, index, now);
    const { occurredAt, actorId, correlationId, source } = cause;
    const envelope = { eventId: id, occurredAt, actorId, correlationId, source, ruleSet: 0, origin };
    const value = encode(topic, Object.assign(envelope, event));
    const byPartition = byTopic.get(topic) as Map<number, Outgoing[]>;
    const partition = partitionOf(key, topics[topic].partitions);
    const list = byPartition.get(partition);
    if (list) list.push({ key, value, id, origin });
    else byPartition.set(partition, [{ key, value, id, origin }]);
  }
  return byTopic;
}

/** The commit of a batch, and the id windows as they will be after it. */
export function changesOf(
  batch: Batch,
  produced: ReadonlyMap<string, number>,
  boardLimit: number | null,
): { changes: Changes; windows: Map<string, IdWindow> } {
  const last = batch.last as InputRecord;
  const windows = new Map<string, IdWindow>();
  const ids = new Map<string, IdChange>();
  for (const [key, draft] of batch.ids) {
    if (!draft.changed) continue;
    const { window, change } = draft.apply();
    windows.set(key, window);
    ids.set(key, change);
  }
  const states = new Map<string, string>();
  for (const [key, state] of batch.states) states.set(key, JSON.stringify(state));
  const { fields, scores, watermarks, skips } = batch;
  const changes: Changes = {
    next: last.offset + 1,
    last: { id: last.id, time: last.time },
    states,
    ids,
    fields,
    scores,
    watermarks,
    produced,
    skips,
    boardLimit,
  };
  return { changes, windows };
}
