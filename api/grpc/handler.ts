// One gRPC call: takes the fields out of a message, calls the route, sends its answer or its refusal, unless nobody waits any more.
import { type handleUnaryCall, Metadata, type ServerUnaryCall, status } from '@grpc/grpc-js';
import { v7 as uuidv7 } from 'uuid';
import type { Log } from '../../infra/log.ts';
import { idPattern } from '../../schemas/ids.ts';
import type { Metrics } from '../metrics.ts';
import { type Fields, idempotencyHeader } from '../names.ts';
import type { Call, Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { Reply } from '../reply.ts';
import { execute, type Route } from '../route.ts';
import { refusalFor } from '../unavailable.ts';
import type { GrpcMethod, GrpcService } from './services.ts';
import { statusOf } from './status-details.ts';

export type GrpcDoorParts = {
  readonly services: Services;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly service: GrpcService;
};

type UnaryCall = ServerUnaryCall<Fields, object>;

const requestIdName = 'x-request-id';

export function handlerOf(
  { services, metrics, log, service }: GrpcDoorParts,
  name: string,
  { route, given, shown }: GrpcMethod,
): handleUnaryCall<Fields, object> {
  return async (call, callback) => {
    const context = contextOf(call, route);
    const stop = metrics.grpcSeconds.startTimer({ service: service.name, method: name });
    const answer = await answered(
      async () => {
        const caller = await services.identity.callerOf({ authorization: textIn(call.metadata, 'authorization') });
        if (caller instanceof Refusal || isOver(call)) return caller;
        const request = given ? given(call.request) : call.request;
        return execute(route, services, request, { ...context, caller });
      },
      (error) => log.error({ err: error, requestId: context.requestId, path: call.getPath() }),
    );
    if (isOver(call)) {
      const code = isLate(call) ? status.DEADLINE_EXCEEDED : status.CANCELLED;
      stop({ code });
      callback({ code, details: 'nobody waits for this answer any more' });
      return;
    }
    const { headers } = answer instanceof Refusal ? answer.more : answer.details;
    call.sendMetadata(metadataOf({ ...headers, [requestIdName]: context.requestId }));
    if (answer instanceof Refusal) {
      const refused = statusOf(answer);
      stop({ code: refused.code });
      callback(refused);
      return;
    }
    stop({ code: status.OK });
    callback(null, shown ? shown(answer.body) : (answer.body as object));
  };
}

/** Its deadline has passed, or its caller has gone: it is not begun, and an answer is not sent. */
const isOver = (call: UnaryCall): boolean => call.cancelled || isLate(call);
const isLate = (call: UnaryCall): boolean => Number(call.getDeadline()) <= Date.now();

async function answered(run: () => Promise<unknown>, onDefect: (error: unknown) => void): Promise<Reply | Refusal> {
  try {
    const answer = await run();
    return answer instanceof Refusal || answer instanceof Reply ? answer : new Reply(answer);
  } catch (error) {
    const refusal = refusalFor(error);
    if (refusal.reason === 'internal') onDefect(error);
    return refusal;
  }
}

const isId = new RegExp(idPattern);

function textIn(metadata: Metadata, name: string): string | undefined {
  const values = metadata.get(name);
  return values.length === 0 ? undefined : values.join(', ');
}

function contextOf(call: UnaryCall, { idempotent }: Route): Omit<Call, 'caller'> {
  const given = textIn(call.metadata, requestIdName) ?? '';
  const idempotencyKey = idempotent ? textIn(call.metadata, idempotencyHeader) : undefined;
  return {
    requestId: isId.test(given) ? given : uuidv7(),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ended: () => endOf(call),
  };
}

const ends = new WeakMap<UnaryCall, AbortSignal>();

/** Made for those alone that wait for something: most calls do not. */
function endOf(call: UnaryCall): AbortSignal {
  const known = ends.get(call);
  if (known) return known;
  const end = new AbortController();
  if (call.cancelled) end.abort();
  else call.once('cancelled', () => end.abort());
  ends.set(call, end.signal);
  return end.signal;
}

function metadataOf(headers: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}
