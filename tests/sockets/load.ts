// The events of a run: views of some videos, gifts between people over HTTP, matches that begin, open and end.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { World } from '../world.ts';
import type { Random } from './random.ts';

export type Amounts = { readonly views: number; readonly gifts: number; readonly matches: number };

export const videos = Array.from({ length: 20 }, (_, i) => `video-${i}`);
export const payers = Array.from({ length: 10 }, (_, i) => `payer-${i}`);
export const daters = Array.from({ length: 6 }, (_, i) => `dater-${i}`);

const envelope = { correlationId: 'sockets', source: 'test', origin: null, ruleSet: 1 };
const viewsAtOnce = 250;
const giftsAtOnce = 24;
/** After a kill Kafka waits for the member that is gone, and the new one has to start. */
const giftMsMax = 240_000;

const eventOf = (userId: string, more: object) => ({
  ...{ ...envelope, eventId: randomUUID(), occurredAt: Date.now(), actorId: userId, userId },
  ...more,
});

export async function prepare(world: World): Promise<void> {
  const published = videos.map((videoId) => ({
    ...{ ...envelope, eventId: randomUUID(), occurredAt: Date.now(), actorId: 'maker', videoId, action: 'published' },
    ...{ creatorId: 'maker', title: videoId, category: 'music', tags: [], durationMs: 1_000, publishedAt: Date.now() },
    originalUrl: 'https://media.example/video.mp4',
  }));
  const purses = payers.map((accountId) => ({
    ...{ ...envelope, eventId: randomUUID(), occurredAt: Date.now(), actorId: 'test', type: 'coin_purchase' },
    ...{ accountId, asset: 'COIN', amount: 1_000_000, provider: 'local' },
  }));
  await world.append('video_uploads', published);
  await world.append('payment_transactions', purses);
}

export type Flow = {
  readonly viewsOf: Map<string, number>;
  /** By person: what should be told, in order. */
  readonly newsOf: Map<string, string[]>;
  done: number;
};

export type FlowNeeds = {
  readonly world: World;
  readonly urls: readonly string[];
  readonly amounts: Amounts;
  readonly random: Random;
  /** All of it takes at least so long. */
  readonly msMin: number;
};

/** Resolves when everything was published, and every gift answered. */
export async function flow(needs: FlowNeeds): Promise<Flow> {
  const told: Flow = { viewsOf: new Map(), newsOf: new Map(), done: 0 };
  await Promise.all([views(needs, told), gifts(needs, told), matches(needs, told)]);
  return told;
}

async function views({ world, amounts, random, msMin }: FlowNeeds, told: Flow): Promise<void> {
  const startedAt = performance.now();
  for (let sent = 0; sent < amounts.views; ) {
    const count = Math.min(viewsAtOnce, amounts.views - sent);
    const batch = Array.from({ length: count }, () => {
      const videoId = videos[random.below(videos.length)] as string;
      told.viewsOf.set(videoId, (told.viewsOf.get(videoId) ?? 0) + 1);
      return eventOf(`viewer-${random.below(2_000)}`, { action: 'view', videoId, watchDurationMs: 1_000 });
    });
    await world.append('user_activity', batch);
    sent += count;
    told.done += count;
    await pause(Math.max(0, startedAt + (msMin * sent) / amounts.views - performance.now()));
  }
}

async function gifts({ urls, amounts, random, msMin }: FlowNeeds, told: Flow): Promise<void> {
  const startedAt = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < amounts.gifts) {
      next += 1;
      await pause(Math.max(0, startedAt + (msMin * next) / amounts.gifts - performance.now()));
      const payer = random.below(payers.length);
      const payee = (payer + 1 + random.below(payers.length - 1)) % payers.length;
      await given(urls, random, {
        sender_id: payers[payer],
        recipient_id: payers[payee],
        gift_type: 'ROSE',
        quantity: 1,
      });
      told.done += 1;
    }
  };
  await Promise.all(Array.from({ length: giftsAtOnce }, worker));
}

/** Asked again with the same key, at either instance, until it is decided. */
async function given(urls: readonly string[], random: Random, gift: object): Promise<void> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
  const startedAt = performance.now();
  for (;;) {
    const url = urls[random.below(urls.length)];
    const body = JSON.stringify(gift);
    const answer = await fetch(`${url}/api/grpc/monetization/gift`, { method: 'POST', headers, body });
    const text = await answer.text();
    if (answer.status === 200) return;
    if (performance.now() - startedAt > giftMsMax) throw new Error(`a gift is not decided: ${answer.status} ${text}`);
    await pause(50);
  }
}

async function matches({ world, amounts, random, msMin }: FlowNeeds, told: Flow): Promise<void> {
  const open = new Map<string, { matchId: string; status: string; other: string }[]>();
  for (let i = 0; i < amounts.matches; i++) {
    const userId = daters[random.below(daters.length)] as string;
    const own = open.get(userId) ?? [];
    open.set(userId, own);
    const turned = own.find(({ status }) => status !== 'ended');
    const isNew = !turned || random.chance(0.5);
    const match = isNew ? { matchId: `match-${i}`, status: 'match', other: `other-${i}` } : turned;
    if (isNew) own.push(match);
    else match.status = match.status === 'match' && random.chance(0.7) ? 'unlocked' : 'ended';
    const about = { targetUserId: match.other, matchId: match.matchId };
    const what = isNew ? { action: 'match' } : { action: 'match_change', status: match.status };
    await world.append('user_activity', [eventOf(userId, { ...what, ...about })]);
    const news = told.newsOf.get(userId) ?? [];
    told.newsOf.set(userId, [...news, `${match.status} ${match.matchId}`]);
    told.done += 1;
    await pause(msMin / amounts.matches);
  }
}
