// PostgreSQL doing the same double entry, on a fresh cluster in a temporary folder: transactions a second as pgbench counts them.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { creators as benchCreators, payers as benchPayers } from './gift-backlog.ts';
import { PostgresCluster } from './postgres.ts';

const clients = 32;
const [payers, creators, platforms] = [10_000, 1_000, 10_000];
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
  readonly #cluster: PostgresCluster;

  private constructor(cluster: PostgresCluster) {
    this.#cluster = cluster;
  }

  /** Running with the tables filled; null where it is not installed. */
  static async start(): Promise<Postgres | null> {
    const cluster = await PostgresCluster.start();
    if (!cluster) return null;
    cluster.sql(schema);
    return new Postgres(cluster);
  }

  get version(): string {
    return this.#cluster.version;
  }

  /** @returns transactions a second */
  benchmark({ account, waitsForDisk }: PostgresRun, seconds: number): number {
    const settings = `-c synchronous_commit=${waitsForDisk ? 'on' : 'off'}`;
    return this.#cluster.pgbench({ script: scripts[account], clients, seconds, settings }).perSecond;
  }

  /** An HTTP server of ours before it, as a process of its own. */
  async behindHttp(waitsForDisk: boolean): Promise<{ readonly port: number; stop(): Promise<void> }> {
    const settings = `-c synchronous_commit=${waitsForDisk ? 'on' : 'off'}`;
    const options = ['--max-semi-space-size=64', '--import', 'tsx', httpServer, String(this.#cluster.port), settings];
    const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise<never>((_, reject) =>
      child.once('exit', (code) => reject(new Error(`the HTTP server before PostgreSQL ended with ${code}`))),
    );
    ended.catch(() => {});
    const told = new Promise<number>((resolve) => child.stdout.once('data', (data) => resolve(Number(data))));
    const port = await Promise.race([told, ended]);
    return { port, stop: async () => void (child.kill('SIGTERM') && (await ended.catch(() => {}))) };
  }

  stop(): Promise<void> {
    return this.#cluster.stop();
  }
}
