// What /ws takes, pushes and refuses, over a feed made up here.
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Feed } from '../../api/ports.ts';
import { type Api, startApi, video } from './api-server.ts';

/** A feed whose content the test changes. */
class ChangingFeed implements Feed {
  ids: readonly string[] = ['v1'];
  reads = 0;
  readonly listeners = new Set<() => void>();
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
    for (const listener of this.listeners) listener();
  }
}

type Message = Record<string, unknown>;

/** A client that keeps what it was sent. */
class Client {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers });
    this.socket.on('message', (data) => this.messages.push(JSON.parse(String(data))));
  }
  opened() {
    return new Promise((resolve, reject) => this.socket.once('open', resolve).once('error', reject));
  }
  send(message: unknown) {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }
  async next(type: string, count = 1): Promise<Message> {
    for (let i = 0; i < 300; i += 1) {
      const found = this.messages.filter((message) => message.type === type);
      if (found.length >= count) return found[count - 1] as Message;
      await pause(10);
    }
    throw new Error(`no ${type} among ${JSON.stringify(this.messages)}`);
  }
}

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

async function connected(feed = new ChangingFeed()): Promise<{ api: Api; client: Client; feed: ChangingFeed }> {
  const api = await startApi({ feed });
  const client = new Client(api.url);
  opened.push(api, { close: () => client.socket.terminate() });
  await client.opened();
  return { api, client, feed };
}

describe('a subscription', () => {
  it('starts with a snapshot and goes on with what changed, in sequence', async () => {
    const { client, feed } = await connected();
    client.send({ type: 'subscribe', channel: 'feed:u1' });
    expect(await client.next('subscribed')).toMatchObject({ channel: 'feed:u1', sequence: 0 });
    feed.show('v2', 'v1');
    expect(await client.next('update')).toMatchObject({ channel: 'feed:u1', sequence: 1, previous: 0 });
    feed.show('v3');
    expect(await client.next('update', 2)).toMatchObject({
      sequence: 2,
      previous: 1,
      data: { videos: [{ video_id: 'v3' }] },
    });
  });

  it('coalesces a burst and says nothing when nothing changed', async () => {
    const { client, feed } = await connected();
    client.send({ type: 'subscribe', channel: 'feed:u1' });
    await client.next('subscribed');
    for (let i = 0; i < 50; i += 1) feed.show('v1');
    feed.show('v9');
    await client.next('update');
    await pause(450);
    expect(client.messages.filter(({ type }) => type === 'update')).toHaveLength(1);
    expect(feed.reads).toBeLessThanOrEqual(3);
  });

  it('ends when it is told to, and with the socket', async () => {
    const { client, feed } = await connected();
    client.send({ type: 'subscribe', channel: 'feed:u1' });
    client.send({ type: 'subscribe', channel: 'feed:u2' });
    await client.next('subscribed', 2);
    client.send({ type: 'unsubscribe', channel: 'feed:u1' });
    await client.next('unsubscribed');
    expect(feed.listeners.size).toBe(1);
    client.socket.close();
    await expect.poll(() => feed.listeners.size).toBe(0);
  });

  it('to more than 100 channels is refused', async () => {
    const { client } = await connected();
    for (let i = 0; i <= 100; i += 1) client.send({ type: 'subscribe', channel: `feed:u${i}` });
    expect(await client.next('error')).toMatchObject({ reason: 'overloaded', channel: 'feed:u100' });
  });
});

describe('a message', () => {
  it.each([
    ['not json', 'malformed_request', undefined],
    ['[]', 'malformed_request', undefined],
    [{ type: 'shout' }, 'invalid_field', 'type'],
    [{ type: 'subscribe' }, 'invalid_field', 'channel'],
    [{ type: 'subscribe', channel: 'feed:' }, 'invalid_field', 'channel'],
    [{ type: 'subscribe', channel: 'users:u1' }, 'invalid_field', 'channel'],
    [{ type: 'subscribe', channel: `video:${'v'.repeat(5_000)}` }, 'invalid_field', 'channel'],
  ])('%j is refused, and the socket stays', async (message, reason, field) => {
    const { client } = await connected();
    client.send(message);
    const error = await client.next('error');
    expect([error.reason, error.field]).toEqual([reason, field]);
    client.send({ type: 'ping' });
    await client.next('pong');
  });

  it('that is too long ends the socket', async () => {
    const { client } = await connected();
    client.send('x'.repeat(70_000));
    const code = await new Promise((resolve) => client.socket.once('close', resolve));
    expect(code).toBe(1009);
  });
});

describe('a socket', () => {
  it('of a page of another site is refused', async () => {
    const { api } = await connected();
    const client = new Client(api.url, { origin: 'https://evil.example' });
    await expect(client.opened()).rejects.toThrow('403');
  });

  it('is told when the server goes', async () => {
    const api = await startApi({ feed: new ChangingFeed() });
    const client = new Client(api.url);
    await client.opened();
    const code = new Promise((resolve) => client.socket.once('close', resolve));
    await api.close();
    expect([1001, 1006]).toContain(await code);
  });
});
