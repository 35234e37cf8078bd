// Whose a user name is: decided by the order of the log, the same after any compaction, and never taken away by a later record.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AccountClaims, accountKey } from '../../projections/account-claims.ts';
import type { Account } from '../../schemas/generated.ts';

type Entry = { readonly key: string; readonly account: Account | null; readonly offset: number };

const accountOf = (username: string, userId: string, registrationId: string, more: Partial<Account> = {}): Account => ({
  ...{ username, userId, registrationId, passwordHash: registrationId, roles: ['user'] },
  ...{ createdAt: 0, passwordChangedAt: 0, claimedAt: null, ...more },
});

/** Register, change and end as their processes append them, in the order that they come to the log. */
const step = fc.record({
  kind: fc.constantFrom('register', 'register', 'register', 'change', 'end'),
  username: fc.constantFrom('ann', 'bob', 'eve'),
  userId: fc.constantFrom('1', '2', '3'),
  which: fc.nat(20),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function logOf(steps: readonly Step[]): Entry[] {
  const log: Entry[] = [];
  const first = new Map<string, { account: Account; offset: number }>();
  steps.forEach(({ kind, username, userId, which }, n) => {
    const offset = log.length;
    const known = [...first.entries()];
    if (kind === 'register' || known.length === 0) {
      const account = accountOf(username, userId, `r${n}`);
      first.set(accountKey(account), { account, offset });
      log.push({ key: accountKey(account), account, offset });
      return;
    }
    const [key, { account, offset: claimedAt }] = known[which % known.length] as (typeof known)[number];
    if (kind === 'end') first.delete(key);
    log.push({ key, account: kind === 'end' ? null : { ...account, roles: [`change ${n}`], claimedAt }, offset });
  });
  return log;
}

/** Any record that has a later one of its key may be gone, and any tombstone without an earlier one. */
function compacted(log: readonly Entry[], keep: readonly boolean[]): Entry[] {
  const last = new Map(log.map((entry) => [entry.key, entry.offset]));
  const rest = log.filter(({ key, offset }, n) => last.get(key) === offset || keep[n]);
  return rest.filter((entry, n) => entry.account || rest.slice(0, n).some(({ key }) => key === entry.key) || keep[n]);
}

function folded(log: readonly Entry[]): AccountClaims {
  const claims = new AccountClaims();
  for (const { key, account, offset } of log) claims.take(key, account, offset);
  return claims;
}

const owners = (claims: AccountClaims) => claims.list().map(({ key, claim, account }) => ({ key, claim, account }));

describe('claims of accounts', () => {
  const registrations = fc.array(step, { minLength: 1, maxLength: 30 });

  it('have the same owners after any compaction', () => {
    fc.assert(
      fc.property(registrations, fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }), (steps, keep) => {
        const log = logOf(steps);
        expect(owners(folded(compacted(log, keep)))).toEqual(owners(folded(log)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('give each user name and each user id one owner at most, and it is found by both', () => {
    fc.assert(
      fc.property(registrations, (steps) => {
        const claims = folded(logOf(steps));
        const listed = claims.list();
        for (const name of ['username', 'userId'] as const)
          expect(new Set(listed.map(({ account }) => account[name])).size).toBe(listed.length);
        for (const { key, account } of listed) {
          expect(claims.ofUsername(account.username)?.key).toBe(key);
          expect(claims.ofUser(account.userId)?.key).toBe(key);
        }
      }),
    );
  });

  it('stay with whoever has them, whatever others register or end', () => {
    fc.assert(
      fc.property(registrations, (steps) => {
        const claims = new AccountClaims();
        const counting = new Set<string>();
        for (const { key, account, offset } of logOf(steps)) {
          claims.take(key, account, offset);
          if (account === null) counting.delete(key);
          const now = new Set(claims.list().map((claimed) => claimed.key));
          for (const owner of counting) expect(now).toContain(owner);
          for (const owner of now) counting.add(owner);
        }
      }),
    );
  });

  it('tell two attempts for one name and one id apart: the first has them, whatever the second appends', () => {
    const [one, two] = [accountOf('ann', '1', 'one'), accountOf('ann', '1', 'two')];
    const claims = folded([
      { key: accountKey(one), account: one, offset: 7 },
      { key: accountKey(two), account: two, offset: 8 },
    ]);
    expect(claims.ofUsername('ann')?.account.registrationId).toBe('one');
    expect(claims.losersTo(claims.ofUsername('ann') as never).map(({ key }) => key)).toEqual([accountKey(two)]);
    claims.take(accountKey(one), null, 9);
    expect(claims.ofUsername('ann')?.account.registrationId).toBe('two');
  });
});
