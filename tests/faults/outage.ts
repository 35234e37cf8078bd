// What the platform says and does while a dependency is away: who names the reason, and whether the rest goes on.
import { setTimeout as pause } from 'node:timers/promises';
import { processors } from '../../processors/list.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import { topics } from '../../schemas/topics.ts';
import type { FaultKind } from './plan.ts';
import type { Platform } from './platform.ts';
import { positionKey } from './recovery.ts';

const pollMs = 100;
/** Clients notice within their own time limits. */
const noticedWithinMs = 5_000;

type Expectation = {
  /** The dependency that /api/health must call down. */
  readonly dependency: string;
  /** Whether a processors' process must say why it waits. */
  readonly isWaitedFor: boolean;
  readonly goesOn: string;
  /** Asked before and after: true if it went on. */
  readonly check: (platform: Platform) => Promise<() => Promise<boolean>>;
};

const accepts = async (platform: Platform) => async () => {
  const response = await fetch(`${platform.config.api.url}/api/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user_id: 'user_0', action: 'like', video_id: 'video_0' }),
  });
  return response.status === 202;
};

const folds = (processor: unknown) => async (platform: Platform) => {
  const before = await progressOf(platform, processor as Processor);
  return async () => (await progressOf(platform, processor as Processor)) > before;
};

const reads = async (platform: Platform) => async () =>
  (await fetch(`${platform.config.api.url}/api/videos/video_0`)).status === 200;

const expectations: Partial<Record<FaultKind, Expectation>> = {
  'Redis killed': { dependency: 'redis', isWaitedFor: true, goesOn: 'events are accepted', check: accepts },
  'Cassandra stopped': {
    dependency: 'cassandra',
    isWaitedFor: true,
    goesOn: 'uploads are folded',
    check: folds(processors.feed),
  },
  'broker killed': { dependency: 'kafka', isWaitedFor: false, goesOn: 'videos are read', check: reads },
  'registry down': {
    dependency: 'registry',
    isWaitedFor: false,
    goesOn: 'activity is folded',
    check: folds(processors.history),
  },
};

async function progressOf(platform: Platform, processor: Processor): Promise<number> {
  const offsets = Array.from({ length: topics[processor.input].partitions }, (_, partition) =>
    platform.redis.hget(positionKey(platform, processor, partition), 'offset'),
  );
  return (await Promise.all(offsets)).reduce((sum, offset) => sum + Number(offset ?? 0), 0);
}

export type OutageReport = { readonly notes: readonly string[]; readonly failures: readonly string[] };

/** Watches until the time is over; an outage that is too short to be noticed is not judged. */
export async function watchOutage(platform: Platform, kind: FaultKind, forMs: number): Promise<OutageReport> {
  const expected = expectations[kind];
  const untilMs = performance.now() + forMs;
  if (!expected || forMs < noticedWithinMs) return { notes: [], failures: [] };
  const going = goesOnAfter(platform, expected, untilMs);
  let apiSays = '';
  let processorsSay = '';
  let [asked, unready] = [0, 0];
  while (performance.now() < untilMs - pollMs) {
    await pause(pollMs);
    const [api, processors] = await Promise.all([apiReason(platform, expected.dependency), processorsReason(platform)]);
    asked += 1;
    if (processors !== '') unready += 1;
    apiSays ||= api;
    processorsSay ||= processors;
  }
  const goesOn = await going;
  const failures: string[] = [];
  if (apiSays === '') failures.push(`${kind}: the API did not answer 503 with a reason for ${expected.dependency}`);
  if (expected.isWaitedFor && processorsSay === '')
    failures.push(`${kind}: no processors' process answered 503 with a reason`);
  if (!goesOn) failures.push(`${kind}: not seen: ${expected.goesOn}`);
  const processorsNote = `processors 503 ${Math.round((100 * unready) / Math.max(1, asked))} % of the time "${processorsSay}"`;
  const notes = [`API 503 "${apiSays}"`, ...(expected.isWaitedFor ? [processorsNote] : [])];
  return { notes: goesOn ? [...notes, expected.goesOn] : notes, failures };
}

/** Asked once clients have noticed, until it has been seen or the outage is over. */
async function goesOnAfter(platform: Platform, { check }: Expectation, untilMs: number): Promise<boolean> {
  await pause(noticedWithinMs);
  const ask = await check(platform).catch(() => async () => false);
  while (performance.now() < untilMs) {
    await pause(pollMs);
    if (await ask().catch(() => false)) return true;
  }
  return false;
}

async function apiReason(platform: Platform, dependency: string): Promise<string> {
  const { status, body } = await platform.api.health();
  if (status !== 503) return '';
  const { dependencies } = JSON.parse(body) as {
    dependencies: Record<string, { status: string; reason: string | null }>;
  };
  const found = dependencies[dependency];
  return found?.status === 'down' ? `${dependency}: ${found.reason}` : '';
}

async function processorsReason(platform: Platform): Promise<string> {
  for (const process of platform.processors) {
    const { status, body } = await process.health();
    if (status === 503) return ((JSON.parse(body) as { why: string[] }).why[0] ?? '').slice(0, 120);
  }
  return '';
}
