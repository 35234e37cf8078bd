// One gRPC server per service: its methods, health and reflection on one port, within limits.
import { type ChannelOptions, Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import type { GrpcConnections } from '../../infra/config.ts';
import type { Part } from '../ports.ts';
import { definitionOf, packageOf } from './definitions.ts';
import { type GrpcDoorParts, handlerOf } from './handler.ts';

export { definitionOf } from './definitions.ts';

export const messageBytesMax = 1_048_576;
/** A page of 100 explained items has 150 kB. */
const answerBytesMax = 4_194_304;
export const callsPerConnectionMax = 1_000;
const drainMsMax = 2_000;
const keepalive = { everyMs: 60_000, answerMsMax: 20_000 };
/** Of all the headers of a call. */
export const metadataBytesMax = 16_384;

const optionsFor = ({ ageMsMax, ageGraceMs }: GrpcConnections): ChannelOptions => ({
  'grpc.max_receive_message_length': messageBytesMax,
  'grpc.max_send_message_length': answerBytesMax,
  'grpc.max_concurrent_streams': callsPerConnectionMax,
  'grpc.keepalive_time_ms': keepalive.everyMs,
  'grpc.keepalive_timeout_ms': keepalive.answerMsMax,
  'grpc.max_connection_age_ms': ageMsMax,
  'grpc.max_connection_age_grace_ms': ageGraceMs,
});

export class GrpcDoor {
  readonly #server: Server;
  readonly #health: HealthImplementation;
  readonly #serviceName: string;
  readonly #missing: Set<Part> | null;

  constructor(parts: GrpcDoorParts & { readonly connections: GrpcConnections }) {
    const { service, connections } = parts;
    this.#server = new Server(optionsFor(connections));
    const methods: UntypedServiceImplementation = {};
    for (const [name, method] of Object.entries(service.methods)) methods[name] = handlerOf(parts, name, method);
    this.#server.addService(definitionOf(service), methods);
    this.#serviceName = service.service;
    this.#missing = service.needs && new Set(service.needs);
    this.#health = new HealthImplementation({ '': 'NOT_SERVING', [service.service]: 'NOT_SERVING' });
    this.#health.addToServer(this.#server);
    new ReflectionService(packageOf(service), { services: [service.service] }).addToServer(this.#server);
  }

  /** Healthy once all the parts that its service needs are there. */
  ready(part: Part): void {
    if (this.#missing?.delete(part) && this.#missing.size === 0) this.#tell('SERVING');
  }

  /** @returns the port, which was free if 0 was asked for */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(new Error(`gRPC port ${port} cannot be taken: ${error.message}`)) : resolve(bound),
      );
    });
  }

  /** Whoever watches the health hears of it first; calls that run get some time to end. */
  async close(): Promise<void> {
    this.#tell('NOT_SERVING');
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
