// A refusal as the status of a gRPC call: code and message, and in the details the reason, the field and whatever else the problem says.
import { Metadata, type StatusObject } from '@grpc/grpc-js';
import { loadSync, type MethodDefinition } from '@grpc/proto-loader';
import { problemOf, type Refusal, reasons, retryAfterS } from '../problems.ts';

const file = new URL('../../schemas/proto/status.proto', import.meta.url).pathname;
/** Imported by no service, so reflection adds it: whoever prints a refusal has to know ErrorInfo. */
export const statusPackage = loadSync(file, { keepCase: true, defaults: false });
const { OfStatus } = statusPackage['google.rpc.Codecs'] as unknown as {
  OfStatus: MethodDefinition<object, object>;
};

const detailsName = 'grpc-status-details-bin';
const infoType = 'type.googleapis.com/google.rpc.ErrorInfo';
const domain = 'profithack';
/** Members of a problem that the status has already, or that every status of the reason has. */
const plain = new Set(['type', 'title', 'status', 'detail', 'reason']);

export function statusOf(refusal: Refusal): StatusObject {
  const problem = problemOf(refusal);
  const code = reasons[refusal.reason].grpc;
  const about = Object.entries(problem).filter(([name, value]) => !plain.has(name) && value !== null);
  const metadata = Object.fromEntries(about.map(([name, value]) => [name, String(value)]));
  const info = OfStatus.responseSerialize({ reason: refusal.reason, domain, metadata });
  const message = problem.detail;
  const trailers = new Metadata();
  trailers.set(
    detailsName,
    OfStatus.requestSerialize({ code, message, details: [{ type_url: infoType, value: info }] }),
  );
  const wait = retryAfterS(refusal.reason);
  if (wait !== undefined) trailers.set('retry-after', String(wait));
  for (const [name, value] of Object.entries(refusal.more.headers ?? {})) trailers.set(name.toLowerCase(), value);
  return { code, details: message, metadata: trailers };
}

export type ErrorInfo = { readonly reason: string; readonly metadata?: Readonly<Record<string, string>> };

/** The other way round, for clients. */
export function errorInfoIn(trailers: Metadata): ErrorInfo | null {
  const [bytes] = trailers.get(detailsName);
  if (!Buffer.isBuffer(bytes)) return null;
  const { details } = OfStatus.requestDeserialize(bytes) as { details?: { type_url: string; value: Buffer }[] };
  const info = details?.find(({ type_url }) => type_url === infoType);
  return info ? (OfStatus.responseDeserialize(info.value) as ErrorInfo) : null;
}
