// One gRPC server per service: takes the fields out of a message, calls the route, sends its answer or its refusal.
import {
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
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
import type { MtlsDoors, SecuredDoor } from './mtls-doors.ts';
import type { GrpcService } from './services.ts';
import { statusOf } from './status-details.ts';

export type GrpcDoorParts = {
  readonly services: Services;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly service: GrpcService;
  /** Mutual TLS, where it is on. */
  readonly mtls?: MtlsDoors | null;
};

const messageBytesMax = 1_048_576;
const callsPerConnectionMax = 1_000;
const drainMsMax = 2_000;
const requestIdName = 'x-request-id';

/** Names as in JSON; what was not sent is absent; 64-bit numbers are exact as all amounts are within 2^53. */
const loading = { keepCase: true, longs: Number, enums: String, defaults: false, oneofs: false } as const;

export function definitionOf({ proto, service }: Pick<GrpcService, 'proto' | 'service'>): ServiceDefinition {
  const file = new URL(`../../schemas/proto/${proto}`, import.meta.url).pathname;
  return loadSync(file, loading)[service] as unknown as ServiceDefinition;
}

export class GrpcDoor {
  readonly #server: Server;
  readonly #secured: SecuredDoor | null;

  constructor(parts: GrpcDoorParts) {
    const { service } = parts;
    this.#secured = parts.mtls?.door() ?? null;
    this.#server = new Server({
      'grpc.max_receive_message_length': messageBytesMax,
      'grpc.max_concurrent_streams': callsPerConnectionMax,
      interceptors: this.#secured?.interceptors ?? [],
    });
    const methods: UntypedServiceImplementation = {};
    for (const [name, route] of Object.entries(service.methods)) methods[name] = handlerOf(parts, route);
    this.#server.addService(definitionOf(service), methods);
  }

  /** @returns the port, which was free if 0 was asked for */
  listen(host: string, port: number): Promise<number> {
    if (this.#secured) return this.#secured.listen(this.#server, host, port);
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(new Error(`gRPC port ${port} cannot be taken: ${error.message}`)) : resolve(bound),
      );
    });
  }

  /** Calls that run get some time to end. */
  async close(): Promise<void> {
    this.#secured?.close();
    await new Promise<void>((resolve) => {
      const late = setTimeout(() => resolve(this.#server.forceShutdown()), drainMsMax);
      this.#server.tryShutdown(() => {
        clearTimeout(late);
        resolve();
      });
    });
  }
}

function handlerOf({ services, metrics, log, service }: GrpcDoorParts, route: Route): handleUnaryCall<Fields, object> {
  return async (call, callback) => {
    const context = contextOf(call, route);
    const stop = metrics.grpcSeconds.startTimer({
      service: service.name,
      method: call.getPath().split('/').at(-1) ?? '',
    });
    const answer = await answered(
      async () => {
        const caller = await services.identity.callerOf({ authorization: textIn(call.metadata, 'authorization') });
        return caller instanceof Refusal ? caller : execute(route, services, call.request, { ...context, caller });
      },
      (error) => log.error({ err: error, requestId: context.requestId, path: call.getPath() }),
    );
    const { headers } = answer instanceof Refusal ? answer.more : answer.details;
    call.sendMetadata(metadataOf({ ...headers, [requestIdName]: context.requestId }));
    if (answer instanceof Refusal) {
      const status = statusOf(answer);
      stop({ code: status.code });
      callback(status);
      return;
    }
    stop({ code: 0 });
    callback(null, answer.body as object);
  };
}

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

function contextOf({ metadata }: ServerUnaryCall<Fields, object>, { idempotent }: Route): Omit<Call, 'caller'> {
  const given = textIn(metadata, requestIdName) ?? '';
  const idempotencyKey = idempotent ? textIn(metadata, idempotencyHeader) : undefined;
  return { requestId: isId.test(given) ? given : uuidv7(), ...(idempotencyKey !== undefined && { idempotencyKey }) };
}

function metadataOf(headers: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}
