// Limits on a real Redis: the script against a plain model, two API processes with one budget, and what holds when Redis is away.

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../api/access.ts';
import { GrpcDoor } from '../../api/grpc/door.ts';
import { grpcServices } from '../../api/grpc/services.ts';
import { intervalUs, RedisBuckets } from '../../api/limits/gcra.ts';
import type { Limits } from '../../api/limits/limits.ts';
import { type LimitsMade, makeLimits } from '../../api/limits/make.ts';
import { Metrics } from '../../api/metrics.ts';
import type { Credentials, Services } from '../../api/ports.ts';
import { type Config, readConfig } from '../../infra/config.ts';
import { connectRedis } from '../../infra/redis.ts';
import { GrpcClient } from '../grpc-client.ts';
import { RedisDoor } from '../redis-door.ts';
import { type Api, problemFrom, startApi } from '../unit/api-server.ts';

const log = pino({ level: 'silent' });
const namespace = `t${randomBytes(5).toString('hex')}_`;
const { redis: place } = readConfig();
const clients = [new Redis(place.url), new Redis(place.url)] as const;
const buckets = clients.map((client) => new RedisBuckets(client));
const [one, other] = buckets as [RedisBuckets, RedisBuckets];

afterAll(async () => {
  const keys = await clients[0].keys(`${namespace}*`);
  if (keys.length > 0) await clients[0].del(...keys);
  for (const client of clients) client.disconnect();
});

const timeUs = async () => {
  const [s, us] = await clients[0].time();
  return Number(s) * 1e6 + Number(us);
};

