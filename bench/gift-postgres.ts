// PostgreSQL doing the same double entry, on a fresh cluster in a temporary folder: transactions a second as pgbench counts them.
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../infra/local/ports.mjs';
import { creators as benchCreators, payers as benchPayers } from './gift-backlog.ts';

const clients = 32;
const [payers, creators, platforms] = [10_000, 1_000, 10_000];
const startMsMax = 20_000;
const httpServer = fileURLToPath(new URL('gift-postgres-server.ts', import.meta.url));

/** For the HTTP server before it: accounts by name, and the whole gift as one function, the strongest form that it can have there. */
const behindHttp = `
CREATE TABLE wallets (name text PRIMARY KEY, coins bigint NOT NULL);
CREATE TABLE answers (payer text, key text, fingerprint text NOT NULL, accepted boolean NOT NULL, coins bigint NOT NULL, id text NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (payer, key));
CREATE TABLE lines (id bigserial PRIMARY KEY, gift text NOT NULL, account text NOT NULL, amount bigint NOT NULL, at timestamptz NOT NULL);
INSERT INTO wallets SELECT 'payer' || i, 1000000000 FROM generate_series(0, ${benchPayers - 1}) i;
INSERT INTO wallets SELECT 'creator' || i, 0 FROM generate_series(0, ${benchCreators - 1}) i;
INSERT INTO wallets VALUES ('platform:gifts', 0);
CREATE FUNCTION send_gift(payer_ text, key_ text, fingerprint_ text, creator_ text, amount_ bigint, share_ bigint)
RETURNS TABLE (accepted boolean, repeated boolean, fingerprint text, coins bigint, id text, at bigint) LANGUAGE plpgsql AS $$
DECLARE left_ bigint; id_ text := gen_random_uuid(); taken integer;
BEGIN
  INSERT INTO answers VALUES (payer_, key_, fingerprint_, true, 0, id_, now()) ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS taken = ROW_COUNT;
  IF taken = 0 THEN
    RETURN QUERY SELECT a.accepted, true, a.fingerprint, a.coins, a.id, (extract(epoch FROM a.at) * 1000)::bigint
      FROM answers a WHERE a.payer = payer_ AND a.key = key_;
    RETURN;
  END IF;
  UPDATE wallets w SET coins = w.coins - amount_ WHERE w.name = payer_ AND w.coins >= amount_ RETURNING w.coins INTO left_;
  IF left_ IS NULL THEN
    SELECT w.coins INTO left_ FROM wallets w WHERE w.name = payer_;
    UPDATE answers a SET accepted = false, coins = left_ WHERE a.payer = payer_ AND a.key = key_;
    RETURN QUERY SELECT false, false, fingerprint_, left_, id_, (extract(epoch FROM now()) * 1000)::bigint;
    RETURN;
  END IF;
  UPDATE answers a SET coins = left_ WHERE a.payer = payer_ AND a.key = key_;
  UPDATE wallets w SET coins = w.coins + share_ WHERE w.name = creator_;
  INSERT INTO lines (gift, account, amount, at) VALUES (id_, payer_, -amount_, now()), (id_, creator_, share_, now()), (id_, 'platform:gifts', amount_ - share_, now());
  UPDATE wallets w SET coins = w.coins + amount_ - share_ WHERE w.name = 'platform:gifts';
  RETURN QUERY SELECT true, false, fingerprint_, left_, id_, (extract(epoch FROM now()) * 1000)::bigint;
END $$;
VACUUM ANALYZE wallets;
`;

const schema = `
CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL);
CREATE TABLE requests (key text PRIMARY KEY, fingerprint text NOT NULL, answer text NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE postings (id bigserial PRIMARY KEY, key text NOT NULL, account int NOT NULL, amount bigint NOT NULL, at timestamptz NOT NULL DEFAULT now());
INSERT INTO accounts SELECT id, 1000000000000 FROM generate_series(1, ${payers + creators + platforms}) id;
VACUUM ANALYZE accounts;
${behindHttp}
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

  /** An HTTP server of ours before it, as a process of its own. */
  async behindHttp(waitsForDisk: boolean): Promise<{ readonly port: number; stop(): Promise<void> }> {
    const settings = `-c synchronous_commit=${waitsForDisk ? 'on' : 'off'}`;
    const options = ['--max-semi-space-size=64', '--import', 'tsx', httpServer, String(this.#port), settings];
    const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise<never>((_, reject) =>
      child.once('exit', (code) => reject(new Error(`the HTTP server before PostgreSQL ended with ${code}`))),
    );
    ended.catch(() => {});
    const told = new Promise<number>((resolve) => child.stdout.once('data', (data) => resolve(Number(data))));
    const port = await Promise.race([told, ended]);
    return { port, stop: async () => void (child.kill('SIGTERM') && (await ended.catch(() => {}))) };
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
