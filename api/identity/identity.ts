// Who calls: the bearer of an access token, Prometheus, in demo mode anyone, else nobody.
import { createHash, timingSafeEqual } from 'node:crypto';
import { anonymousCaller, type Caller, demoCaller, scraperCaller } from '../access.ts';
import type { Credentials, Identity } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { Unavailable } from '../unavailable.ts';
import { type AccessTokens, tokenRefused, type Verified } from './access-tokens.ts';
import type { Revocations } from './revocations.ts';

const demoHeaders = { 'demo-mode': 'on; without a token anyone acts as anyone' } as const;

export type IdentityOptions = {
  readonly isDemo: boolean;
  readonly metricsToken: string | null;
  /** Null until the keys are read. */
  readonly tokens: () => AccessTokens | null;
  readonly revocations: Pick<Revocations, 'has' | 'onRevoked'>;
  /** Whether the account was deleted, as far as that is known here. */
  readonly isErased: (userId: string) => boolean;
};

const scheme = 'bearer ';
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

export function identityOf(options: IdentityOptions): Identity {
  const { isDemo, metricsToken, tokens, revocations, isErased } = options;
  const withoutToken = isDemo ? demoCaller : anonymousCaller;
  const scraping = metricsToken === null ? null : sha256(metricsToken);
  // Its length is no secret, and differs from that of access tokens.
  const mayScrape = (token: string) =>
    scraping !== null && token.length === metricsToken?.length && timingSafeEqual(sha256(token), scraping);
  const alive = (verified: Verified | Refusal): Caller | Refusal => {
    if (verified instanceof Refusal) return verified;
    const { user } = verified;
    if (!revocations.has(user.sessionId) && !isErased(user.userId)) return user;
    return tokenRefused('session_revoked', 'the session of this token has ended: log in again');
  };
  return {
    ...(isDemo && { answerHeaders: demoHeaders }),
    onSessionEnd: (listener) => revocations.onRevoked(listener),
    callerOf: ({ authorization }: Credentials) => {
      if (authorization === undefined) return withoutToken;
      const token = authorization.slice(scheme.length).trim();
      if (token === '' || authorization.slice(0, scheme.length).toLowerCase() !== scheme)
        return tokenRefused('invalid_token', 'authorization must be: Bearer <access_token>');
      if (mayScrape(token)) return scraperCaller;
      const made = tokens();
      if (!made) throw new Unavailable('redis', 'access tokens cannot be verified yet');
      const verified = made.verify(token);
      return verified instanceof Promise ? verified.then(alive) : alive(verified);
    },
  };
}
