// Gifts over HTTP: at a rate whatever their answers take (open loop), or as fast as so many callers are answered (closed loop).
import { setTimeout as pause } from 'node:timers/promises';
import { creatorOf, payerOf } from './gift-backlog.ts';
import { type Answer, HttpClient } from './http-client.ts';

export type Gift = { readonly key: string; readonly payer: string; readonly body: string };
/** In ms since 1970, with fractions. */
export type Settled = { readonly key: string; readonly asked: number; readonly answered: number };

const connectionsMax = 2_000;
const path = '/api/grpc/monetization/gift';

export const timeNow = (): number => performance.timeOrigin + performance.now();

export function giftOf(i: number, round: string): Gift {
  const payer = payerOf(i);
  const fields = { sender_id: payer, recipient_id: creatorOf(i), gift_type: 'ROSE', quantity: 1 + (i % 7) };
  return { key: `${round}-${i}`, payer, body: JSON.stringify(fields) };
}

export const sendGift = (client: HttpClient, { key, body }: Gift): Promise<Answer> =>
  client.post(path, { 'idempotency-key': key }, body);

/** Null if it was answered, but not settled: pending, or refused for want of capacity. */
async function settled(client: HttpClient, gift: Gift, asked: number): Promise<Settled | null> {
  const { status } = await sendGift(client, gift);
  if (status !== 200) return null;
  return { key: gift.key, asked, answered: timeNow() };
}

/** Times count from when a gift was due, so that a wait for a turn counts. @returns those that were settled */
export async function openLoop(
  port: number,
  { perSecond, seconds, round }: { perSecond: number; seconds: number; round: string },
): Promise<Settled[]> {
  const client = new HttpClient(port, connectionsMax);
  const open: Promise<Settled | null>[] = [];
  const startedAt = timeNow();
  for (let i = 0; i < perSecond * seconds; i++) {
    const due = startedAt + (i * 1_000) / perSecond;
    while (due - timeNow() > 1) await pause(due - timeNow());
    const one = settled(client, giftOf(i, round), due);
    one.catch(() => {});
    open.push(one);
  }
  const all = await Promise.all(open);
  client.close();
  return all.filter((one) => one !== null);
}

/** @returns gifts settled a second, after a warm-up */
export async function closedLoop(
  port: number,
  {
    callers,
    seconds,
    warmUpSeconds,
    round,
  }: { callers: number; seconds: number; warmUpSeconds: number; round: string },
): Promise<number> {
  const client = new HttpClient(port, callers);
  const from = timeNow() + warmUpSeconds * 1_000;
  const to = from + seconds * 1_000;
  let [next, count] = [0, 0];
  const caller = async () => {
    while (timeNow() < to) {
      const one = await settled(client, giftOf(next++, round), timeNow());
      if (one && one.answered >= from && one.answered < to) count += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  client.close();
  if (count === 0) throw new Error('no gift at all was settled');
  return count / seconds;
}
