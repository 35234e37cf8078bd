// What a folded batch amounts to: the derived events to publish, and all that one commit changes. Pure.
import type { TopicName } from '../../schemas/topics.ts';
import type { Batch } from './fold.ts';
import type { Changes, IdChange, IdWindow, InputRecord, MemoChange, Outgoing } from './ports.ts';

/** Derived events by topic and partition, in order. */
export function outgoingOf({ emitted }: Batch): Map<TopicName, Map<number, Outgoing[]>> {
  const byTopic = new Map<TopicName, Map<number, Outgoing[]>>();
  for (const { topic, partition, outgoing } of emitted) {
    const byPartition = byTopic.get(topic) ?? new Map<number, Outgoing[]>();
    byTopic.set(topic, byPartition);
    const list = byPartition.get(partition);
    if (list) list.push(outgoing);
    else byPartition.set(partition, [outgoing]);
  }
  return byTopic;
}

/** The commit of a batch, and the id windows as they will be after it. */
export function changesOf(
  batch: Batch,
  produced: ReadonlyMap<string, number>,
  {
    boardLimit = null,
    keeps = (state) => state,
  }: { boardLimit?: number | null; keeps?: (state: unknown) => unknown } = {},
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
  for (const [key, state] of batch.states) states.set(key, JSON.stringify(keeps(state)));
  const memos = new Map<string, MemoChange>();
  for (const [key, { value, until }] of batch.memos)
    memos.set(key, { value: value === null ? null : JSON.stringify(value), until });
  const { fields, scores, increments, drops, watermarks, skips } = batch;
  const changes: Changes = {
    next: last.offset + 1,
    last: { id: last.id, time: last.time },
    states,
    ids,
    fields,
    scores,
    increments,
    drops,
    memos,
    watermarks,
    produced,
    skips,
    boardLimit,
  };
  return { changes, windows };
}
