// A KuaiRand log (real short-video interactions) as uploads and activity: every row is a view and what came of it. Pure.
import type { UserActivityInput } from '../activity.ts';
import type { VideoUploadInput } from '../uploads.ts';
import { type ImportedLog, inOrderOfTime, type LogRow } from './log.ts';

export type KuaiRandRow = Readonly<
  Record<
    | 'user_id'
    | 'video_id'
    | 'time_ms'
    | 'is_follow'
    | 'is_comment'
    | 'is_forward'
    | 'play_time_ms'
    | 'duration_ms'
    | 'label',
    string
  >
>;

const videoIdOf = (row: KuaiRandRow) => `kr_${row.video_id}`;
/** The log names no authors, so each video has a creator of its own. */
const creatorIdOf = (row: KuaiRandRow) => `kr_creator_${row.video_id}`;

export function kuaiRandLog(name: string, rows: readonly KuaiRandRow[]): ImportedLog {
  const inOrder = [...rows].sort((a, b) => Number(a.time_ms) - Number(b.time_ms));
  return { name, uploads: uploadsOf(inOrder), rows: inOrderOfTime(inOrder.map(rowOf)) };
}

/** Published when the log first shows them; a duration of 0 in every row means that it is unknown. */
function uploadsOf(rows: readonly KuaiRandRow[]): VideoUploadInput[] {
  const uploads = new Map<string, Extract<VideoUploadInput, { action: 'published' }>>();
  for (const row of rows) {
    const videoId = videoIdOf(row);
    const known = uploads.get(videoId);
    const durationMs = Math.max(known?.durationMs ?? 0, Number(row.duration_ms));
    const publishedAt = known?.publishedAt ?? Number(row.time_ms);
    const facts = {
      title: `Kuaishou video ${row.video_id}`,
      category: 'unknown',
      tags: [],
      durationMs,
      publishedAt,
    };
    uploads.set(videoId, {
      videoId,
      action: 'published',
      creatorId: creatorIdOf(row),
      actorId: creatorIdOf(row),
      occurredAt: publishedAt,
      ...facts,
    });
  }
  return [...uploads.values()];
}

function rowOf(row: KuaiRandRow): LogRow {
  const occurredAt = Number(row.time_ms);
  const about = { userId: `kr_${row.user_id}`, videoId: videoIdOf(row), occurredAt };
  const events: UserActivityInput[] = [{ ...about, action: 'view', watchDurationMs: Number(row.play_time_ms) }];
  if (row.label === '1') events.push({ ...about, action: 'like' });
  if (row.label === '0') events.push({ ...about, action: 'not_interested' });
  if (row.is_forward === '1') events.push({ ...about, action: 'share' });
  if (row.is_comment === '1') events.push({ ...about, action: 'comment' });
  if (row.is_follow === '1') events.push({ ...about, action: 'follow', creatorId: creatorIdOf(row) });
  return { at: occurredAt, events };
}
