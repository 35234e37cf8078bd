// What /ws takes, pushes and refuses, over sources made up here.
import { connect } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Caller } from '../../api/access.ts';
import type { Credentials, Feed, Services } from '../../api/ports.ts';
import { Refusal } from '../../api/problems.ts';
import { limits } from '../../api/ws/protocol.ts';
import { aheadMsMax } from '../../api/ws/subscription.ts';
import { type Api, startApi, video } from './api-server.ts';
import { SocketClient as Client, type Message } from './socket-client.ts';

/** A feed whose content the test changes, and the place in the log with it. */
class ChangingFeed implements Feed {
  ids: readonly string[] = ['v1'];
  reads = 0;
  next = 1;
  generation = 1;
  readonly listeners = new Set<() => void>();
  readonly swaps: ((slug: string) => void)[] = [];
  async rank() {
    this.reads += 1;
    return { variant: 'fixed', videos: this.ids.map(video), next_cursor: null };
  }
  trending() {
    return this.rank();
  }
  async receipt() {
    return null;
  }
  candidateCount() {
    return 1;
  }
  onFeedChange(_userId: string, listener: () => void) {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
  onVideoChange(videoId: string, listener: () => void) {
    return this.onFeedChange(videoId, listener);
  }
  show(...ids: string[]) {
    this.ids = ids;
    this.next += 1;
    for (const listener of this.listeners) listener();
  }
  positions(): Services['positions'] {
    const of = async () => ({ generation: this.generation, next: this.next });
    const onGeneration = (listener: (slug: string) => void) => void this.swaps.push(listener);
    return { generation: () => this.generation, of, ofAll: of, onGeneration };
  }
}

/** What engagement would hold of a video. */
const counted = (feed: ChangingFeed, filler = '') => ({
  figures: async () => ({
    engagement: { views: feed.next, offset: feed.next, filler },
    candidate: null,
    trending: null,
  }),
});

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
  vi.useRealTimers();
});

async function opening(api: Api, options: ConstructorParameters<typeof Client>[1] = {}): Promise<Client> {
  const client = new Client(api.url, options);
  opened.push({ close: () => client.socket.terminate() });
  await client.opened();
  return client;
}

async function connected(feed = new ChangingFeed(), more: Partial<Services> = {}) {
  const videos = counted(feed) as never;
  const api = await startApi({ feed, positions: feed.positions(), videos, ...more });
  opened.push(api);
  return { api, client: await opening(api), feed };
}

