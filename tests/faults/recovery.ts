// Whether the platform is well again: every process ready, every partition owned, and everything folded that was in the log.
import { setTimeout as pause } from 'node:timers/promises';
import { processorList } from '../../processors/list.ts';
import { metaKey } from '../../processors/runtime/keys.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import { type TopicName, topics } from '../../schemas/topics.ts';
import { liveTag } from './generation.ts';
import type { Platform } from './platform.ts';

const recoveryMsMax = 90_000;
const pollMs = 100;

type Ready = { readonly ready: boolean; readonly why: readonly string[] } & {
  readonly processors: Readonly<Record<string, readonly { readonly partition: number; readonly state: string }[]>>;
};

export const positionKey = (platform: Platform, { name, input }: Processor, partition: number): string =>
  metaKey(liveTag(platform, { processor: name, topic: input, partition }));

/** Records of a topic that its processors have not folded, up to the given ends. */
async function behind(platform: Platform, topic: TopicName, ends: ReadonlyMap<number, number>): Promise<string[]> {
  const lags = processorList
    .filter(({ input }) => input === topic)
    .flatMap((processor) =>
      [...ends].map(async ([partition, end]) => {
        const folded = Number((await platform.redis.hget(positionKey(platform, processor, partition), 'offset')) ?? 0);
        return folded < end ? `${processor.name} ${partition} is at ${folded} of ${end}` : '';
      }),
    );
  return (await Promise.all(lags)).filter(Boolean);
}

/** Why not every partition of every processor is owned and ready. */
async function notReady(platform: Platform): Promise<string[]> {
  const why: string[] = [];
  const owned = new Map<string, number>();
  for (const process of platform.processors) {
    const { status, body } = await process.health();
    if (status !== 200) why.push(`${process.spec.name} answers ${status} ${body.slice(0, 300)}`);
    if (status === 0) continue;
    const { processors } = JSON.parse(body) as Ready;
    for (const [name, partitions] of Object.entries(processors))
      owned.set(name, (owned.get(name) ?? 0) + partitions.length);
  }
  for (const { name, input } of processorList)
    if (owned.get(name) !== topics[input].partitions) why.push(`${name} owns ${owned.get(name) ?? 0} partitions`);
  const { status, body } = await platform.api.health();
  if (status !== 200) why.push(`the API answers ${status} ${body.slice(0, 500)}`);
  return why;
}

type Asked = { readonly what: string; readonly ask: () => Promise<readonly string[]> };

async function until(platform: Platform, { what, ask }: Asked): Promise<void> {
  const sinceMs = performance.now();
  for (;;) {
    const why = await ask().catch((error: Error) => [error.message]);
    if (why.length === 0) return;
    if (performance.now() - sinceMs > recoveryMsMax) {
      const unready = await notReady(platform);
      throw new Error(`${what} within ${recoveryMsMax / 1_000} s: ${[...why.slice(0, 8), ...unready].join('; ')}`);
    }
    await pause(pollMs);
  }
}

/** Resolves when all is well and all is folded that was in the log at the call, with what follows from it. @returns ms */
export async function recovered(platform: Platform): Promise<number> {
  const sinceMs = performance.now();
  // The longest way of sources: a swipe in the ledger, its pair, back to the ledger, the person's own history.
  for (const kind of ['source', 'source', 'source', 'derived'] as const) {
    for (const topic of new Set(processorList.map(({ input }) => input))) {
      if (topics[topic].kind !== kind) continue;
      const ends = await platform.ends(topic);
      await until(platform, { what: `${topic} is not folded`, ask: () => behind(platform, topic, ends) });
    }
  }
  await until(platform, { what: 'the platform is not ready', ask: () => notReady(platform) });
  return performance.now() - sinceMs;
}
