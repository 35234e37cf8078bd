// What the services know of accounts: who has which, registering, changing and ending one; each is in the log before it is answered.
import { setTimeout as pause } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import type { AccountProducer } from '../producers/accounts.ts';
import { accountKey, type Claimed } from '../projections/account-claims.ts';
import type { AccountTable } from '../projections/accounts.ts';
import type { Account } from '../schemas/generated.ts';
import type { AccessTokens } from './identity/access-tokens.ts';
import type { Passwords } from './identity/passwords.ts';
import type { Sessions } from './identity/sessions.ts';
import type { SigningKeys } from './identity/signing-keys.ts';
import { Unavailable } from './unavailable.ts';

export type NewAccount = Omit<Account, 'registrationId' | 'claimedAt' | 'passwordChangedAt'>;
export type Registered = 'registered' | 'username_taken' | 'user_id_taken';

export type Accounts = {
  ofUsername(username: string): Account | null;
  ofUser(userId: string): Account | null;
  list(): readonly Account[];
  /** Whose they are is decided by the log: whoever loses takes the own record back. */
  register(account: NewAccount): Promise<Registered>;
  /** @returns the account as it is now, or null if there is none (any more) */
  change(userId: string, changed: (account: Account) => Account): Promise<Account | null>;
  end(userId: string): Promise<void>;
  /** Resolves when every account that is in the log now is known here. */
  caughtUp(): Promise<void>;
};

/** All that registering and logging in needs. */
export type Auth = {
  readonly accounts: Accounts;
  readonly sessions: Pick<Sessions, 'begin' | 'rotate' | 'list' | 'end' | 'endAll'>;
  readonly passwords: Pick<Passwords, 'hash' | 'matches'>;
  readonly tokens: Pick<AccessTokens, 'sign'>;
  readonly published: SigningKeys['published'];
  readonly isDemo: boolean;
};

const changesMax = 5;
const readMsMax = 4_000;

/** The record is in the log and counts, only whoever asked cannot be told what came of it. */
async function tooLate(): Promise<never> {
  await pause(readMsMax, undefined, { ref: false });
  throw new Unavailable('kafka', 'the accounts are read too slowly to tell what came of it: look again later');
}

export function accountDoor(table: AccountTable, producer: Pick<AccountProducer, 'append'>): Accounts {
  const { claims } = table;
  const appended = async (key: string, account: Account | null) => {
    const offset = await producer.append(key, account);
    await Promise.race([table.waitFor(offset), tooLate()]);
    return offset;
  };
  return {
    ofUsername: (username) => claims.ofUsername(username)?.account ?? null,
    ofUser: (userId) => claims.ofUser(userId)?.account ?? null,
    list: () => claims.list().map(({ account }) => account),
    register: async (given) => {
      const taken = takenBy(claims, given);
      if (taken) return taken;
      const account = {
        ...{ ...given, registrationId: uuidv7() },
        ...{ passwordChangedAt: given.createdAt, claimedAt: null },
      };
      const key = accountKey(account);
      await appended(key, account);
      const own = claims.get(key);
      if (own && claims.counts(own)) return 'registered';
      const lost = takenBy(claims, given) ?? 'username_taken';
      await appended(key, null);
      return lost;
    },
    change: (userId, changed) => changeOf(table, appended, userId, changed),
    end: async (userId) => {
      const owner = claims.ofUser(userId);
      if (!owner) return;
      // What a process left behind that died before it took its own record back must not come to count.
      for (const { key } of claims.losersTo(owner)) await appended(key, null);
      await appended(owner.key, null);
    },
    caughtUp: () => table.caughtUp(),
  };
}

function takenBy(claims: AccountTable['claims'], { username, userId }: NewAccount): Registered | null {
  if (claims.ofUsername(username)) return 'username_taken';
  return claims.ofUser(userId) ? 'user_id_taken' : null;
}

type Append = (key: string, account: Account | null) => Promise<number>;

/** Two who change one account at once would undo each other: who sees another record between does the own change again, on that. */
async function changeOf(
  { claims }: AccountTable,
  appended: Append,
  userId: string,
  changed: (account: Account) => Account,
): Promise<Account | null> {
  let base: Claimed | null = claims.ofUser(userId);
  for (let tries = 0; base && tries < changesMax; tries++) {
    const offset: number = await appended(base.key, { ...changed(base.account), claimedAt: base.claim });
    const latest: Claimed | null = claims.get(base.key);
    // Whoever came after looks at this record, as is done here with the one before.
    if (!latest || latest.offset !== offset || latest.before?.offset === base.offset) return latest?.account ?? null;
    if (!latest.before) {
      // It ended meanwhile.
      await appended(latest.key, null);
      return null;
    }
    base = latest.before;
  }
  return base?.account ?? null;
}
