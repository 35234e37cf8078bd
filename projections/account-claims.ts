// Folds the records of accounts into who owns which user name and which user id: the smallest claim in the log does. Pure.
import type { Account } from '../schemas/generated.ts';

/** Of one attempt to register; a later record of it takes the place of the one before. */
export const accountKey = ({ username, userId, registrationId }: Account): string =>
  `${username}/${userId}/${registrationId}`;

export type Claimed = {
  readonly key: string;
  readonly account: Account;
  /** Offset of its first record: that is what decides. */
  readonly claim: number;
  /** Of its latest record. */
  readonly offset: number;
  /** The record that this one took the place of, where it was read here. */
  readonly before: Claimed | null;
};

/**
 * What counts depends on nothing but the latest record of each key, so a compacted log gives the same owners. Once an account
 * counts it goes on counting: later claims are larger, and an ended one only makes room.
 */
export class AccountClaims {
  readonly #byKey = new Map<string, Claimed>();
  readonly #byUsername = new Map<string, Set<string>>();
  readonly #byUserId = new Map<string, Set<string>>();

  take(key: string, account: Account | null, offset: number): void {
    const known = this.#byKey.get(key);
    if (account === null) {
      if (known) this.#drop(known);
      return;
    }
    const claim = account.claimedAt ?? offset;
    const before = known ? { ...known, before: null } : null;
    this.#byKey.set(key, { key, account, claim, offset, before });
    add(this.#byUsername, account.username, key);
    add(this.#byUserId, account.userId, key);
  }

  get(key: string): Claimed | null {
    return this.#byKey.get(key) ?? null;
  }

  /** Whether no other record with a smaller claim has its user name or its user id. */
  counts({ account, claim }: Claimed): boolean {
    return ![...this.#named(account)].some((other) => other.claim < claim);
  }

  ofUsername(username: string): Claimed | null {
    return this.#counting(this.#byUsername.get(username));
  }

  ofUser(userId: string): Claimed | null {
    return this.#counting(this.#byUserId.get(userId));
  }

  /** Those that lost against this one: left behind by a process that died before it took its own record back. */
  losersTo({ account, claim }: Claimed): Claimed[] {
    return [...this.#named(account)].filter((other) => other.claim > claim);
  }

  /** Those that count, by user name. */
  list(): Claimed[] {
    const counting = [...this.#byKey.values()].filter((claimed) => this.counts(claimed));
    return counting.sort((a, b) => (a.account.username < b.account.username ? -1 : 1));
  }

  #counting(keys: ReadonlySet<string> = new Set()): Claimed | null {
    for (const claimed of this.#all(keys)) if (this.counts(claimed)) return claimed;
    return null;
  }

  #named({ username, userId }: Account): Set<Claimed> {
    const keys = [...(this.#byUsername.get(username) ?? []), ...(this.#byUserId.get(userId) ?? [])];
    return new Set(this.#all(keys));
  }

  #all(keys: Iterable<string>): Claimed[] {
    return [...keys].flatMap((key) => this.#byKey.get(key) ?? []);
  }

  #drop({ key, account }: Claimed): void {
    this.#byKey.delete(key);
    remove(this.#byUsername, account.username, key);
    remove(this.#byUserId, account.userId, key);
  }
}

function add(index: Map<string, Set<string>>, name: string, key: string): void {
  index.set(name, (index.get(name) ?? new Set()).add(key));
}

function remove(index: Map<string, Set<string>>, name: string, key: string): void {
  const keys = index.get(name);
  keys?.delete(key);
  if (keys?.size === 0) index.delete(name);
}
