// Where the time of a gift goes: the broker's append times of its request and of its entry, and when the commit was told, beside the client's times.
import { Redis } from 'ioredis';
import { Registry } from '../infra/avro.ts';
import type { Config } from '../infra/config.ts';
import { createKafka, topicIn } from '../infra/kafka.ts';
import type { Log } from '../infra/log.ts';
import { readRange } from '../infra/read-range.ts';
import { firstGeneration, type Push, pushChannel } from '../processors/runtime/keys.ts';
import type { LedgerEntry, PaymentTransaction } from '../schemas/generated.ts';
import { type Settled, timeNow } from './gift-load.ts';

export type Hops = Readonly<Record<(typeof hopNames)[number], number[]>>;
export const hopNames = ['request → in the log', '→ entry in the log', '→ commit told', '→ answer'] as const;

/** The broker's times are whole ms, cut off: on average half of one is missing. */
const cutOffMs = 0.5;

/** Hears commits of the ledger from now on: when each request's outcome was told, by its idempotency key. */
export async function hearCommits(config: Config): Promise<{ readonly at: ReadonlyMap<string, number>; stop(): void }> {
  const redis = new Redis(config.redis.url);
  const at = new Map<string, number>();
  redis.on('message', (_channel: string, message: string) => {
    const told = timeNow();
    const { memos } = JSON.parse(message) as Push & { readonly memos?: object };
    for (const memo of Object.keys(memos ?? {})) at.set(memo.slice(memo.lastIndexOf(':') + 1), told);
  });
  await redis.subscribe(pushChannel(config.namespace, firstGeneration, 'ledger'));
  return { at, stop: () => redis.disconnect() };
}

/** When requests and their entries were appended, by idempotency key. */
export async function appendTimes(config: Config, log: Log) {
  const requests = new Map<string, number>();
  const entries = new Map<string, number>();
  await readTopic<PaymentTransaction>({ config, log, topic: 'payment_transactions' }, (event, time) => {
    if (event.type === 'gift') requests.set(event.idempotencyKey, time);
  });
  await readTopic<LedgerEntry>({ config, log, topic: 'ledger_entries' }, ({ idempotencyKey, kind }, time) => {
    if (kind === 'gift' && idempotencyKey) entries.set(idempotencyKey, time);
  });
  return { requests, entries };
}

type Read = { readonly config: Config; readonly log: Log; readonly topic: 'payment_transactions' | 'ledger_entries' };

async function readTopic<Event>({ config, log, topic }: Read, onEvent: (event: Event, time: number) => void) {
  const codec = await new Registry(config.registry.url, config.namespace).codec<Event>(topic);
  const range = { kafka: createKafka(config, log), topic: topicIn(config.namespace, topic), from: () => 0 };
  await readRange(range, ({ value, timestamp }) => onEvent(codec.decode(value), Number(timestamp) + cutOffMs));
}

export function hopsOf(
  settled: readonly Settled[],
  told: ReadonlyMap<string, number>,
  { requests, entries }: Awaited<ReturnType<typeof appendTimes>>,
): Hops {
  const hops: Hops = { 'request → in the log': [], '→ entry in the log': [], '→ commit told': [], '→ answer': [] };
  for (const { key, asked, answered } of settled) {
    const [request, entry, commit] = [requests.get(key), entries.get(key), told.get(key)];
    if (request === undefined || entry === undefined || commit === undefined) continue;
    const at = [asked, request, entry, commit, answered];
    hopNames.forEach((name, i) => {
      hops[name].push((at[i + 1] as number) - (at[i] as number));
    });
  }
  return hops;
}
