// A process that asks for feeds over gRPC (raw HTTP/2, so that it takes little of the machine) or REST, and prints what it measured.
import { type ClientHttp2Session, connect } from 'node:http2';
import { setTimeout as pause } from 'node:timers/promises';
import { HttpClient } from './http-client.ts';
import { percentile } from './table.ts';

export type LoadAsked = {
  readonly port: number;
  readonly over: 'grpc' | 'rest';
  readonly users: number;
  readonly connections: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Closed loop: so many wait for an answer at a time. Open loop: so many are due per second. */
  readonly pace: { readonly callers: number } | { readonly perSecond: number };
  /** Every user once, one after the other, instead of random ones; for so many seconds at most. */
  readonly isOnceEach?: boolean;
};
export type LoadMeasured = {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly answers: number;
  /** With those of the warm-up. */
  readonly answersInAll: number;
  readonly failed: number;
  readonly bytesEach: number;
  readonly cpuSeconds: number;
};

type Ask = (user: number) => Promise<number>;

const path = '/profithack.feed.Feed/GetFeed';
const pageLength = 10;
const headBytes = 5;

/** GetFeedRequest { user_id = 1, limit = 2 } behind its length. */
function frameOf(user: number): Buffer {
  const id = Buffer.from(`user${user}`);
  const message = Buffer.concat([Buffer.from([0x0a, id.length]), id, Buffer.from([0x10, pageLength])]);
  const head = Buffer.alloc(headBytes);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function askOverGrpc(session: ClientHttp2Session, frame: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let received = 0;
    let status: unknown;
    stream.on('response', (headers) => {
      status = headers['grpc-status'];
    });
    stream.on('data', (data: Buffer) => {
      received += data.length;
    });
    stream.on('trailers', (trailers) => {
      status = trailers['grpc-status'];
    });
    stream.on('error', reject);
    stream.on('close', () =>
      String(status) === '0' && received > headBytes
        ? resolve(received - headBytes)
        : reject(new Error(`status ${status}`)),
    );
    stream.end(frame);
  });
}

function asker({ over, port, connections, users }: LoadAsked): Ask {
  if (over === 'rest') {
    const client = new HttpClient(port, connections);
    return async (user) => {
      const { status, body } = await client.get(`/api/grpc/feed?user_id=user${user}&limit=${pageLength}`);
      if (status !== 200) throw new Error(`status ${status}`);
      return body.length;
    };
  }
  const sessions = Array.from({ length: connections }, () => connect(`http://127.0.0.1:${port}`));
  const frames = Array.from({ length: users }, (_, user) => frameOf(user));
  let next = 0;
  return (user) => askOverGrpc(sessions[next++ % connections] as ClientHttp2Session, frames[user] as Buffer);
}

async function measure(asked: LoadAsked): Promise<LoadMeasured> {
  const { pace, users, seconds, warmUpSeconds } = asked;
  const ask = asker(asked);
  const startedAt = performance.now();
  const from = startedAt + warmUpSeconds * 1_000;
  const to = from + seconds * 1_000;
  const times: number[] = [];
  let [failed, bytes, next, answersInAll] = [0, 0, 0, 0];
  const one = async (since: number) => {
    const user = asked.isOnceEach ? next++ : Math.floor(Math.random() * users);
    const received = await ask(user).catch(() => null);
    const now = performance.now();
    if (received !== null) answersInAll += 1;
    // In a closed loop what ends in the time counts, in an open one what was due in it.
    const at = 'callers' in pace ? now : since;
    if (at < from || at >= to) return;
    if (received === null) failed += 1;
    else {
      times.push(now - since);
      bytes += received;
    }
  };
  const cpu = process.cpuUsage();
  if ('callers' in pace) {
    const caller = async () => {
      while (performance.now() < to && (!asked.isOnceEach || next < users)) await one(performance.now());
    };
    await Promise.all(Array.from({ length: pace.callers }, caller));
  } else {
    const open = new Set<Promise<void>>();
    for (let i = 0; ; i++) {
      const due = startedAt + (i * 1_000) / pace.perSecond;
      if (due >= to) break;
      if (due - performance.now() > 1) await pause(due - performance.now());
      const running = one(due).finally(() => open.delete(running));
      open.add(running);
    }
    await Promise.all(open);
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    perSecond: times.length / seconds,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    answers: times.length,
    answersInAll,
    failed,
    bytesEach: bytes / Math.max(1, times.length),
    cpuSeconds: (user + system) / 1e6,
  };
}

process.stdout.write(`${JSON.stringify(await measure(JSON.parse(process.argv[2] ?? '{}') as LoadAsked))}\n`);
process.exit(0);
