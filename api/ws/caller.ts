// Who a socket speaks for: its rights come with a token and end with it.
import { type Caller, demoCaller } from '../access.ts';
import type { Identity } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { limits } from './protocol.ts';

export type Verdict = 'stays' | 'expired' | 'ended';

export class SocketCaller {
  readonly #identity: () => Identity;
  #authorization: string | undefined;
  #caller: Caller;
  #checkedAt = Date.now();
  /** Since when the token has been refused. */
  #refusedAt: number | null = null;

  constructor(identity: () => Identity, caller: Caller, authorization: string | undefined) {
    this.#identity = identity;
    this.#caller = caller;
    this.#authorization = authorization;
  }

  get caller(): Caller {
    return this.#caller;
  }

  get userId(): string | null {
    return this.#caller.kind === 'user' ? this.#caller.userId : null;
  }

  /** A socket stays one user's: what was sent to it is theirs. @throws Unavailable */
  async authenticate(accessToken: string): Promise<Refusal | 'another' | null> {
    const authorization = `Bearer ${accessToken}`;
    const caller = await this.#identity().callerOf({ authorization });
    if (caller instanceof Refusal) return caller;
    const before = this.userId;
    if (before !== null && (caller.kind !== 'user' || caller.userId !== before)) return 'another';
    this.#caller = caller;
    this.#authorization = authorization;
    this.#refusedAt = null;
    this.#checkedAt = Date.now();
    return null;
  }

  isDue(now: number): boolean {
    return (
      this.#caller !== demoCaller && this.#authorization !== undefined && now - this.#checkedAt >= limits.recheckMs
    );
  }

  /** Asks anew whether the token counts; who cannot be asked has said nothing. */
  async recheck(now: number): Promise<{ readonly verdict: Verdict; readonly refusal: Refusal | null }> {
    this.#checkedAt = now;
    const authorization = this.#authorization;
    const answer = await this.#ask(authorization);
    const isSuperseded = authorization !== this.#authorization;
    if (isSuperseded || !(answer instanceof Refusal)) return { verdict: 'stays', refusal: null };
    const isFirst = this.#refusedAt === null;
    this.#refusedAt ??= now;
    if (answer.reason !== 'token_expired' || now - this.#refusedAt >= limits.graceMs)
      return { verdict: 'ended', refusal: answer };
    return isFirst ? { verdict: 'expired', refusal: answer } : { verdict: 'stays', refusal: null };
  }

  async #ask(authorization: string | undefined): Promise<Caller | Refusal | null> {
    try {
      return await this.#identity().callerOf({ authorization });
    } catch {
      return null;
    }
  }
}
