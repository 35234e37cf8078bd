// Sessions on Redis: begun by a log-in, continued by refresh tokens that each work once, listed and ended by their user.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { accessTokenS } from './access-tokens.ts';
import { beginScript, endAllScript, endScript, rotateScript } from './session-scripts.ts';

const sessionDays = 30;
const sessionsPerUserMax = 50;
const sessionMs = sessionDays * 86_400_000;
/** Longer than an access token holds, by as much as clocks may differ. */
const voidMs = (accessTokenS + 60) * 1_000;
const userAgentLengthMax = 200;
/** After its first use a refresh token may come again for so long: whose answer was lost asks again. As Auth0 and Okta have it (rotation overlap, grace period). */
const leewayMs = 10_000;

export const revokedKey = (namespace: string): string => `${namespace}revoked_sessions`;

/** Where a session is used from, as its user is shown it. */
export type Client = { readonly address: string; readonly userAgent: string };

export type Session = {
  readonly id: string;
  readonly createdAt: number;
  readonly lastSeen: number;
  readonly address: string;
  readonly userAgent: string;
};

export type Begun = { readonly sessionId: string; readonly refreshToken: string };
export type Rotated =
  | ({ readonly outcome: 'rotated'; readonly userId: string } & Begun)
  /** `ended`: no such session (any more); `reused`: an older token, and the session has been ended; `unknown`: no token of it. */
  | { readonly outcome: 'ended' | 'reused' | 'unknown' };

type Reply = string | number | string[];
type Script = (...args: (string | number)[]) => Promise<Reply>;
type Scripts = { beginSession: Script; rotateSession: Script; endSession: Script; endSessions: Script };

/** 128 bits that stay the same as long as the session lasts, and 256 that change each time. */
const lengths = { family: 16, secret: 32 };
const shape = /^([0-9a-f-]{36})\.([A-Za-z0-9_-]{64})$/;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('base64url');

export class Sessions {
  readonly #redis: Redis & Scripts;
  readonly #prefixes: readonly [session: string, user: string, revoked: string];

  constructor(redis: Redis, namespace: string) {
    redis.defineCommand('beginSession', { lua: beginScript, numberOfKeys: 0 });
    redis.defineCommand('rotateSession', { lua: rotateScript, numberOfKeys: 0 });
    redis.defineCommand('endSession', { lua: endScript, numberOfKeys: 0 });
    redis.defineCommand('endSessions', { lua: endAllScript, numberOfKeys: 0 });
    this.#redis = redis as unknown as Redis & Scripts;
    this.#prefixes = [`${namespace}session:`, `${namespace}user_sessions:`, revokedKey(namespace)];
  }

  /**
   * Ends the session that was used longest ago if there are too many.
   * @param passwordChangedAt of the account as it is known here
   * @returns null if the password has been changed since, elsewhere
   */
  async begin(userId: string, client: Client, passwordChangedAt: number): Promise<Begun | null> {
    const sessionId = randomUUID();
    const family = randomBytes(lengths.family);
    const token = tokenOf(sessionId, family);
    const begunAt = await this.#redis.beginSession(
      ...[...this.#common(), userId, sessionId, sha256(family), token.hash],
      ...[...shown(client), sessionsPerUserMax, passwordChangedAt],
    );
    return begunAt === 0 ? null : { sessionId, refreshToken: token.text };
  }

  /** Another refresh token for this one, which works again only in the leeway: whoever shows it later ends the session. */
  async rotate(refreshToken: string, client: Client): Promise<Rotated> {
    const given = partsOf(refreshToken);
    if (!given) return { outcome: 'unknown' };
    const { sessionId, family, hash } = given;
    const next = tokenOf(sessionId, family);
    const [outcome, userId = ''] = (await this.#redis.rotateSession(
      ...[...this.#common(), sessionId, sha256(family), hash, next.hash, ...shown(client), leewayMs],
    )) as ['rotated' | 'ended' | 'reused' | 'unknown', string];
    return outcome === 'rotated' ? { outcome, userId, sessionId, refreshToken: next.text } : { outcome };
  }

  /** Last used first. */
  async list(userId: string): Promise<Session[]> {
    const [session, user] = this.#prefixes;
    const ids = await this.#redis.zrevrange(`${user}${userId}`, 0, sessionsPerUserMax - 1);
    const found = await Promise.all(ids.map((id) => this.#redis.hgetall(`${session}${id}`)));
    return found.flatMap((kept, n) => (kept.user_id === userId ? sessionIn(ids[n] ?? '', kept) : []));
  }

  /** @returns false if the user has no such session */
  async end(userId: string, sessionId: string): Promise<boolean> {
    return (await this.#redis.endSession(...this.#common(), userId, sessionId)) === 1;
  }

  /**
   * @param passwordChangedAt from now on none begins by an older password
   * @returns how many, the one that goes on not among them
   */
  async endAll(userId: string, exceptSessionId = '', passwordChangedAt = 0): Promise<number> {
    return Number(await this.#redis.endSessions(...this.#common(), userId, exceptSessionId, passwordChangedAt));
  }

  #common(): (string | number)[] {
    return [...this.#prefixes, sessionMs, voidMs];
  }
}

function tokenOf(sessionId: string, family: Buffer): { readonly text: string; readonly hash: string } {
  const bytes = Buffer.concat([family, randomBytes(lengths.secret)]);
  return { text: `${sessionId}.${bytes.toString('base64url')}`, hash: sha256(bytes) };
}

function partsOf(refreshToken: string) {
  const [, sessionId, text] = shape.exec(refreshToken) ?? [];
  if (sessionId === undefined || text === undefined) return null;
  const bytes = Buffer.from(text, 'base64url');
  return { sessionId, family: bytes.subarray(0, lengths.family), hash: sha256(bytes) };
}

const shown = ({ address, userAgent }: Client) => [address, userAgent.slice(0, userAgentLengthMax)];

const sessionIn = (id: string, kept: Record<string, string>): Session => ({
  id,
  createdAt: Number(kept.created_at),
  lastSeen: Number(kept.last_seen),
  address: kept.address ?? '',
  userAgent: kept.user_agent ?? '',
});
