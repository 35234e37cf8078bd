// The pages' client of /ws, over a socket made up here: it passes on what follows, asks again where something is missing, and knows whom it is for first.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

type Json = Readonly<Record<string, unknown>>;
type Told = { value?: (data: Json) => void; event?: (data: Json) => void };
type Page = { subscribe(channel: string, told: Told): void };
type PageClass = new (
  onState?: (state: string) => void,
  accessToken?: (isRefused: boolean) => Promise<string | null>,
) => Page;

class MadeUpSocket extends EventTarget {
  static readonly OPEN = 1;
  static all: MadeUpSocket[] = [];
  readyState = 0;
  readonly sent: Json[] = [];
  constructor() {
    super();
    MadeUpSocket.all.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  open() {
    this.readyState = MadeUpSocket.OPEN;
    this.dispatchEvent(new Event('open'));
  }
  says(message: Json) {
    this.dispatchEvent(Object.assign(new Event('message'), { data: JSON.stringify(message) }));
  }
  ends(reason = '', code = 1006) {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event('close'), { reason, code }));
  }
  get asked() {
    return this.sent.filter(({ type }) => type === 'subscribe');
  }
}

const newest = () => MadeUpSocket.all.at(-1) as MadeUpSocket;
const settled = () => vi.advanceTimersByTimeAsync(0);
const channel = 'wallet:ana';
const event = (place: number, previous: number) => ({
  ...{ type: 'event', channel, sequence: `1:${place}:0`, previous: `1:${previous}:0` },
  data: { place },
});
const begun = { type: 'subscribed', channel, sequence: '1:0:0', snapshot: { place: 0 } };
const resumed = (place: number) => ({ type: 'subscribed', channel, sequence: `1:${place}:0`, resumed: true });

let Live: PageClass;
beforeEach(async () => {
  vi.useFakeTimers();
  MadeUpSocket.all = [];
  vi.stubGlobal('WebSocket', MadeUpSocket);
  vi.stubGlobal('location', { origin: 'http://here' });
  const path = new URL('../../api/page/live.js', import.meta.url).href;
  ({ Live } = (await import(/* @vite-ignore */ path)) as { Live: PageClass });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function listening(accessToken?: (isRefused: boolean) => Promise<string | null>) {
  const page = new Live(() => {}, accessToken);
  const heard: unknown[] = [];
  page.subscribe(channel, { event: ({ place }) => heard.push(place), value: ({ place }) => heard.push(`at ${place}`) });
  newest().open();
  await settled();
  return heard;
}

it('asks again from the last one where something is missing, and hears each event once', async () => {
  const heard = await listening();
  const socket = newest();
  expect(socket.asked).toEqual([{ type: 'subscribe', channels: [channel] }]);
  socket.says(begun);
  socket.says(event(1, 0));
  // The second has not come.
  socket.says(event(3, 2));
  socket.says(event(4, 3));
  expect(heard).toEqual(['at 0', 1]);
  expect(socket.asked.slice(1)).toEqual([{ type: 'subscribe', channels: [{ channel, after: '1:1:0' }] }]);
  socket.says(resumed(1));
  for (const place of [2, 3, 4]) socket.says(event(place, place - 1));
  expect(heard).toEqual(['at 0', 1, 2, 3, 4]);
  expect(socket.asked).toHaveLength(2);
});

it('resumes on a new connection', async () => {
  const heard = await listening();
  newest().says(begun);
  newest().says(event(1, 0));
  newest().ends(JSON.stringify({ retry_after_ms: 100 }));
  await vi.advanceTimersByTimeAsync(100);
  newest().open();
  await settled();
  expect(newest().asked).toEqual([{ type: 'subscribe', channels: [{ channel, after: '1:1:0' }] }]);
  newest().says(resumed(1));
  newest().says({ type: 'gap', channel, from: '1:1:0', to: '2:7:0', snapshot: { place: 7 } });
  newest().says({ ...event(8, 7), sequence: '2:8:0', previous: '2:7:0' });
  expect(heard).toEqual(['at 0', 1, 'at 7', 8]);
});

it('asks later for a channel that could not be read', async () => {
  await listening();
  newest().says({ type: 'error', channel, reason: 'unavailable', detail: 'cassandra does not answer' });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(newest().asked).toHaveLength(2);
  newest().says({ type: 'error', channel, reason: 'forbidden', detail: 'another’s' });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(newest().asked).toHaveLength(2);
});

it('says whom it is for before it subscribes, with a token that had to be fetched', async () => {
  let give = (_token: string) => {};
  const token = new Promise<string>((resolve) => {
    give = resolve;
  });
  await listening(() => token);
  expect(newest().sent).toEqual([]);
  give('newest');
  await settled();
  expect(newest().sent).toEqual([
    { type: 'authenticate', access_token: 'newest' },
    { type: 'subscribe', channels: [channel] },
  ]);
});

it('asks whether the session goes on where its token was refused, and otherwise takes the next one', async () => {
  const accessToken = vi.fn(async () => 'token');
  await listening(accessToken);
  newest().says(begun);
  expect(accessToken.mock.calls).toEqual([[false]]);
  newest().ends('{"reason":"session_revoked"}', 4401);
  await vi.advanceTimersByTimeAsync(1_000);
  newest().open();
  await settled();
  newest().says({ type: 'error', reason: 'session_revoked', detail: 'this session has ended' });
  newest().ends();
  await vi.advanceTimersByTimeAsync(2_000);
  newest().open();
  await settled();
  expect(accessToken.mock.calls).toEqual([[false], [true], [true], [false]]);
});
