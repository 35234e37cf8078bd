// One gRPC server per service: its methods, health and reflection on one port, within limits.
import { type ChannelOptions, Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import type { GrpcConnections } from '../../infra/config.ts';
import { sizes } from '../limits/sizes.ts';
import { refuseTaken } from '../listening.ts';
import type { Part } from '../ports.ts';
import { definitionOf, plainDefinitionOf } from './definitions.ts';
import type { DirectMethod } from './direct-call.ts';
import { takeDirectly } from './direct-calls.ts';
import { overGrpcJs } from './grpc-js-calls.ts';
import { type GrpcDoorParts, handlerOf } from './handler.ts';
import type { MtlsDoors, SecuredDoor } from './mtls-doors.ts';
import { framedOnce } from './ready-bytes.ts';
import { addReflection } from './reflection.ts';
import type { GrpcMethod } from './services.ts';

const drainMsMax = 2_000;
const keepalive = { everyMs: 60_000, answerMsMax: 20_000 };

const optionsFor = ({ ageMsMax, ageGraceMs }: GrpcConnections): ChannelOptions => ({
  'grpc.max_receive_message_length': sizes.grpcMessageBytes,
  'grpc.max_send_message_length': sizes.grpcAnswerBytes,
  'grpc.max_concurrent_streams': sizes.grpcCallsPerConnection,
  'grpc.keepalive_time_ms': keepalive.everyMs,
  'grpc.keepalive_timeout_ms': keepalive.answerMsMax,
  'grpc.max_connection_age_ms': ageMsMax,
  'grpc.max_connection_age_grace_ms': ageGraceMs,
  // Nobody reads its books here, and it keeps them for every call.
  'grpc.enable_channelz': 0,
});

const isDirect = ({ isHot = false }: GrpcMethod, { direct }: GrpcConnections) =>
  direct === 'all' || (direct === 'hot' && isHot);

export class GrpcDoor {
  readonly #server: Server;
  /** Null without mutual TLS. */
  readonly #secured: SecuredDoor | null;
  readonly #health: HealthImplementation;
  readonly #serviceName: string;
  readonly #missing: Set<Part> | null;

  constructor(parts: GrpcDoorParts & { readonly connections: GrpcConnections; readonly mtls?: MtlsDoors | null }) {
    const { service, connections } = parts;
    this.#secured = parts.mtls?.door() ?? null;
    this.#server = new Server({ ...optionsFor(connections), interceptors: this.#secured?.interceptors ?? [] });
    const methods: UntypedServiceImplementation = {};
    const direct: DirectMethod[] = [];
    const plain = plainDefinitionOf(service);
    for (const [name, method] of Object.entries(service.methods)) {
      const handle = handlerOf(parts, name, method);
      methods[name] = overGrpcJs(handle);
      const described = plain[name];
      if (!described || !isDirect(method, connections)) continue;
      const { path, requestDeserialize: read, responseSerialize } = described;
      direct.push({ path, handle, read, frame: framedOnce(responseSerialize) });
    }
    this.#server.addService(definitionOf(service), methods);
    const refusalOf = this.#secured?.refusalOf ?? null;
    const answerHeaders = () => parts.services.identity.answerHeaders;
    if (!takeDirectly(this.#server, { methods: direct, refusalOf, answerHeaders }))
      parts.log.warn(
        { service: service.name },
        'grpc-js has changed: it serves every call, hot methods cost more, and what it refuses itself does not tell the mode',
      );
    this.#serviceName = service.service;
    this.#missing = service.needs && new Set(service.needs);
    this.#health = new HealthImplementation({ '': 'NOT_SERVING', [service.service]: 'NOT_SERVING' });
    this.#health.addToServer(this.#server);
    addReflection(this.#server, service);
  }

  /** Healthy once all the parts that its service needs are there. */
  ready(part: Part): void {
    if (this.#missing?.delete(part) && this.#missing.size === 0) this.#tell('SERVING');
  }

  /** @returns the port, which was free if 0 was asked for */
  async listen(host: string, port: number): Promise<number> {
    if (this.#secured) return this.#secured.listen(this.#server, host, port);
    // grpc-js answers every later try for a port with the outcome of the first.
    await refuseTaken(host, port);
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(new Error(`gRPC port ${port} cannot be taken: ${error.message}`)) : resolve(bound),
      );
    });
  }

  /** Whoever watches the health hears of it first; calls that run get some time to end. */
  async close(): Promise<void> {
    this.#tell('NOT_SERVING');
    this.#secured?.close();
    await new Promise<void>((resolve) => {
      const late = setTimeout(() => resolve(this.#server.forceShutdown()), drainMsMax);
      this.#server.tryShutdown(() => {
        clearTimeout(late);
        resolve();
      });
    });
  }

  #tell(status: 'SERVING' | 'NOT_SERVING'): void {
    for (const name of ['', this.#serviceName]) this.#health.setStatus(name, status);
  }
}
