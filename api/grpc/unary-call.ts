// A call of a method with one message each way, as handlers see it: which server took it off the connection they do not know.
import type { ServerUnaryCall, StatusObject } from '@grpc/grpc-js';
import type { Fields } from '../names.ts';

export type UnaryCall = {
  readonly path: string;
  readonly request: Fields;
  /** Address and port of the other end. */
  readonly peer: string;
  /** ms since 1970; Infinity without one. */
  readonly deadline: number;
  readonly isCancelled: boolean;
  /** @param name in lower case; several values of one name are joined by a comma */
  header(name: string): string | undefined;
  /** Names and values, of a name that is given several times at least the first: the transport has a limit for all. */
  headerBytes(): number;
  onCancelled(listener: () => void): void;
  /** Names in lower case. Once, before the answer or the refusal; the headers are the call's from then on. */
  sendHeaders(headers: Record<string, string>): void;
  answer(message: object): void;
  refuse(status: Pick<StatusObject, 'code' | 'details'> & Partial<StatusObject>): void;
};

/** Ends each call with one answer or one refusal. */
export type UnaryHandler = (call: UnaryCall) => unknown;

export type GrpcJsCall = ServerUnaryCall<Fields, object>;
