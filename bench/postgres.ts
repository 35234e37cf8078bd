// A fresh PostgreSQL cluster in a temporary folder, with its own pgbench; as another user where this one is root.
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePorts } from '../infra/local/ports.mjs';

const startMsMax = 20_000;
const outputBytesMax = 64 * 1_048_576;
const programs = ['initdb', 'postgres', 'psql', 'pgbench'];

export const postgresGap = `PostgreSQL is not installed (${programs.join(', ')}): its figures are left out.`;

export type PgbenchRun = {
  readonly script: string;
  readonly clients: number;
  readonly seconds: number;
  /** Such as `-c synchronous_commit=off`. */
  readonly settings?: string;
};
export type PgbenchFigures = { readonly perSecond: number; readonly meanMs: number };

export class PostgresCluster {
  readonly #folder: string;
  readonly #bin: string;
  readonly #as: { uid?: number; gid?: number };
  #port = 0;
  #server: ReturnType<typeof spawn> | null = null;

  private constructor(bin: string) {
    this.#bin = bin;
    this.#folder = mkdtempSync(join(tmpdir(), 'bench-postgres-'));
    // The server refuses to run as root.
    this.#as = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {};
    if (this.#as.uid !== undefined) chownSync(this.#folder, this.#as.uid, this.#as.gid ?? 0);
  }

  /** @param settings as in postgresql.conf @returns null where it is not installed */
  static async start(settings: Readonly<Record<string, string>> = {}): Promise<PostgresCluster | null> {
    const bin = folderWith(programs);
    if (!bin) return null;
    const cluster = new PostgresCluster(bin);
    try {
      await cluster.#start(settings);
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  get port(): number {
    return this.#port;
  }

  get version(): string {
    return this.#run('postgres', ['--version']).trim();
  }

  /** Runs SQL as psql does, and answers what it prints, without heads. */
  sql(text: string): string {
    const file = this.#file('statements.sql', text);
    return this.#run('psql', [...this.#address(), '-qAt', '-v', 'ON_ERROR_STOP=1', '-f', file, 'postgres']);
  }

  pgbench({ script, clients, seconds, settings = '' }: PgbenchRun): PgbenchFigures {
    const file = this.#file('pgbench.sql', script);
    const load = ['-n', '-M', 'prepared', '-c', String(clients), '-j', '2', '-T', String(seconds), '-f', file];
    const said = this.#run('pgbench', [...this.#address(), ...load, 'postgres'], { PGOPTIONS: settings });
    const [, rate] = /tps = ([\d.]+)/.exec(said) ?? [];
    const [, latency] = /latency average = ([\d.]+) ms/.exec(said) ?? [];
    if (rate === undefined || /number of failed transactions: [1-9]/.test(said)) throw new Error(`pgbench: ${said}`);
    return { perSecond: Number(rate), meanMs: Number(latency) };
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.#server?.once('exit', done));
    if (this.#server?.kill('SIGINT')) await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(settings: Readonly<Record<string, string>>): Promise<void> {
    const data = join(this.#folder, 'data');
    this.#run('initdb', ['-D', data, '-U', 'bench', '-A', 'trust']);
    this.#port = ((await freePorts()) as Record<string, number>).api as number;
    const all = { listen_addresses: '127.0.0.1', ...settings };
    const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const where = ['-D', data, '-p', String(this.#port), '-k', this.#folder];
    this.#server = spawn(join(this.#bin, 'postgres'), [...where, ...options], { ...this.#as, stdio: 'ignore' });
    const deadline = performance.now() + startMsMax;
    for (;;) {
      try {
        this.sql('SELECT 1');
        break;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await pause(100);
      }
    }
  }

  #address(): string[] {
    return ['-h', '127.0.0.1', '-p', String(this.#port), '-U', 'bench'];
  }

  #file(name: string, text: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, text, { mode: 0o644 });
    return path;
  }

  #run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
    const stdio = ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'];
    const options = {
      ...this.#as,
      cwd: this.#folder,
      env: { ...process.env, ...env },
      maxBuffer: outputBytesMax,
      stdio,
    };
    return execFileSync(join(this.#bin, program), args, { ...options, encoding: 'utf8' });
  }
}

/** The folder that has all of these programs: on the path, else of the newest version installed; null without. */
export function folderWith(names: readonly string[]): string | null {
  const versions = '/usr/lib/postgresql';
  const installed = existsSync(versions) ? readdirSync(versions).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...(process.env.PATH ?? '').split(':'),
    ...installed.map((version) => join(versions, version, 'bin')),
  ];
  return folders.find((folder) => names.every((name) => existsSync(join(folder, name)))) ?? null;
}

const idOf = (which: '-u' | '-g'): number => Number(execFileSync('id', [which, 'nobody'], { encoding: 'utf8' }));