describe('a subscription', () => {
  it('starts with a snapshot and goes on with what changed, each message naming what it covers', async () => {
    const { client, feed } = await connected();
    client.send({ type: 'subscribe', channel: 'feed:u1', id: 'first' });
    expect(await client.next('subscribed')).toMatchObject({ channel: 'feed:u1', sequence: '1:0:0', id: 'first' });
    feed.show('v2', 'v1');
    expect(await client.next('update')).toMatchObject({ channel: 'feed:u1', sequence: '1:1:0', previous: '1:0:0' });
    feed.show('v3');
    expect(await client.next('update', 2)).toMatchObject({
      sequence: '1:2:0',
      previous: '1:1:0',
      data: { videos: [{ video_id: 'v3' }] },
    });
  });

  it('coalesces a burst and says nothing when nothing changed', async () => {
    const { client, feed } = await connected();
    client.send({ type: 'subscribe', channel: 'feed:u1' });
    await client.next('subscribed');
    for (let i = 0; i < 50; i += 1) feed.show('v1');
    feed.show('v9');
    expect(await client.next('update')).toMatchObject({ sequence: '1:51:0', previous: '1:0:0' });
    expect(client.of('update')).toHaveLength(1);
    expect(feed.reads).toBeLessThanOrEqual(3);
  });

  it('that resumes is brought on from where it was, or told nothing if nothing is new', async () => {
    const { client, feed } = await connected();
    feed.next = 8;
    client.send({
      type: 'subscribe',
      channels: [
        { channel: 'video:v1', after: '1:5:0' },
        { channel: 'video:v2', after: '1:8:0' },
      ],
    });
    expect(await client.next('subscribed')).toMatchObject({ channel: 'video:v1', sequence: '1:5:0', resumed: true });
    expect(await client.next('update')).toMatchObject({ previous: '1:5:0', sequence: '1:8:0', data: { views: 8 } });
    await client.next('subscribed', 2);
    client.send({ type: 'ping' });
    await client.next('pong');
    expect(client.of('update')).toHaveLength(1);
  });

  it('that begins after what is not there waits for it, then is told where the channel really is', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'Date'] });
    const { client, feed } = await connected();
    client.send({ type: 'subscribe', channel: 'video:v1', after: '1:900:0' });
    expect(await client.next('subscribed')).toMatchObject({ sequence: '1:900:0', resumed: true });
    feed.show('v2');
    await vi.advanceTimersByTimeAsync(aheadMsMax - 2_000);
    expect(client.of('update')).toEqual([]);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(await client.next('update')).toMatchObject({ previous: '1:900:0', sequence: '1:2:0', data: { views: 2 } });
    feed.show('v3');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await client.next('update', 2)).toMatchObject({ previous: '1:2:0', sequence: '1:3:0' });
  });

  it('is told the whole again by a new generation', async () => {
    const { client, feed } = await connected();
    client.send({ type: 'subscribe', channel: 'video:v1' });
    await client.next('subscribed');
    feed.generation = 2;
    for (const swapped of feed.swaps) swapped('engagement');
    expect(await client.next('update')).toMatchObject({ previous: '1:1:0', sequence: '2:1:0' });
  });

  it('that joins while others are told does not keep them from it', async () => {
    const { api, client, feed } = await connected();
    client.send({ type: 'subscribe', channel: 'video:v1' });
    await client.next('subscribed');
    const others = await Promise.all([1, 2, 3].map(() => opening(api)));
    feed.show();
    for (const other of others) other.send({ type: 'subscribe', channel: 'video:v1' });
    await Promise.all(others.map((other) => other.next('subscribed')));
    expect(await client.next('update')).toMatchObject({ data: { views: 2 } });
  });

  it('ends when it is told to, and with the socket', async () => {
    const { client, feed } = await connected();
    client.send({ type: 'subscribe', channels: ['feed:u1', 'feed:u2'] });
    await client.next('subscribed', 2);
    client.send({ type: 'unsubscribe', channel: 'feed:u1', id: 'x' });
    expect(await client.next('unsubscribed')).toMatchObject({ channel: 'feed:u1', id: 'x' });
    expect(feed.listeners.size).toBe(1);
    client.socket.close();
    await expect.poll(() => feed.listeners.size).toBe(0);
  });

  it('to more than 100 channels is refused', async () => {
    const { client } = await connected();
    client.send({ type: 'subscribe', channels: Array.from({ length: 100 }, (_, i) => `feed:u${i}`) });
    client.send({ type: 'subscribe', channel: 'feed:u100', id: 'many' });
    expect(await client.next('error')).toMatchObject({ reason: 'overloaded', channel: 'feed:u100', id: 'many' });
  });
});

