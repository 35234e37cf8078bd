// Unary calls that grpc-js took off the connection, handed to a handler.
import { type handleUnaryCall, Metadata, type sendUnaryData } from '@grpc/grpc-js';
import type { Fields } from '../names.ts';
import type { GrpcJsCall, UnaryCall, UnaryHandler } from './unary-call.ts';

export function overGrpcJs(handle: UnaryHandler): handleUnaryCall<Fields, object> {
  return (call, callback) => handle(new CallOverGrpcJs(call, callback));
}

class CallOverGrpcJs implements UnaryCall {
  readonly #call: GrpcJsCall;
  readonly #callback: sendUnaryData<object>;

  constructor(call: GrpcJsCall, callback: sendUnaryData<object>) {
    this.#call = call;
    this.#callback = callback;
  }

  get path(): string {
    return this.#call.getPath();
  }

  get request(): Fields {
    return this.#call.request;
  }

  get peer(): string {
    return this.#call.getPeer();
  }

  get deadline(): number {
    return Number(this.#call.getDeadline());
  }

  get isCancelled(): boolean {
    return this.#call.cancelled;
  }

  header(name: string): string | undefined {
    const values = this.#call.metadata.get(name);
    return values.length === 0 ? undefined : values.join(', ');
  }

  headerBytes(): number {
    let bytes = 0;
    const values = this.#call.metadata.getMap();
    for (const name in values) bytes += name.length + (values[name]?.length ?? 0);
    return bytes;
  }

  onCancelled(listener: () => void): void {
    this.#call.once('cancelled', listener);
  }

  sendHeaders(headers: Record<string, string>): void {
    const metadata = new Metadata();
    for (const name in headers) metadata.set(name, headers[name] as string);
    this.#call.sendMetadata(metadata);
  }

  answer(message: object): void {
    this.#callback(null, message);
  }

  refuse(status: Parameters<UnaryCall['refuse']>[0]): void {
    this.#callback(status);
  }
}
