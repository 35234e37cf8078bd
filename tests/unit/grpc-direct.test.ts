// Calls served without grpc-js: whoever calls sees byte for byte what grpc-js would have sent, and nothing of it depends on luck with packets.
import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from 'node:http2';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { demoIdentity } from '../../api/access.ts';
import { definitionOf, plainDefinitionOf } from '../../api/grpc/definitions.ts';
import { takeDirectly } from '../../api/grpc/direct-calls.ts';
import { GrpcDoor } from '../../api/grpc/door.ts';
import { framedOnce } from '../../api/grpc/ready-bytes.ts';
import { type GrpcService, grpcServices } from '../../api/grpc/services.ts';
import type { UnaryCall } from '../../api/grpc/unary-call.ts';
import { noLimits } from '../../api/limits/limits.ts';
import { sizes } from '../../api/limits/sizes.ts';
import { Metrics } from '../../api/metrics.ts';
import type { Services } from '../../api/ports.ts';
import { reusable } from '../../api/reusable.ts';
import { type GrpcDirect, readConfig } from '../../infra/config.ts';

const answerHeaders = () => undefined;

const feed = grpcServices.find(({ name }) => name === 'feed') as GrpcService;
const { GetFeed } = definitionOf(feed) as unknown as {
  GetFeed: { path: string; requestSerialize(message: object): Buffer };
};

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function framed(message: Buffer, flag = 0): Buffer {
  const head = Buffer.from([flag, 0, 0, 0, 0]);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
const question = framed(GetFeed.requestSerialize({ user_id: 'ana', limit: 1 }));
const page = { variant: 'fixed', videos: [], next_cursor: null };

async function opened(direct: GrpcDirect, parts: object = {}) {
  const services = { identity: demoIdentity, limits: noLimits, metrics: new Metrics(), now: () => 0 };
  const door = new GrpcDoor({
    services: { ...services, feed: { rank: async () => page }, ...parts } as unknown as Services,
    metrics: services.metrics,
    log: pino({ level: 'silent' }),
    service: feed,
    connections: { ...readConfig().grpcConnections, direct },
  });
  const port = await door.listen('127.0.0.1', 0);
  closing.push(() => door.close());
  return { door, session: joined(port) };
}

function joined(port: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`);
  closing.push(() => session.destroy());
  return session;
}

type Asked = { readonly headers?: Record<string, string>; readonly chunks?: readonly Buffer[] };
const begun = (session: ClientHttp2Session, headers: Record<string, string> = {}) =>
  session.request({
    ...{ ':method': 'POST', ':path': GetFeed.path, 'content-type': 'application/grpc', te: 'trailers' },
    ...headers,
  });
/** But for what no two answers have in common. */
const compared = (headers: IncomingHttpHeaders) => ({ ...headers, date: '…', 'x-request-id': '…' });

async function seen(session: ClientHttp2Session, { headers, chunks = [question] }: Asked) {
  const stream = begun(session, headers);
  const told: { headers?: object; trailers?: object; message: string; code?: number } = { message: '' };
  stream.on('response', (answered) => {
    told.headers = compared(answered);
  });
  stream.on('trailers', (trailers) => {
    told.trailers = compared(trailers);
  });
  stream.on('data', (data: Buffer) => {
    told.message += data.toString('hex');
  });
  stream.on('error', () => {});
  for (const chunk of chunks) await new Promise((written) => stream.write(chunk, written));
  stream.end();
  await once(stream, 'close');
  return { ...told, code: stream.rstCode };
}

const requests: readonly (readonly [string, Asked])[] = [
  ['a question', {}],
  ['a question in bytes that come one by one', { chunks: [...question].map((byte) => Buffer.from([byte])) }],
  ['an empty message', { chunks: [framed(Buffer.alloc(0))] }],
  ['a wrong field', { chunks: [framed(GetFeed.requestSerialize({ user_id: 'ana', limit: 1_000 }))] }],
  ['a message that is none', { chunks: [framed(Buffer.from([0xff, 0xff]))] }],
  ['a message declared too long', { chunks: [Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 1])] }],
  ['a message declared compressed by nothing', { chunks: [Buffer.concat([Buffer.from([1]), question.subarray(1)])] }],
  ['a method that is not there', { headers: { ':path': '/profithack.feed.Feed/Nothing' } }],
  ['another content type', { headers: { 'content-type': 'application/json' } }],
  ['an encoding that nobody knows', { headers: { 'grpc-encoding': 'zip' }, chunks: [framed(Buffer.from('x'), 1)] }],
  ['an encoding that changes nothing', { headers: { 'grpc-encoding': 'identity' } }],
  ['the longer content type', { headers: { 'content-type': 'application/grpc+proto' } }],
  ['a timeout that is none', { headers: { 'grpc-timeout': 'soon' } }],
  ['a timeout of an hour', { headers: { 'grpc-timeout': '1H' } }],
  ['too much metadata', { headers: { 'x-much': 'x'.repeat(sizes.grpcMetadataBytes) } }],
  ['binary metadata', { headers: { 'x-some-bin': Buffer.from([1, 2, 3]).toString('base64') } }],
];

it.each(requests)('%s is answered as by grpc-js', async (_name, asked) => {
  const [direct, usual] = [await opened('all'), await opened('none')];
  const answered = await seen(direct.session, asked);
  expect(answered).toEqual(await seen(usual.session, asked));
  expect(answered.headers).toMatchObject({ ':status': expect.any(Number) });
});

it.each([
  ['no message', []],
  ['half a message', [question.subarray(0, 7)]],
  ['half a prefix', [question.subarray(0, 3)]],
  ['two messages', [question, question]],
])('%s is UNIMPLEMENTED, as with grpc-js', async (_name, chunks) => {
  for (const direct of ['all', 'none'] as const) {
    const { headers, trailers } = await seen((await opened(direct)).session, { chunks });
    expect({ ...headers, ...trailers }).toMatchObject({ 'grpc-status': '12' });
  }
});

describe('a server', () => {
  const handlers = { read: (message: Buffer) => message, frame: () => framed(Buffer.from('taken')) };
  const method = { path: '/any.Service/Method', ...handlers, handle: (call: UnaryCall) => call.answer({}) };

  it('of grpc-js as it is now gives its streams away', async () => {
    const server = new Server();
    expect(takeDirectly(server, { methods: [method], refusalOf: null, answerHeaders })).toBe(true);
    const port = await new Promise<number>((resolve) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, bound) => resolve(bound));
    });
    closing.push(() => server.forceShutdown());
    // It has no service of its own: grpc-js would not know the method.
    const { message } = await seen(joined(port), { headers: { ':path': method.path } });
    expect(Buffer.from(message, 'hex').subarray(5).toString()).toBe('taken');
  });

  it('that is made otherwise is left alone', () => {
    expect(takeDirectly({} as Server, { methods: [method], refusalOf: null, answerHeaders })).toBe(false);
  });

  it('refuses whoever may not call before anything is read', async () => {
    const server = new Server();
    const refusalOf = () => ({ code: 7, details: 'not you: ä%', metadata: null as never });
    const handle = () => expect.unreachable();
    takeDirectly(server, { methods: [{ ...method, handle }], refusalOf, answerHeaders });
    const port = await new Promise<number>((resolve) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, bound) => resolve(bound));
    });
    closing.push(() => server.forceShutdown());
    const { headers } = await seen(joined(port), { headers: { ':path': method.path } });
    expect(headers).toMatchObject({ 'grpc-status': '7', 'grpc-message': 'not%20you:%20%C3%A4%25' });
  });
});

describe.each(['all', 'none'] as const)('a call while it runs, served %s directly', (direct) => {
  const held = () => {
    let answer: (page: object) => void = () => {};
    let arrive: () => void = () => {};
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const rank = () => {
      arrive();
      return new Promise((resolve) => {
        answer = resolve;
      });
    };
    return { arrived, answer: () => answer(page), parts: { feed: { rank } } };
  };

  it('is still answered when the door closes, and the door waits for it', async () => {
    const { arrived, answer, parts } = held();
    const { door, session } = await opened(direct, parts);
    const answered = seen(session, {});
    await arrived;
    let isClosed = false;
    const closed = door.close().then(() => {
      isClosed = true;
    });
    await once(session, 'goaway');
    expect(isClosed).toBe(false);
    answer();
    expect((await answered).trailers).toMatchObject({ 'grpc-status': '0' });
    await closed;
  });

  it('ends for who waits within it when its caller has gone', async () => {
    let end: (signal: AbortSignal) => void = () => {};
    const waiting = new Promise<AbortSignal>((resolve) => {
      end = resolve;
    });
    const visibility = {
      wait: (_token: unknown, _targets: unknown, signal: AbortSignal) => {
        end(signal);
        return new Promise(() => {});
      },
    };
    const { session } = await opened(direct, { visibility });
    const stream = begun(session);
    stream.end(framed(GetFeed.requestSerialize({ user_id: 'ana', limit: 1, token: 'user_activity:0:1' })));
    const signal = await waiting;
    expect(signal.aborted).toBe(false);
    stream.close(constants.NGHTTP2_CANCEL);
    if (!signal.aborted) await once(signal, 'abort');
  });

  it('gives an answer larger than any window whole', async () => {
    const title = 'long '.repeat(100_000);
    const rank = async () => ({ ...page, videos: [{ video_id: 'v', title }] });
    const { session } = await opened(direct, { feed: { rank } });
    const stream = begun(session);
    stream.end(question);
    await once(stream, 'response');
    let bytes = 0;
    for await (const data of stream) bytes += (data as Buffer).length;
    expect(bytes).toBeGreaterThan(title.length);
    expect(stream.rstCode).toBe(0);
  });

  it('whose answer is too large is refused', async () => {
    const title = 'x'.repeat(sizes.grpcAnswerBytes);
    const rank = async () => ({ ...page, videos: [{ video_id: 'v', title }] });
    const { session } = await opened(direct, { feed: { rank } });
    const { message, trailers } = await seen(session, {});
    expect([message, trailers]).toEqual(['', expect.objectContaining({ 'grpc-status': '8' })]);
  });
});

it('a page that is served again is the same bytes, not a copy', () => {
  const { GetFeed: plain } = plainDefinitionOf(feed);
  const frame = framedOnce(plain?.responseSerialize as (answer: object) => Buffer);
  const ready = reusable({ ...page });
  expect(frame(ready)).toBe(frame(ready));
  expect(frame({ ...page })).not.toBe(frame({ ...page }));
  expect(frame(ready)).toEqual(frame({ ...page }));
});