describe('a message', () => {
  const long = `video:${'v'.repeat(5_000)}`;
  it.each([
    ['not json', 'malformed_request', undefined],
    ['[]', 'malformed_request', undefined],
    [{ type: 'shout' }, 'invalid_field', 'type'],
    [{ type: 'subscribe' }, 'invalid_field', 'channel'],
    [{ type: 'subscribe', channel: 'feed:' }, 'invalid_field', 'channel'],
    [{ type: 'subscribe', channel: 'feed' }, 'invalid_field', 'channel'],
    [{ type: 'subscribe', channel: 'users:u1' }, 'invalid_field', 'channel'],
    [{ type: 'subscribe', channel: 'constructor:u1' }, 'invalid_field', 'channel'],
    [{ type: 'subscribe', channel: 'leaderboard:rich' }, 'invalid_field', 'channel'],
    [{ type: 'subscribe', channel: long }, 'invalid_field', 'channel'],
    [{ type: 'subscribe', channel: 'feed:u1', after: 7 }, 'invalid_field', 'after'],
    [{ type: 'subscribe', channel: 'feed:u1', form: '1:0:0' }, 'unknown_field', 'form'],
    [{ type: 'subscribe', channels: [] }, 'invalid_field', 'channels'],
    [
      { type: 'subscribe', channels: ['feed:u1', { channel: 'feed:u2', after: 'x' }] },
      'invalid_field',
      'channels[1].after',
    ],
    [{ type: 'subscribe', channels: [{ chanel: 'feed:u2' }] }, 'unknown_field', 'channels[0].chanel'],
    [{ type: 'subscribe', channel: 'feed:u1', channels: ['feed:u1'] }, 'invalid_field', 'channels'],
    [{ type: 'authenticate', access_token: 'a b' }, 'invalid_field', 'access_token'],
    [{ type: 'ping', at: 1 }, 'unknown_field', 'at'],
    [{ type: 'ping', id: 5 }, 'invalid_field', 'id'],
  ])('%j is refused, and the socket stays', async (message, reason, field) => {
    const { client } = await connected();
    client.send(message);
    const error = await client.next('error');
    expect([error.reason, error.field]).toEqual([reason, field]);
    client.send({ type: 'ping', id: 'p' });
    expect(await client.next('pong')).toEqual({ type: 'pong', id: 'p' });
  });

  it('that is too long ends the socket', async () => {
    const { client } = await connected();
    client.send('x'.repeat(70_000));
    expect((await client.closed).code).toBe(1009);
  });

  it('in binary ends the socket', async () => {
    const { client } = await connected();
    client.socket.send(Buffer.from('{"type":"ping"}'), { binary: true });
    expect((await client.closed).code).toBe(1003);
  });

  it('after 200 in a second ends the socket, and each channel of a list counts', async () => {
    const { client } = await connected();
    const channels = Array.from({ length: 100 }, (_, i) => `video:v${i}`);
    for (let i = 0; i < 3; i += 1) client.send({ type: 'subscribe', channels });
    const { code, reason } = await client.closed;
    expect([code, JSON.parse(reason)]).toEqual([4400, { reason: 'rate_limited', retry_after_ms: 1_000 }]);
  });
});

describe('a handshake', () => {
  it('from a page of another site is refused', async () => {
    const { api } = await connected();
    await expect(new Client(api.url, { headers: { origin: 'https://evil.example' } }).opened()).rejects.toThrow('403');
  });

  it('names the version, or gets the newest', async () => {
    const { api, client } = await connected();
    expect(await client.next('welcome')).toMatchObject({ version: 2, demo: true, user_id: null });
    const named = await opening(api, { protocols: ['profithack.v9', 'profithack.v2'] });
    expect(named.socket.protocol).toBe('profithack.v2');
    await (await opening(api, { query: '?v=2' })).next('welcome');
  });

  it.each([{ protocols: ['profithack.v1'] }, { query: '?v=3' }])(
    'in %j is answered 426 with what is spoken',
    async (options) => {
      const { api } = await connected();
      await expect(new Client(api.url, options).opened()).rejects.toThrow('426');
      const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
      const head = 'host: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n';
      socket.write(`GET /ws?v=3 HTTP/1.1\r\n${head}sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`);
      let text = '';
      for await (const part of socket) text += part;
      expect(text).toContain('upgrade: websocket');
      expect(JSON.parse(text.slice(text.indexOf('{')))).toMatchObject({
        reason: 'unsupported_version',
        supported: ['profithack.v2'],
      });
    },
  );
});

/** Tokens are names of users; what is not in the list is refused. */
class Tokens {
  readonly good = new Map<string, string>();
  refusal: 'token_expired' | 'session_revoked' = 'session_revoked';
  async callerOf({ authorization }: Credentials): Promise<Caller | Refusal> {
    if (authorization === undefined) return { kind: 'anonymous' };
    const userId = this.good.get(authorization.replace('Bearer ', ''));
    if (userId === undefined) return new Refusal(this.refusal, 'no');
    return { kind: 'user', userId, sessionId: 's', roles: ['user'] };
  }
}

