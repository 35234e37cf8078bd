// Records that nobody can fold, one of each kind, and what an operator sends again for them: the same bytes, mended ones, another's.
import { setTimeout as pause } from 'node:timers/promises';
import { Registry } from '../../infra/avro.ts';
import { partitionOf } from '../../infra/kafka.ts';
import { type Random, seeded } from '../../producers/simulate/random.ts';
import { type TopicName, topics } from '../../schemas/topics.ts';
import { users, videos } from './load-events.ts';
import type { Platform } from './platform.ts';

type Bad = { readonly value: Buffer | null; readonly key?: string; readonly origin?: string };
type Codecs = ReadonlyMap<TopicName, { encode(event: unknown): Buffer }>;
type Target = { readonly topic: TopicName; readonly processor: string };

const targets: readonly Target[] = [
  { topic: 'user_activity', processor: 'history' },
  { topic: 'video_uploads', processor: 'feed' },
  { topic: 'video_engagement', processor: 'engagement' },
];
const betweenMs = 40;
const aheadMs = 3_600_000;
const hugeBytes = 500_000;
const longName = 2_000;

/** A like, or a removal: what decodes and can be folded. */
function soundEvent(topic: TopicName, key: string, eventId: string, occurredAt: number) {
  const envelope = {
    eventId,
    occurredAt,
    actorId: 'fault',
    correlationId: 'fault',
    source: 'fault',
    ruleSet: 0,
    origin: null,
  };
  if (topic === 'user_activity') return { ...envelope, userId: key, action: 'like', videoId: 'video_1' };
  if (topic === 'video_uploads') return { ...envelope, videoId: key, action: 'moderated', reason: 'fault' };
  return { ...envelope, videoId: key, action: 'like', userId: 'user_1' };
}

const framed = (id: number, rest: Buffer) => {
  const frame = Buffer.alloc(5);
  frame.writeInt32BE(id, 1);
  return Buffer.concat([frame, rest]);
};

const kinds: Readonly<Record<string, (at: { topic: TopicName; key: string; id: string; codecs: Codecs }) => Bad>> = {
  'bad magic byte': ({ topic, key, id, codecs }) => {
    const value = Buffer.from(sound(codecs, topic, key, id));
    value[0] = 1;
    return { value };
  },
  'less than five bytes': () => ({ value: Buffer.from([0, 0, 0]) }),
  'unknown schema id': ({ topic, key, id, codecs }) => ({
    value: framed(987_654, sound(codecs, topic, key, id).subarray(5)),
  }),
  'another schema': ({ codecs }) => ({ value: sound(codecs, 'person_keys', 'k', 'k') }),
  'wrong bytes': ({ topic, key, id, codecs }) => {
    const value = sound(codecs, topic, key, id);
    return { value: Buffer.concat([value.subarray(0, 5), Buffer.from('no record at all')]) };
  },
  'null value': () => ({ value: null }),
  'deep and huge': () => ({ value: Buffer.from('['.repeat(hugeBytes)) }),
  'long key': ({ topic, id, codecs }) => {
    const key = 'k'.repeat(longName);
    return { key, value: sound(codecs, topic, key, id) };
  },
  'long event id': ({ topic, key, codecs }) => ({ value: sound(codecs, topic, key, 'i'.repeat(longName)) }),
  'dated ahead': ({ topic, key, id, codecs }) => ({ value: sound(codecs, topic, key, id, Date.now() + aheadMs) }),
  'unreadable origin': ({ topic, key, id, codecs }) => ({
    value: sound(codecs, topic, key, id),
    origin: 'from nowhere',
  }),
};

export const poisonKinds = Object.keys(kinds);

function sound(codecs: Codecs, topic: TopicName, key: string, id: string, occurredAt = Date.now()): Buffer {
  const codec = codecs.get(topic);
  if (!codec) throw new Error(`no codec for ${topic}`);
  if (topic === 'person_keys') return codec.encode({ userId: key, keyId: id, key: Buffer.alloc(32) });
  return codec.encode(soundEvent(topic, key, id, occurredAt));
}

const known = new WeakMap<Platform, Promise<Codecs>>();

/** Fetched once, for the registry may be away when they are needed. */
export function codecsOf(platform: Platform): Promise<Codecs> {
  const registry = new Registry(platform.config.registry.url, platform.config.namespace);
  const names: TopicName[] = [...targets.map(({ topic }) => topic), 'person_keys'];
  const fetched = async () =>
    new Map(await Promise.all(names.map(async (name) => [name, await registry.codec<unknown>(name)] as const)));
  const codecs = known.get(platform) ?? fetched();
  known.set(platform, codecs);
  return codecs;
}

/** @returns how many records were appended */
export async function appendPoison(platform: Platform, seed: number): Promise<number> {
  const random = seeded(seed);
  const codecs = await codecsOf(platform);
  let appended = 0;
  for (const [kind, make] of Object.entries(kinds)) {
    for (const { topic, processor } of targets) {
      const key = topic === 'user_activity' ? `user_${random.whole(users)}` : `video_${random.whole(videos)}`;
      const id = `poison_${seed}_${kind.replaceAll(' ', '_')}_${topic}`;
      const bad = make({ topic, key, id, codecs });
      const again = sendAgain(random, { id, processor, mended: sound(codecs, topic, bad.key ?? key, id) });
      appended += await appendInTurn(platform, topic, { key, ...bad }, { id, again });
      await pause(betweenMs);
    }
  }
  return appended;
}

type Again = (offset: number, value: Buffer | null) => { value: Buffer | null; redrive: string }[];

/** None, or one of each: unmended, mended, mended once more, and for a processor that there is not. */
function sendAgain(random: Random, { processor, mended }: { id: string; processor: string; mended: Buffer }): Again {
  const isWanted = random.next() < 0.4;
  return (offset, value) => {
    if (!isWanted) return [];
    const redrive = `${processor}/${offset}`;
    const foreign = { value: mended, redrive: `nobody/${offset}` };
    return [foreign, { value, redrive }, { value: mended, redrive }, { value: mended, redrive }];
  };
}

async function appendInTurn(
  platform: Platform,
  topic: TopicName,
  { key, value, origin }: Bad & { readonly key: string },
  { id, again }: { readonly id: string; readonly again: Again },
): Promise<number> {
  const partition = partitionOf(key, topics[topic].partitions);
  const headers = origin === undefined ? { id } : { id, origin };
  const offset = await platform.append(topic, [{ key, value, partition, headers }]);
  // A mended copy under a name that is still too long would be poison again; its key is what it is.
  const copies = again(offset, value).map((copy) => ({
    key,
    value: copy.value,
    partition,
    headers: { id, redrive: copy.redrive },
  }));
  if (copies.length > 0) await platform.append(topic, copies);
  return 1 + copies.length;
}
