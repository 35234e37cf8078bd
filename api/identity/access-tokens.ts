// Access tokens: short-lived JWTs (ES256) that every instance verifies by itself, each once, then from memory until it expires.
import { errors, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { v7 as uuidv7 } from 'uuid';
import { idPattern } from '../../schemas/ids.ts';
import { type Role, roles } from '../../schemas/roles.ts';
import type { User } from '../access.ts';
import { Refusal } from '../problems.ts';
import { algorithm, type SigningKeys } from './signing-keys.ts';

export const accessTokenS = 600;
export const issuer = 'profithack';
export const audience = 'profithack-api';
const type = 'at+jwt';
const verifiedMax = 50_000;
const tokenLengthMax = 4_096;

export type Verified = { readonly user: User; readonly expiresAtMs: number };

export const tokenRefused = (reason: 'invalid_token' | 'token_expired' | 'session_revoked', detail: string) =>
  new Refusal(reason, detail, { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } });

export class AccessTokens {
  readonly #keys: SigningKeys;
  readonly #now: () => number;
  readonly #verified = new LRUCache<string, Verified>({ max: verifiedMax });

  constructor(keys: SigningKeys, now: () => number) {
    this.#keys = keys;
    this.#now = now;
  }

  sign({ userId, sessionId, roles: held }: User): Promise<string> {
    const { id, key } = this.#keys.signing;
    const issuedAt = Math.floor(this.#now() / 1_000);
    return new SignJWT({ sid: sessionId, roles: [...held] })
      .setProtectedHeader({ alg: algorithm, typ: type, kid: id })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(userId)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + accessTokenS)
      .setJti(uuidv7())
      .sign(key);
  }

  /** At once for a token that was verified before. Whether its session goes on is asked elsewhere, each time. */
  verify(token: string): Verified | Refusal | Promise<Verified | Refusal> {
    const known = this.#verified.get(token);
    if (!known) return this.#verifyAnew(token);
    if (known.expiresAtMs > this.#now()) return known;
    this.#verified.delete(token);
    return expired();
  }

  async #verifyAnew(token: string): Promise<Verified | Refusal> {
    if (token.length > tokenLengthMax) return invalid();
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#keyOf(kid), {
        algorithms: [algorithm],
        ...{ issuer, audience, typ: type, currentDate: new Date(this.#now()) },
        requiredClaims: ['sub', 'sid', 'roles', 'iat', 'exp', 'jti'],
      });
      const verified = verifiedOf(payload);
      if (!verified) return invalid();
      this.#verified.set(token, verified);
      return verified;
    } catch (error) {
      return error instanceof errors.JWTExpired ? expired() : invalid();
    }
  }

  #keyOf(id: string | undefined) {
    const key = this.#keys.verifying.get(id ?? '');
    if (!key) throw new errors.JWKSNoMatchingKey();
    return key;
  }
}

const expired = () => tokenRefused('token_expired', 'this access token has expired: get another by the refresh token');
const invalid = () => tokenRefused('invalid_token', 'this is no access token of this platform');

const isId = new RegExp(idPattern);
const isRole = (role: unknown): role is Role => (roles as readonly unknown[]).includes(role);

function verifiedOf({ sub, sid, roles: held, exp }: Record<string, unknown>): Verified | null {
  if (typeof sub !== 'string' || !isId.test(sub) || typeof sid !== 'string' || !Array.isArray(held)) return null;
  const user: User = { kind: 'user', userId: sub, sessionId: sid, roles: held.filter(isRole) };
  return { user, expiresAtMs: Number(exp) * 1_000 };
}