async function guarded() {
  const identity = new Tokens();
  identity.good.set('t-ana', 'ana').set('t-ana-2', 'ana').set('t-ben', 'ben');
  return { identity, ...(await connected(new ChangingFeed(), { identity })) };
}

describe('a socket with a token', () => {
  it('hears its own private channels alone, and whatever is public', async () => {
    const { client } = await guarded();
    client.send({ type: 'subscribe', channel: 'feed:ana' });
    expect(await client.next('error')).toMatchObject({ reason: 'unauthenticated', channel: 'feed:ana' });
    client.send({ type: 'authenticate', access_token: 't-ana', id: 'a' });
    client.send({ type: 'subscribe', channels: ['feed', 'feed:ben', 'video:v1', 'wallet:ben', 'dating:ben'] });
    expect(await client.next('authenticated')).toMatchObject({ user_id: 'ana', demo: false, id: 'a' });
    await client.next('subscribed', 2);
    expect(
      client
        .of('subscribed')
        .map(({ channel }) => channel)
        .sort(),
    ).toEqual(['feed:ana', 'video:v1']);
    await client.next('error', 4);
    expect(client.of('error').map(({ reason, channel }) => [reason, channel])).toEqual([
      ['unauthenticated', 'feed:ana'],
      ['forbidden', 'feed:ben'],
      ['forbidden', 'wallet:ben'],
      ['forbidden', 'dating:ben'],
    ]);
  });

  it('that ends while its token is looked at leaves nothing behind', async () => {
    const { api, client, identity } = await guarded();
    let answer = (_caller: Caller) => {};
    const asked = vi.spyOn(identity, 'callerOf').mockReturnValue(
      new Promise((resolve) => {
        answer = resolve;
      }),
    );
    client.send({ type: 'authenticate', access_token: 't-ana' });
    client.send({ type: 'subscribe', channel: 'video:v1' });
    await expect.poll(() => asked.mock.calls.length).toBe(1);
    client.socket.terminate();
    const figure = async (name: 'sockets' | 'subscriptions') => (await api.metrics[name].get()).values[0]?.value;
    await expect.poll(() => figure('sockets')).toBe(0);
    answer({ kind: 'user', userId: 'ana', sessionId: 's', roles: ['user'] });
    await new Promise(setImmediate);
    expect(await figure('subscriptions')).toBe(0);
  });

  it('that was looked at while the server stopped is not let in', async () => {
    const { api, identity } = await guarded();
    let answer = (_caller: Caller) => {};
    const asked = vi.spyOn(identity, 'callerOf').mockReturnValue(
      new Promise((resolve) => {
        answer = resolve;
      }),
    );
    const late = new Client(api.url, { headers: { authorization: 'Bearer t-ana' } });
    const refused = expect(late.opened()).rejects.toThrow('503');
    await expect.poll(() => asked.mock.calls.length).toBe(1);
    api.sockets.close();
    answer({ kind: 'user', userId: 'ana', sessionId: 's', roles: ['user'] });
    await refused;
  });

  it('takes it from the header of the handshake, and refuses a bad one', async () => {
    const { api } = await guarded();
    const client = await opening(api, { headers: { authorization: 'Bearer t-ben' } });
    expect(await client.next('welcome')).toMatchObject({ user_id: 'ben' });
    await expect(new Client(api.url, { headers: { authorization: 'Bearer bad' } }).opened()).rejects.toThrow('401');
  });

  it('stays one user’s', async () => {
    const { client } = await guarded();
    client.send({ type: 'authenticate', access_token: 't-ana' });
    client.send({ type: 'authenticate', access_token: 't-ben' });
    expect((await client.closed).code).toBe(4403);
  });

  it('ends within seconds when its session is revoked', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'Date'] });
    const { client, identity } = await guarded();
    client.send({ type: 'authenticate', access_token: 't-ana' });
    await client.next('authenticated');
    identity.good.delete('t-ana');
    vi.advanceTimersByTime(limits.recheckMs + 1_000);
    expect(await client.closed).toEqual({ code: 4401, reason: '{"reason":"session_revoked"}' });
  });

  it('that has expired is asked for another, and goes on with it or ends', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'Date'] });
    const { client, identity } = await guarded();
    identity.refusal = 'token_expired';
    const expire = async (token: string, times: number) => {
      identity.good.delete(token);
      vi.advanceTimersByTime(limits.recheckMs + 1_000);
      await client.next('reauthenticate', times);
    };
    client.send({ type: 'authenticate', access_token: 't-ana' });
    await client.next('authenticated');
    await expire('t-ana', 1);
    client.send({ type: 'authenticate', access_token: 't-ana-2' });
    await client.next('authenticated', 2);
    vi.advanceTimersByTime(limits.graceMs + limits.recheckMs);
    await expire('t-ana-2', 2);
    vi.advanceTimersByTime(limits.graceMs + limits.recheckMs);
    expect((await client.closed).code).toBe(4401);
  });

  it('is expected within ten seconds, where nothing public is listened to', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'Date'] });
    const { api, client } = await guarded();
    const listener = await opening(api);
    listener.send({ type: 'subscribe', channel: 'video:v1' });
    await listener.next('subscribed');
    vi.advanceTimersByTime(limits.authenticateMsMax + 1_000);
    expect((await client.closed).code).toBe(4401);
    expect(listener.socket.readyState).toBe(listener.socket.OPEN);
  });
});

