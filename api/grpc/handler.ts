// One gRPC call: takes the fields out of a message, calls the route, sends its answer or its refusal, unless nobody waits any more.
import { status } from '@grpc/grpc-js';
import type { Log } from '../../infra/log.ts';
import { visitorOf } from '../limits/at-the-door.ts';
import { sizes } from '../limits/sizes.ts';
import type { Metrics } from '../metrics.ts';
import { idempotencyHeader } from '../names.ts';
import type { Call, Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { Reply } from '../reply.ts';
import { requestIdOf } from '../request-id.ts';
import { execute, type Route } from '../route.ts';
import { type Soon, soon } from '../soon.ts';
import { refusalFor } from '../unavailable.ts';
import type { GrpcMethod, GrpcService } from './services.ts';
import { statusOf } from './status-details.ts';
import type { UnaryCall, UnaryHandler } from './unary-call.ts';

export type GrpcDoorParts = {
  readonly services: Services;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly service: GrpcService;
};

const requestIdName = 'x-request-id';
const idempotencyKeyName = idempotencyHeader.toLowerCase();

export function handlerOf(
  { services, metrics, log, service }: GrpcDoorParts,
  name: string,
  { route, given, shown }: GrpcMethod,
): UnaryHandler {
  const told = secondsOf(metrics, { service: service.name, method: name });
  const run = (call: UnaryCall, context: Context): unknown => {
    if (call.headerBytes() > sizes.grpcMetadataBytes) return tooMuchMetadata();
    const credentials = { authorization: call.header('authorization') };
    const from = { peer: call.peer, forwardedFor: call.header('x-forwarded-for') };
    return soon(visitorOf(services, credentials, from), (visitor): unknown => {
      if (visitor instanceof Refusal || isOver(call)) return visitor;
      const request = given ? given(call.request) : call.request;
      return execute(route, services, request, { ...context, caller: visitor.caller, peer: visitor.peer });
    });
  };
  // Nothing is awaited where the answer is ready: it leaves in the turn of the event loop in which its question came.
  return (call) => {
    const begunAt = performance.now();
    const context = contextOf(call, route);
    const answering = answered(
      () => run(call, context),
      (error) => log.error({ err: error, requestId: context.requestId, path: call.path }),
    );
    return soon(answering, (answer) => {
      if (isOver(call)) {
        const code = isLate(call) ? status.DEADLINE_EXCEEDED : status.CANCELLED;
        told(code, begunAt);
        call.refuse({ code, details: 'nobody waits for this answer any more' });
        return;
      }
      const { headers } = answer instanceof Refusal ? answer.more : answer.details;
      call.sendHeaders(headersOf(services.identity.answerHeaders, headers, context.requestId));
      if (answer instanceof Refusal) {
        const refused = statusOf(answer);
        told(refused.code, begunAt);
        call.refuse(refused);
        return;
      }
      told(status.OK, begunAt);
      call.answer(shown ? shown(answer.body) : (answer.body as object));
    });
  };
}

type Context = Omit<Call, 'caller'>;

/** Tells how long a call took, by its code: the labels are looked up once for each. */
function secondsOf({ grpcSeconds }: Metrics, labels: { readonly service: string; readonly method: string }) {
  const byCode = new Map<status, { observe(seconds: number): void }>();
  return (code: status, begunAt: number): void => {
    const known = byCode.get(code) ?? grpcSeconds.labels({ ...labels, code });
    byCode.set(code, known);
    known.observe((performance.now() - begunAt) / 1_000);
  };
}

const tooMuchMetadata = () =>
  new Refusal('headers_too_large', `the metadata of a call has at most ${sizes.grpcMetadataBytes} bytes`);

/** Its deadline has passed, or its caller has gone: it is not begun, and an answer is not sent. */
const isOver = (call: UnaryCall): boolean => call.isCancelled || isLate(call);
const isLate = (call: UnaryCall): boolean => call.deadline <= Date.now();

function answered(run: () => unknown, onDefect: (error: unknown) => void): Soon<Reply | Refusal> {
  try {
    const answer = run();
    if (!(answer instanceof Promise)) return repliedWith(answer);
    return answer.then(repliedWith).catch((error: unknown) => failedBy(error, onDefect));
  } catch (error) {
    return failedBy(error, onDefect);
  }
}

const repliedWith = (answer: unknown): Reply | Refusal =>
  answer instanceof Refusal || answer instanceof Reply ? answer : new Reply(answer);

function failedBy(error: unknown, onDefect: (error: unknown) => void): Refusal {
  const refusal = refusalFor(error);
  if (refusal.reason === 'internal') onDefect(error);
  return refusal;
}

function contextOf(call: UnaryCall, { idempotent }: Route): Context {
  const context = { requestId: requestIdOf(call.header(requestIdName)), ended: endingOf(call) };
  const idempotencyKey = idempotent ? call.header(idempotencyKeyName) : undefined;
  return idempotencyKey === undefined ? context : { ...context, idempotencyKey };
}

/** Made here, where it is nobody's property: naming a function costs more than all else of it. */
function endingOf(call: UnaryCall): () => AbortSignal {
  return () => endOf(call);
}

const ends = new WeakMap<UnaryCall, AbortSignal>();
/** Made once: with its stack it costs as much as a call. */
const gone = new Error('nobody waits for this answer any more');

/** Made for those alone that wait for something: most calls do not. */
function endOf(call: UnaryCall): AbortSignal {
  const known = ends.get(call);
  if (known) return known;
  const end = new AbortController();
  if (call.isCancelled) end.abort(gone);
  else call.onCancelled(() => end.abort(gone));
  ends.set(call, end.signal);
  return end.signal;
}

type Headers = Readonly<Record<string, string>> | undefined;

/** Those of every answer, then the answer's own. */
function headersOf(always: Headers, own: Headers, requestId: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name in always) headers[name.toLowerCase()] = always[name] as string;
  for (const name in own) headers[name.toLowerCase()] = own[name] as string;
  headers[requestIdName] = requestId;
  return headers;
}
