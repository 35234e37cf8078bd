// An import under way during the faults: a log of a year ago, published twice, of which the second time adds nothing.
import { setTimeout as pause } from 'node:timers/promises';
import { Folded } from '../../producers/folded.ts';
import { importActivity, importUploads } from '../../producers/import/import-log.ts';
import type { ImportedLog, LogRow } from '../../producers/import/log.ts';
import type { Publisher } from '../../producers/publish.ts';
import { type Random, seeded } from '../../producers/simulate/random.ts';
import { users, videos } from './load-events.ts';
import type { Platform } from './platform.ts';

const startMs = Date.UTC(2025, 4, 1);
const rows = 600;
const againAfterMs = 1_000;
const triesMax = 100;

/** Rows of one or two events, an hour or less apart; some users and videos are those of the load. */
function importedLog(seed: number): ImportedLog {
  const random = seeded(seed + 2);
  let at = startMs;
  const uploads = Array.from({ length: 20 }, (_, i) => ({
    action: 'published' as const,
    videoId: `imported_${i}`,
    creatorId: `creator_${i}`,
    title: `Imported ${i}`,
    category: 'music',
    tags: ['b'],
    durationMs: 20_000,
    publishedAt: startMs,
    occurredAt: startMs,
  }));
  const activity = Array.from({ length: rows }, () => {
    at += random.whole(1_800_000);
    return rowOf(random, at);
  });
  return { name: `log_${seed}`, uploads, rows: activity };
}

function rowOf(random: Random, at: number): LogRow {
  const userId = `user_${random.whole(users * 2)}`;
  const videoId = random.next() < 0.5 ? `imported_${random.whole(20)}` : `video_${random.whole(videos)}`;
  const view = { action: 'view' as const, userId, videoId, watchDurationMs: random.whole(30_000), occurredAt: at };
  const like = { action: 'like' as const, userId, videoId, occurredAt: at };
  return { at, events: random.next() < 0.3 ? [view, like] : [view] };
}

/** Resolves after the second time; what fails is tried again. @returns how often it was tried */
export async function importTwice(platform: Platform, publisher: Publisher, seed: number): Promise<number> {
  const log = importedLog(seed);
  const { redis, admin, config, generations } = platform;
  const folded = new Folded({ redis, admin, namespace: config.namespace, generations });
  const parts = { publisher, folded, onProgress: () => undefined };
  let tries = 0;
  for (let done = 0; done < 2; ) {
    tries += 1;
    try {
      await importUploads(log, parts);
      await importActivity(log, parts);
      done += 1;
    } catch (error) {
      if (tries === triesMax) throw error;
      await pause(againAfterMs);
    }
  }
  return tries;
}
