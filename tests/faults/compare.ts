// Compares everything that is kept with the independent fold of the log; timers fire whenever they are due, so again if the log grew meanwhile.
import { setTimeout as pause } from 'node:timers/promises';
import { type TopicName, topicNames, topics } from '../../schemas/topics.ts';
import { type Comparison, compareRedis } from './compare-redis.ts';
import { compareRows } from './compare-rows.ts';
import { complaintsOf, foldLog, type Log } from './expected.ts';
import type { Platform } from './platform.ts';
import { recovered } from './recovery.ts';

export type Compared = {
  readonly log: Log;
  readonly redis: Comparison;
  readonly rows: Comparison;
  readonly differences: readonly string[];
};

const triesMax = 5;
const betweenMs = 1_000;
const folded: readonly TopicName[] = topicNames.filter((name) => ['source', 'derived'].includes(topics[name].kind));

export async function compareAll(platform: Platform): Promise<Compared> {
  for (let tries = 1; ; tries++) {
    await recovered(platform);
    const before = await lengthOf(platform);
    const log = await foldLog(platform);
    const [redis, rows] = [await compareRedis(platform, log.expected), await compareRows(platform, log.expected)];
    const differences = [...complaintsOf(log), ...redis.differences, ...rows.differences];
    const isStill = (await lengthOf(platform)) === before;
    if (differences.length === 0 || isStill || tries === triesMax) return { log, redis, rows, differences };
    await pause(betweenMs);
  }
}

async function lengthOf(platform: Platform): Promise<number> {
  let length = 0;
  for (const topic of folded) for (const end of (await platform.ends(topic)).values()) length += end;
  return length;
}