describe('a client that answers no ping', () => {
  it('is gone after two, and one that answers stays', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] });
    const { api, client } = await connected();
    const silent = await opening(api, { autoPong: false });
    const beats = [client, silent].map(({ socket }) => {
      const heard = { pings: 0 };
      socket.on('ping', () => {
        heard.pings += 1;
      });
      return heard;
    });
    for (const pings of [1, 2]) {
      vi.advanceTimersByTime(limits.heartbeatMs);
      await expect.poll(() => beats.map((beat) => beat.pings)).toEqual([pings, pings]);
    }
    // What it answers comes before what it says next.
    client.send({ type: 'ping' });
    await client.next('pong');
    vi.advanceTimersByTime(limits.heartbeatMs);
    expect((await silent.closed).code).toBe(1006);
    expect(client.socket.readyState).toBe(client.socket.OPEN);
  });
});

describe('a client that does not read', () => {
  it('is passed over while values pile up, then gets the newest alone', async () => {
    const feed = new ChangingFeed();
    const [filler, changes] = ['x'.repeat(900_000), 12];
    const rank = async () => {
      feed.reads += 1;
      return { variant: filler, videos: feed.ids.map(video), next_cursor: null };
    };
    const { client } = await connected(Object.assign(feed, { rank }));
    client.send({ type: 'subscribe', channel: 'feed:u1' });
    await client.next('subscribed');
    client.socket.pause();
    for (let i = 0; i < changes; i += 1) {
      feed.show(`w${i}`);
      await expect.poll(() => feed.reads).toBe(i + 2);
    }
    client.socket.resume();
    await expect
      .poll(() => (client.of('update').at(-1)?.data as Message | undefined)?.videos, { timeout: 5_000 })
      .toMatchObject([{ video_id: `w${changes - 1}` }]);
    expect(client.of('update').length).toBeLessThan(changes);
    const chain = client.of('update').map(({ previous }) => previous);
    expect(chain).toEqual(['1:0:0', ...client.of('update').map(({ sequence }) => sequence)].slice(0, -1));
  }, 15_000);
});

describe('a socket', () => {
  it('is told when the server goes, and when to come back', async () => {
    const { api, client } = await connected();
    await api.close();
    const { code, reason } = await client.closed;
    expect(code).toBe(1001);
    expect(JSON.parse(reason)).toEqual({ reason: 'server_stops', retry_after_ms: expect.any(Number) });
  });
});