describe('the script', () => {
  it('is a bucket: all of a call or nothing, as much as is there between the least and what is wanted', async () => {
    const ask = fc.record({ bucket: fc.nat(2), least: fc.integer({ min: 1, max: 12 }), more: fc.nat(12) });
    // So slow that nothing drips in meanwhile, to the second: what is there is only what was not taken.
    const perSecond = 1e-6;
    const bursts = [5, 20, 100];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(ask, { minLength: 1, maxLength: 3 }), { maxLength: 20 }), async (calls) => {
        const name = `${namespace}model:${randomBytes(6).toString('hex')}`;
        const left = [...bursts];
        for (const [i, asked] of calls.entries()) {
          const distinct = [...new Map(asked.map((each) => [each.bucket, each])).values()];
          const granted = distinct.every(({ bucket, least }) => (left[bucket] ?? 0) >= least);
          const answer = await (i % 2 ? one : other).take(
            distinct.map(({ bucket, least, more }) => ({
              ...{ key: `${name}:${bucket}`, burst: bursts[bucket] ?? 0, perSecond, least, wanted: least + more },
            })),
          );
          expect(answer.isGranted).toBe(granted);
          for (const [j, { bucket, least, more }] of distinct.entries()) {
            const taken = granted ? Math.min(left[bucket] ?? 0, least + more) : 0;
            left[bucket] = (left[bucket] ?? 0) - taken;
            expect(answer.each[j]).toMatchObject({ taken, left: left[bucket] });
            expect((answer.each[j]?.waitMs ?? 0) > 0).toBe(!granted && (left[bucket] ?? 0) < least);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('gives two processes together never more than burst and rate allow, and nearly all of it', async () => {
    const key = `${namespace}two`;
    const [burst, perSecond] = [50, 400];
    const began = await timeUs();
    let taken = 0;
    for (let round = 0; round < 40; round++) {
      const asked = Array.from({ length: 10 }, (_, i) =>
        (i % 2 ? one : other).take([{ key, burst, perSecond, least: 1, wanted: 1 + (i % 3) }]),
      );
      for (const { each } of await Promise.all(asked)) taken += each[0]?.taken ?? 0;
      const due = burst + ((await timeUs()) - began) / intervalUs(perSecond);
      expect(taken).toBeLessThanOrEqual(due);
    }
    expect(taken).toBeGreaterThanOrEqual(burst);
  });

  it('tells the time to wait, and leaves nothing behind for longer than it takes to fill', async () => {
    const key = `${namespace}wait`;
    const ask = { key, burst: 10, perSecond: 10, least: 10, wanted: 10 };
    expect((await one.take([ask])).isGranted).toBe(true);
    const { isGranted, each } = await one.take([{ ...ask, least: 5 }]);
    expect(isGranted).toBe(false);
    expect(each[0]?.waitMs).toBeGreaterThan(300);
    expect(each[0]?.waitMs).toBeLessThanOrEqual(500);
    expect(await clients[0].pttl(key)).toBeLessThanOrEqual(1_000);
  });

  it('keeps nobody waiting for longer than a bucket takes to fill, whatever the key holds', async () => {
    const key = `${namespace}ahead`;
    await clients[0].set(key, '9e17');
    const { each } = await one.take([{ key, burst: 10, perSecond: 10, least: 1, wanted: 1 }]);
    expect(each[0]?.waitMs).toBeLessThanOrEqual(100);
  });
});

/** Everyone is who the token says. */
const identity = {
  callerOf: ({ authorization }: Credentials): Caller => {
    const userId = authorization?.replace('Bearer ', '');
    return userId ? { kind: 'user', userId, sessionId: 's', roles: [] } : { kind: 'anonymous' };
  },
};
const rates = {
  user: { burst: 40, perSecond: 1 },
  address: { burst: 60, perSecond: 1 },
  money: { burst: 3, perSecond: 0.01 },
};
const configWith = (url: string, proxies: readonly string[] = []): Config => ({
  ...readConfig(),
  namespace,
  redis: { url },
  limits: { isOn: true, rates, trustedProxies: proxies, trusted: [] },
});
const nobody = { people: { isErased: () => false } } as unknown as Partial<Services>;

type Running = { readonly api: Api; readonly made: LimitsMade };
async function start(url: string, proxies?: readonly string[]): Promise<Running> {
  const made = makeLimits(configWith(url, proxies), log, new Metrics());
  return { made, api: await startApi({ ...nobody, identity, limits: made.limits }) };
}
async function stop({ api, made }: Running): Promise<void> {
  made.stop();
  await api.close();
}
const products = ({ api }: Running, user: string | null, headers: Record<string, string> = {}) =>
  fetch(`${api.url}/api/products`, { headers: { ...headers, ...(user && { authorization: `Bearer ${user}` }) } });
/** Answers of a limiter that is connected are not those of one that is still connecting. */
async function connected(limits: Limits): Promise<void> {
  const asked = { caller: { kind: 'user', userId: 'first', sessionId: 's', roles: [] }, tell: () => (isThere = true) };
  let isThere = false;
  const until = Date.now() + 10_000;
  while (!isThere && Date.now() < until) {
    await limits.ofBudget('messages', asked as never);
    await new Promise(setImmediate);
  }
}

describe('two API processes', () => {
  let running: readonly Running[];
  beforeAll(async () => {
    running = await Promise.all([start(place.url, ['127.0.0.1']), start(place.url, ['127.0.0.1'])]);
    for (const { made } of running) await connected(made.limits);
  });
  afterAll(() => Promise.all(running.map(stop)));

  it('admit one user together as often as one would, and say how it stands', async () => {
    const began = Date.now();
    let admitted = 0;
    for (let i = 0; i < 50; i++) {
      const at = running[i % 2] as Running;
      const response = await products(at, 'ana', { 'x-forwarded-for': `198.51.100.${i}` });
      if (response.status === 200) admitted += 1;
      expect(response.headers.get('ratelimit-policy')).toBe('"user";q=40;w=40, "address";q=60;w=60');
      expect(response.headers.get('ratelimit')).toMatch(/^"user";r=\d+;t=\d+, "address";r=\d+;t=\d+$/);
      if (response.status === 200) continue;
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      const problem = await problemFrom(response);
      expect(problem).toMatchObject({ status: 429, reason: 'rate_limited', limit: 'user', retry_after_s: 1 });
    }
    // Each process may hold a unit or two that it has leased and not used.
    expect(admitted).toBeGreaterThanOrEqual(40 - 4);
    expect(admitted).toBeLessThanOrEqual(40 + Math.ceil((Date.now() - began) / 1_000));
  });

  it('limit an address over all its users, and not the next address', async () => {
    const from = (address: string, i: number) =>
      products(running[i % 2] as Running, `user-${i}`, { 'x-forwarded-for': address });
    const statuses = [];
    for (let i = 0; i < 70; i++) statuses.push((await from('203.0.113.9', i)).status);
    expect(statuses.slice(0, 50)).toEqual(Array(50).fill(200));
    expect(statuses.at(-1)).toBe(429);
    expect((await from('203.0.113.10', 1)).status).toBe(200);
    // An IPv6 customer has a whole /64.
    const six = [];
    for (let i = 0; i < 70; i++) six.push((await from(`2001:db8:1:2::${i.toString(16)}`, i)).status);
    expect(six.at(-1)).toBe(429);
  });

  it('refuse over gRPC with the same reason and the time to wait', async () => {
    const service = grpcServices.find(({ name }) => name === 'monetization');
    if (!service) throw new Error('no service');
    const services = { ...nobody, identity, limits: running[0]?.made.limits, now: () => 0 } as unknown as Services;
    const door = new GrpcDoor({
      services,
      metrics: new Metrics(),
      log,
      service,
      connections: readConfig().grpcConnections,
    });
    const grpc = new GrpcClient(await door.listen('127.0.0.1', 0), service);
    const tip = (i: number) =>
      grpc.call('SendTip', {}, { authorization: 'Bearer grace', 'x-forwarded-for': `192.0.2.${i}` });
    const codes = [(await tip(1)).code, (await tip(2)).code, (await tip(3)).code];
    const { code, info, metadata } = await tip(4);
    grpc.close();
    await door.close();
    expect(codes).toEqual([3, 3, 3]);
    expect([code, info]).toMatchObject([8, { reason: 'rate_limited', metadata: { limit: 'money' } }]);
    expect(Number(metadata.get('retry-after')[0])).toBeGreaterThan(1);
  });
});

describe('without Redis', () => {
  it('reads go on and what is closed is 503, at once, and limits hold again when it is back', async () => {
    const door = await RedisDoor.to(place.url);
    const running = await start(door.url);
    await connected(running.made.limits);
    await door.shut();
    const began = performance.now();
    const read = await products(running, 'eve');
    const closed = await fetch(`${running.api.url}/api/users/eve/export`, { headers: { authorization: 'Bearer eve' } });
    const tookMs = performance.now() - began;
    await door.open();
    const probe = new Redis(place.url);
    await connectRedis(probe);
    probe.disconnect();
    let limited = await products(running, 'eve');
    for (let i = 0; i < 2_000 && !limited.headers.has('ratelimit'); i++) limited = await products(running, 'eve');
    await stop(running);
    await door.shut();
    expect([read.status, read.headers.has('ratelimit')]).toEqual([200, false]);
    expect([closed.status, await problemFrom(closed)]).toMatchObject([503, { reason: 'unavailable' }]);
    expect(closed.headers.get('retry-after')).toBe('1');
    expect(tookMs).toBeLessThan(1_000);
    expect(limited.headers.has('ratelimit')).toBe(true);
  }, 30_000);
});
