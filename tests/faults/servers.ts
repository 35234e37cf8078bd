// The four servers of a run, each of which can be killed, held still and started again by itself; nothing starts again unasked.
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { artifacts } from '../../infra/local/artifacts.mjs';
import { Child } from '../../infra/local/child.mjs';
import { findJava } from '../../infra/local/java.mjs';
import { startServers } from '../../infra/local/servers.mjs';
import { addressesOf } from '../../infra/local/settings.mjs';
import { step } from '../../infra/local/steps.mjs';
import type { Supervisor } from '../../infra/local/supervisor.mjs';
import { TcpDoor } from '../tcp-door.ts';

export type ServerName = 'kafka' | 'registry' | 'cassandra' | 'redis';
type Spec = { readonly name: ServerName; readonly ready: () => Promise<boolean> };

const readyMsMax = 60_000;
const pollMs = 50;

export class Server {
  readonly #folder: string;
  readonly #spec: Spec;
  #child: Child;

  constructor(folder: string, spec: Spec) {
    this.#folder = folder;
    this.#spec = spec;
    this.#child = new Child(folder, spec);
  }

  get isRunning(): boolean {
    return !this.#child.ended;
  }

  async untilReady(): Promise<void> {
    const sinceMs = performance.now();
    while (!(await this.#spec.ready())) {
      const why = this.#child.ended
        ? 'ended while starting'
        : performance.now() - sinceMs > readyMsMax && 'is not ready';
      if (why) throw new Error(`${this.#spec.name} ${why}: ${this.#child.lastLines(3).join(' / ')}`);
      await pause(pollMs);
    }
  }

  async kill(): Promise<void> {
    this.#child.kill();
    await this.#child.exited;
  }

  async start(): Promise<void> {
    this.#child = new Child(this.#folder, this.#spec, true);
    await this.untilReady();
  }

  hold(): void {
    if (this.#child.pid !== undefined) process.kill(this.#child.pid, 'SIGSTOP');
  }

  letGo(): void {
    if (this.#child.pid !== undefined && !this.#child.ended) process.kill(this.#child.pid, 'SIGCONT');
  }
}

export class Servers {
  readonly addresses: Record<string, string>;
  readonly #folder: string;
  readonly #servers = new Map<ServerName, Server>();
  /** Its JVM takes up to a minute to start on a busy machine, so a door is shut before it instead. */
  #registryDoor: TcpDoor | null = null;

  private constructor(folder: string, ports: Record<string, number>) {
    this.#folder = folder;
    this.addresses = addressesOf(ports);
  }

  static async start(folder: string, ports: Record<string, number>, supervisor: Supervisor): Promise<Servers> {
    const servers = new Servers(folder, ports);
    process.once('exit', () => servers.killAll());
    const java = findJava();
    const lib = await artifacts(java, supervisor, (work: (note: () => void) => Promise<void>) =>
      step('Servers fetched by Maven', work),
    );
    const starter = {
      run: (spec: object, note: () => void) => supervisor.run(spec, note),
      start: (spec: Spec) => servers.#add(spec),
    };
    await startServers({ folder, ports, java, lib, supervisor: starter, throwAway: true });
    await servers.#putDoor();
    return servers;
  }

  async #putDoor(): Promise<void> {
    const registry = new URL(this.addresses.SCHEMA_REGISTRY_URL ?? '');
    this.#registryDoor = await TcpDoor.before({ host: registry.hostname, port: Number(registry.port) });
    registry.port = String(this.#registryDoor.address.port);
    this.addresses.SCHEMA_REGISTRY_URL = registry.href;
  }

  /** Connections to the registry break, new ones are refused. */
  async shutRegistry(): Promise<void> {
    await this.#registryDoor?.shut();
  }

  async openRegistry(): Promise<void> {
    await this.#registryDoor?.open();
  }

  async #add(spec: Spec): Promise<void> {
    const server = new Server(this.#folder, spec);
    this.#servers.set(spec.name, server);
    await server.untilReady();
  }

  of(name: ServerName): Server {
    const server = this.#servers.get(name);
    if (!server) throw new Error(`${name} was never started`);
    return server;
  }

  /** Whatever a fault that failed has left behind is put right. */
  async heal(): Promise<void> {
    await this.#registryDoor?.shut();
    await this.#registryDoor?.open();
    for (const server of this.#servers.values()) {
      server.letGo();
      if (!server.isRunning) await server.start();
    }
  }

  killAll(): void {
    for (const server of this.#servers.values()) void server.kill();
  }

  /** Keeps a copy of what Redis has on disk now; it may be a second old. */
  keepRedis(): void {
    rmSync(this.#kept(), { recursive: true, force: true });
    cpSync(join(this.#folder, 'redis'), this.#kept(), { recursive: true });
  }

  /** Redis ends, and comes back with what was kept. */
  async setRedisBack(): Promise<void> {
    const redis = this.of('redis');
    await redis.kill();
    rmSync(join(this.#folder, 'redis'), { recursive: true, force: true });
    cpSync(this.#kept(), join(this.#folder, 'redis'), { recursive: true });
    await redis.start();
  }

  #kept(): string {
    return join(this.#folder, 'redis-kept');
  }
}
