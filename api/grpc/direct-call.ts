// One unary call read from and written to its HTTP/2 stream, without grpc-js, and to its caller as if grpc-js had done it.
import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { sizes } from '../limits/sizes.ts';
import type { Fields } from '../names.ts';
import { prefixBytes } from './ready-bytes.ts';
import type { UnaryCall, UnaryHandler } from './unary-call.ts';

export type DirectMethod = {
  readonly path: string;
  readonly handle: UnaryHandler;
  readonly read: (message: Buffer) => object;
  /** The message behind its five bytes of flags and length. */
  readonly frame: (message: object) => Buffer;
};

export type Arrived = {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly peer: string;
  /** ms from now; Infinity without one. */
  readonly timeoutMs: number;
};

type Status = Parameters<UnaryCall['refuse']>[0];

const timerMsMax = 2 ** 31 - 1;
const { HTTP2_HEADER_STATUS: statusName, HTTP2_HEADER_CONTENT_TYPE: typeName } = constants;
const contentType = 'application/grpc+proto';
const withTrailers = { waitForTrailers: true };
const done: OutgoingHttpHeaders = { 'grpc-status': status.OK, 'grpc-message': 'OK' };
/** The transport's own: no metadata. */
const ofTransport = new Set([
  'grpc-timeout',
  'grpc-encoding',
  'grpc-accept-encoding',
  'accept-encoding',
  'te',
  typeName,
]);

export class DirectCall implements UnaryCall {
  readonly peer: string;
  readonly deadline: number;
  isCancelled = false;
  request: Fields = {};
  readonly #method: DirectMethod;
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #timer: NodeJS.Timeout | null;
  /** Of the one message, as it came; its prefix is whole in the first. */
  #chunks: Buffer[] = [];
  #received = 0;
  #expected = prefixBytes;
  #hasHeaders = false;
  #isAnswered = false;
  #trailers = done;
  #onCancelled: (() => void) | null = null;

  constructor(method: DirectMethod, { stream, headers, peer, timeoutMs }: Arrived) {
    this.#method = method;
    this.#stream = stream;
    this.#headers = headers;
    this.peer = peer;
    this.deadline = timeoutMs === Number.POSITIVE_INFINITY ? timeoutMs : Date.now() + timeoutMs;
    this.#timer = timeoutMs <= timerMsMax ? setTimeout(() => this.#expire(), timeoutMs) : null;
    // A stream that failed closes as well, and there is nobody to tell.
    stream.on('error', nothing);
    stream.on('close', () => this.#close());
    stream.on('wantTrailers', () => stream.sendTrailers(this.#trailers));
    stream.on('data', (data: Buffer) => this.#take(data));
    stream.on('end', () => this.#begin());
  }

  get path(): string {
    return this.#method.path;
  }

  header(name: string): string | undefined {
    const value = this.#headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  headerBytes(): number {
    let bytes = 0;
    for (const name in this.#headers) {
      if (name[0] === ':' || ofTransport.has(name)) continue;
      const value = this.#headers[name];
      bytes += name.length + ((Array.isArray(value) ? value[0] : value)?.length ?? 0);
    }
    return bytes;
  }

  onCancelled(listener: () => void): void {
    this.#onCancelled = listener;
  }

  /** Into the headers it was given, which are copied once more by the stream: the others that grpc-js tells with each message. */
  sendHeaders(headers: OutgoingHttpHeaders): void {
    if (this.#hasHeaders || this.#isOver()) return;
    this.#hasHeaders = true;
    headers[statusName] = 200;
    headers[typeName] = contentType;
    headers['grpc-accept-encoding'] = 'identity,deflate,gzip';
    headers['grpc-encoding'] = 'identity';
    this.#stream.respond(headers, withTrailers);
  }

  answer(message: object): void {
    if (this.#isOver()) return;
    const framed = this.#framed(message);
    if (!framed) return;
    this.sendHeaders({});
    this.#isAnswered = true;
    this.#stream.end(framed);
  }

  refuse({ code, details, metadata }: Status): void {
    if (this.#isOver()) return;
    this.#isAnswered = true;
    // `encodeURI` throws at half a surrogate pair.
    const message = encodeURI(details.replace(/\p{Surrogate}/gu, '\ufffd'));
    this.#trailers = { 'grpc-status': code, 'grpc-message': message, ...metadata?.toHttp2Headers() };
    if (this.#hasHeaders) this.#stream.end();
    else this.#stream.respond({ [statusName]: 200, [typeName]: contentType, ...this.#trailers }, { endStream: true });
  }

  #isOver(): boolean {
    return this.#isAnswered || this.isCancelled || this.#stream.destroyed || this.#stream.closed;
  }

  #framed(message: object): Buffer | null {
    try {
      const framed = this.#method.frame(message);
      if (framed.length - prefixBytes <= sizes.grpcAnswerBytes) return framed;
      const details = `Sent message larger than max (${framed.length} vs. ${sizes.grpcAnswerBytes})`;
      this.refuse({ code: status.RESOURCE_EXHAUSTED, details });
    } catch {
      this.refuse({ code: status.INTERNAL, details: 'Error serializing response' });
    }
    return null;
  }

  #take(data: Buffer): void {
    if (this.#isOver()) return;
    const isFirst = this.#received < prefixBytes;
    this.#received += data.length;
    this.#chunks.push(data);
    if (isFirst && this.#received >= prefixBytes) {
      const start = this.#joined();
      const length = start.readUInt32BE(1);
      if (length > sizes.grpcMessageBytes) {
        const details = `Received message larger than max (${length} vs ${sizes.grpcMessageBytes})`;
        this.refuse({ code: status.RESOURCE_EXHAUSTED, details });
        return;
      }
      this.#expected = prefixBytes + length;
    }
    if (this.#received > this.#expected) this.#refuseCount('a second');
  }

  #joined(): Buffer {
    const [first] = this.#chunks;
    if (first && this.#chunks.length === 1) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }

  /** The caller has said all: as with grpc-js nothing begins before. */
  #begin(): void {
    if (this.#isOver()) return;
    if (this.#received < this.#expected) this.#refuseCount('no');
    else if (this.#isRead()) this.#handle();
  }

  #isRead(): boolean {
    try {
      this.request = this.#method.read(this.#joined().subarray(prefixBytes)) as Fields;
      this.#chunks = [];
      return true;
    } catch {
      this.refuse({ code: status.INTERNAL, details: 'Error deserializing request' });
      return false;
    }
  }

  #handle(): void {
    try {
      this.#method.handle(this);
    } catch {
      this.refuse({ code: status.UNKNOWN, details: 'Unknown error' });
    }
  }

  #refuseCount(count: string): void {
    this.#chunks = [];
    const details = `Received ${count} request message for unary method ${this.path}`;
    this.refuse({ code: status.UNIMPLEMENTED, details });
  }

  #expire(): void {
    this.refuse({ code: status.DEADLINE_EXCEEDED, details: 'Deadline exceeded' });
    this.#close();
  }

  /** Nobody waits any more, answered or not. */
  #close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.isCancelled = true;
    this.#onCancelled?.();
    this.#onCancelled = null;
  }
}

function nothing(): void {}
