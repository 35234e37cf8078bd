// PostgreSQL doing the same double entry, on a fresh cluster in a temporary folder: transactions a second as pgbench counts them.
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePorts } from '../infra/local/ports.mjs';

const clients = 32;
const [payers, creators, platforms] = [10_000, 1_000, 10_000];
const startMsMax = 20_000;

const schema = `
CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL);
CREATE TABLE requests (key text PRIMARY KEY, fingerprint text NOT NULL, answer text NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE postings (id bigserial PRIMARY KEY, key text NOT NULL, account int NOT NULL, amount bigint NOT NULL, at timestamptz NOT NULL DEFAULT now());
INSERT INTO accounts SELECT id, 1000000000000 FROM generate_series(1, ${payers + creators + platforms}) id;
VACUUM ANALYZE accounts;
`;

/** The platform's account comes last, so that its lock is held as briefly as can be. */
const gift = (platform: string) => `
\\set payer random(1, ${payers})
\\set creator random(${payers + 1}, ${payers + creators})
\\set platform ${platform}
\\set key random(1, 9000000000000000000)
BEGIN;
INSERT INTO requests (key, fingerprint, answer) VALUES (:key::bigint::text, 'f', 'accepted');
UPDATE accounts SET balance = balance - 10 WHERE id = :payer AND balance >= 10;
UPDATE accounts SET balance = balance + 6 WHERE id = :creator;
INSERT INTO postings (key, account, amount) VALUES (:key::bigint::text, :payer, -10), (:key::bigint::text, :creator, 6), (:key::bigint::text, :platform, 4);
UPDATE accounts SET balance = balance + 4 WHERE id = :platform;
COMMIT;
`;
const scripts = {
  hot: gift(String(payers + creators + 1)),
  spread: gift(`random(${payers + creators + 1}, ${payers + creators + platforms})`),
};

export type PostgresRun = { readonly account: keyof typeof scripts; readonly waitsForDisk: boolean };

export class Postgres {
  readonly #folder: string;
  readonly #bin: string;
  readonly #as: { uid?: number; gid?: number };
  #port = 0;
  #server: ReturnType<typeof spawn> | null = null;

  private constructor(bin: string) {
    this.#bin = bin;
    this.#folder = mkdtempSync(join(tmpdir(), 'gift-postgres-'));
    // The server refuses to run as root.
    this.#as = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {};
    if (this.#as.uid !== undefined) chownSync(this.#folder, this.#as.uid, this.#as.gid ?? 0);
  }

  /** Running with the tables filled; null where it is not installed. */
  static async start(): Promise<Postgres | null> {
    const bin = folders().find((folder) => ['initdb', 'postgres', 'pgbench', 'psql'].every(isIn(folder)));
    if (!bin) return null;
    const postgres = new Postgres(bin);
    await postgres.#start();
    return postgres;
  }

  get version(): string {
    return this.#run('postgres', ['--version']).trim();
  }

  /** @returns transactions a second */
  benchmark({ account, waitsForDisk }: PostgresRun, seconds: number): number {
    const script = this.#file(`${account}.sql`, scripts[account]);
    const options = `-c synchronous_commit=${waitsForDisk ? 'on' : 'off'}`;
    const load = ['-n', '-M', 'prepared', '-c', String(clients), '-j', '2', '-T', String(seconds), '-f', script];
    const said = this.#run('pgbench', [...this.#address(), ...load, 'postgres'], { PGOPTIONS: options });
    const [, rate] = /tps = ([\d.]+)/.exec(said) ?? [];
    if (rate === undefined || /number of failed transactions: [1-9]/.test(said)) throw new Error(`pgbench: ${said}`);
    return Number(rate);
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.#server?.once('exit', done));
    if (this.#server?.kill('SIGINT')) await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    const data = join(this.#folder, 'data');
    this.#run('initdb', ['-D', data, '-U', 'bench', '-A', 'trust']);
    this.#port = ((await freePorts()) as Record<string, number>).api as number;
    const settings = ['-p', String(this.#port), '-k', this.#folder, '-c', 'listen_addresses=127.0.0.1'];
    this.#server = spawn(join(this.#bin, 'postgres'), ['-D', data, ...settings], { ...this.#as, stdio: 'ignore' });
    const deadline = performance.now() + startMsMax;
    for (;;) {
      try {
        this.#run('psql', [...this.#address(), '-c', 'SELECT 1', 'postgres']);
        break;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await pause(100);
      }
    }
    const tables = this.#file('schema.sql', schema);
    this.#run('psql', [...this.#address(), '-q', '-v', 'ON_ERROR_STOP=1', '-f', tables, 'postgres']);
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
    const options = { ...this.#as, cwd: this.#folder, env: { ...process.env, ...env }, stdio };
    return execFileSync(join(this.#bin, program), args, { ...options, encoding: 'utf8' });
  }
}

const isIn = (folder: string) => (program: string) => existsSync(join(folder, program));

function folders(): string[] {
  const versions = '/usr/lib/postgresql';
  const installed = existsSync(versions) ? readdirSync(versions).sort((a, b) => Number(b) - Number(a)) : [];
  return [...(process.env.PATH ?? '').split(':'), ...installed.map((version) => join(versions, version, 'bin'))];
}

const idOf = (which: '-u' | '-g'): number => Number(execFileSync('id', [which, 'nobody'], { encoding: 'utf8' }));
