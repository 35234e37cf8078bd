// The API as one thing with a lifetime: listens at once, connects in the background, closes in order.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../infra/config.ts';
import { grpcPortVariable } from '../infra/grpc-ports.mjs';
import type { Log } from '../infra/log.ts';
import { eventJsonSchema } from '../schemas/validate.ts';
import { createApp } from './app.ts';
import { GrpcDoor } from './grpc/door.ts';
import { type GrpcService, grpcServices } from './grpc/services.ts';
import { type LimitsMade, makeLimits } from './limits/make.ts';
import { sizes } from './limits/sizes.ts';
import { listening } from './listening.ts';
import { Metrics } from './metrics.ts';
import { ApiParts } from './parts.ts';
import { lateServices, type Part } from './ports.ts';
import { answerUnreadable } from './rest/raw-problem.ts';
import { webOf } from './rest/web.ts';
import { openOptions, SocketServer } from './ws/server.ts';

export type ApiOptions = {
  readonly config: Config;
  readonly log: Log;
  /** Something is beyond repair: the process should end, a supervisor starts it again. */
  readonly onFatal: (why: string) => void;
  /** The clock of the services, ms since 1970; another one in tests. */
  readonly now?: () => number;
};

const settings = {
  maxHeaderSize: sizes.headerBytes,
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  keepAliveTimeout: 65_000,
};
/** Requests that are being answered get so long to end. */
const drainMsMax = 2_000;

export class ApiServer {
  readonly #options: ApiOptions;
  readonly #server: Server;
  readonly #sockets: SocketServer;
  readonly #doors: readonly { readonly name: GrpcService['name']; readonly door: GrpcDoor }[];
  readonly #grpcPorts = new Map<GrpcService['name'], number>();
  readonly #parts: ApiParts;
  readonly #limits: LimitsMade;

  constructor(options: ApiOptions) {
    const { log } = options;
    const { services, provide, explain } = lateServices();
    const metrics = new Metrics();
    provide('metrics', metrics);
    provide('now', options.now ?? Date.now);
    this.#limits = makeLimits(options.config, log, metrics);
    provide('limits', this.#limits.limits);
    const clientEvent = eventJsonSchema('user_activity', { client: true });
    this.#options = options;
    const web = webOf(options.config);
    this.#server = createServer(settings, createApp({ services, metrics, log, clientEvent, web }));
    this.#server.maxConnections = sizes.connections;
    answerUnreadable(this.#server, services);
    this.#sockets = new SocketServer(this.#server, services, metrics, {
      ...openOptions,
      ...{ origins: web.origins, hosts: web.hosts },
    });
    // A part is ready later than the doors are made.
    const onReady = (part: Part) => {
      for (const { door } of this.#doors) door.ready(part);
    };
    this.#parts = new ApiParts({ ...options, metrics, provide, onReady });
    explain((usual) => this.#parts.awaited(usual));
    const [connections, mtls] = [options.config.grpcConnections, this.#parts.security.doors];
    this.#doors = grpcServices.map((service) => ({
      name: service.name,
      door: new GrpcDoor({ services, metrics, log, service, connections, mtls }),
    }));
  }

  /** Resolves with the address as soon as requests are answered, although maybe by "still connecting". */
  async listen(): Promise<string> {
    const { api, grpc } = this.#options.config;
    await this.#parts.prepare();
    await listening({ port: api.port, owner: 'the API', remedy: 'set PORT to another' }, () => this.#listenHttp());
    const bound = this.#doors.map(async ({ name, door }) => {
      const remedy = `set ${grpcPortVariable(name)} to another, or GRPC_PORTS=free`;
      const wanted = { port: grpc[name], owner: `the gRPC service ${name}`, remedy };
      this.#grpcPorts.set(name, await listening(wanted, () => door.listen(api.host, grpc[name])));
    });
    await Promise.all(bound);
    this.#parts.connect().catch((error: Error) => this.#options.onFatal(error.stack ?? error.message));
    const { port } = this.#server.address() as AddressInfo;
    return `http://${api.host}:${port}`;
  }

  #listenHttp(): Promise<void> {
    const { host, port } = this.#options.config.api;
    return new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  /** Where a service listens; undefined before. */
  grpcPort(name: GrpcService['name']): number | undefined {
    return this.#grpcPorts.get(name);
  }

  /** No new requests, the running ones end, sockets are told, events that wait are sent, clients disconnect. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#sockets.close();
    const doors = Promise.all(this.#doors.map(({ door }) => door.close()));
    await Promise.race([closed, pause(drainMsMax, undefined, { ref: false })]);
    this.#server.closeAllConnections();
    await doors;
    this.#limits.stop();
    await this.#parts.close();
  }
}
