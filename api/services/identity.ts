// Accounts and sessions: register, log in, refresh, log out, what sessions there are, another password, other roles.
import { v7 as uuidv7 } from 'uuid';
import { isTimeZone } from '../../processors/ledger/domain-local-days.ts';
import { ageBandOf, ageMax, ageOn } from '../../schemas/dating.ts';
import type { Account } from '../../schemas/generated.ts';
import { type Role, roles } from '../../schemas/roles.ts';
import { noToken, type User } from '../access.ts';
import { accessTokenS, tokenRefused } from '../identity/access-tokens.ts';
import type { Begun } from '../identity/sessions.ts';
import type { Call, Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { refusedIfDeleted } from './deleted-account.ts';

export type Register = {
  readonly username: string;
  readonly password: string;
  readonly birth_date: string;
  readonly time_zone: string;
  readonly user_id?: string;
};
export type LogIn = { readonly username: string; readonly password: string };
export type Refresh = { readonly refresh_token: string };
export type LogOut = { readonly refresh_token?: string };
export type OfSession = { readonly id: string };
export type ChangePassword = { readonly old_password: string; readonly new_password: string };
export type SetRoles = { readonly id: string; readonly roles: readonly Role[] };

const registrationAge = 13;
const minorsBand = '13-17';

/** A repeat after a lost answer is told that the name is taken: whoever has the password logs in. */
export async function register(services: Services, request: Register, call: Call) {
  const { auth } = services;
  if (request.user_id !== undefined && !auth.isDemo)
    return new Refusal('unknown_field', 'user_id is chosen here; only demo mode lets callers choose it', {
      field: 'user_id',
    });
  const username = request.username.toLowerCase();
  const wrong = wrongIn({ ...request, username }, services.now());
  if (wrong) return wrong;
  const userId = request.user_id ?? uuidv7();
  const deleted = refusedIfDeleted(services, userId);
  if (deleted) return deleted;
  const taken = takenAs(auth.accounts.ofUsername(username) ? 'username_taken' : 'registered');
  if (taken) return taken;
  const passwordHash = await auth.passwords.hash(request.password);
  if (passwordHash instanceof Refusal) return passwordHash;
  const account = { userId, username, passwordHash, roles: ['user'], createdAt: services.now() };
  const lost = takenAs(await auth.accounts.register(account));
  if (lost) return lost;
  const { birth_date: birthDate, time_zone: timeZone } = request;
  const ageBand = ageBandOf(ageOn(birthDate, services.now()) ?? 0) ?? minorsBand;
  const { token } = await services.people.register({ userId, username, birthDate, ageBand, timeZone }, call.requestId);
  const begun = await auth.sessions.begin(userId, clientOf(call), account.createdAt);
  if (!begun) return wrongCredentials();
  return { ...(await tokensOf(services, userId, account, begun)), username, token };
}

function wrongIn(
  { username, password, birth_date: birthDate, time_zone: zone }: Register,
  now: number,
): Refusal | null {
  const age = ageOn(birthDate, now);
  if (age === null || age < 0 || age > ageMax) return invalid('birth_date', 'a day that there is, as in 1999-12-31');
  if (age < registrationAge)
    return new Refusal('under_age', `birth_date: accounts are from ${registrationAge} years on`, {
      field: 'birth_date',
    });
  if (!isTimeZone(zone)) return invalid('time_zone', 'an IANA time zone, such as Europe/Berlin');
  return passwordProblem('password', password, username);
}

function passwordProblem(field: string, password: string, username: string): Refusal | null {
  return password.toLowerCase() === username ? invalid(field, 'other than the user name') : null;
}

const invalid = (field: string, expected: string) =>
  new Refusal('invalid_field', `${field} must be ${expected}`, { field });

function takenAs(outcome: 'registered' | 'username_taken' | 'user_id_taken'): Refusal | null {
  if (outcome === 'registered') return null;
  const field = outcome === 'username_taken' ? 'username' : 'user_id';
  return new Refusal(outcome, `this ${field} has an account already`, { field });
}

/** A wrong name and a wrong password are told alike, in the same time. */
export async function logIn(services: Services, request: LogIn, call: Call) {
  const { auth } = services;
  const known = auth.accounts.ofUsername(request.username.toLowerCase());
  const account = known && services.people.isErased(known.userId) ? null : known;
  const isRight = await auth.passwords.matches(account?.passwordHash ?? null, request.password);
  if (isRight instanceof Refusal) return isRight;
  if (!isRight || !account) return wrongCredentials();
  const begun = await auth.sessions.begin(account.userId, clientOf(call), account.passwordChangedAt);
  if (!begun) return wrongCredentials();
  // Another password, or the end of the account, may have ended all sessions a moment before this one began.
  const now = auth.accounts.ofUser(account.userId);
  if (now?.passwordHash !== account.passwordHash) {
    await auth.sessions.end(account.userId, begun.sessionId);
    return wrongCredentials();
  }
  return tokensOf(services, account.userId, now, begun);
}

const wrongCredentials = (field?: string) =>
  new Refusal('wrong_credentials', 'no account has this user name and this password', field ? { field } : {});

/** Another access token, with the roles of now, and the next refresh token. */
export async function refresh(services: Services, { refresh_token: given }: Refresh, call: Call) {
  const { auth } = services;
  const rotated = await auth.sessions.rotate(given, clientOf(call));
  if (rotated.outcome !== 'rotated') return refreshRefused(rotated.outcome);
  const { userId, sessionId } = rotated;
  if (!auth.accounts.ofUser(userId)) await auth.accounts.caughtUp();
  const account = auth.accounts.ofUser(userId);
  if (account && !services.people.isErased(userId)) return tokensOf(services, userId, account, rotated);
  await auth.sessions.end(userId, sessionId);
  return refreshRefused('ended');
}

const whyRefused = {
  unknown: ['invalid_token', 'this is no refresh token of this platform'],
  ended: ['session_revoked', 'this session has ended: log in again'],
  reused: [
    'session_revoked',
    'this refresh token was used before: somebody may have copied it, so the session has ended',
  ],
} as const;

function refreshRefused(outcome: keyof typeof whyRefused): Refusal {
  const [reason, detail] = whyRefused[outcome];
  return tokenRefused(reason, detail);
}

/** By the access token, or by the refresh token where that has expired. */
export async function logOut(services: Services, { refresh_token: given }: LogOut, call: Call) {
  const { sessions } = services.auth;
  if (given !== undefined) {
    const rotated = await sessions.rotate(given, clientOf(call));
    if (rotated.outcome === 'unknown') return refreshRefused('unknown');
    if (rotated.outcome === 'rotated') await sessions.end(rotated.userId, rotated.sessionId);
    return { logged_out: true };
  }
  if (call.caller.kind !== 'user') return noToken();
  await sessions.end(call.caller.userId, call.caller.sessionId);
  return { logged_out: true };
}

export async function getSessions(services: Services, _request: object, { caller }: Call) {
  if (caller.kind !== 'user') return noToken();
  const sessions = await services.auth.sessions.list(caller.userId);
  return {
    sessions: sessions.map(({ id, createdAt, lastSeen, address, userAgent }) => ({
      id,
      created_at: new Date(createdAt).toISOString(),
      last_seen: new Date(lastSeen).toISOString(),
      address,
      user_agent: userAgent,
      current: id === caller.sessionId,
    })),
  };
}

export async function endSession(services: Services, { id }: OfSession, { caller }: Call) {
  if (caller.kind !== 'user') return noToken();
  if (await services.auth.sessions.end(caller.userId, id)) return { ended: true, id };
  return new Refusal('not_found', 'you have no such session', { field: 'id' });
}

export function getMe({ auth }: Services, _request: object, { caller }: Call) {
  if (caller.kind !== 'user') return noToken();
  const account = auth.accounts.ofUser(caller.userId);
  if (!account) return new Refusal('not_found', 'this account is not known here');
  return { ...accountShown(account), session_id: caller.sessionId };
}

/** Ends all other sessions: whoever had the old password is out. */
export async function changePassword(services: Services, request: ChangePassword, { caller }: Call) {
  if (caller.kind !== 'user') return noToken();
  const { accounts, passwords, sessions } = services.auth;
  const account = accounts.ofUser(caller.userId);
  if (!account) return new Refusal('not_found', 'this account is not known here');
  const isRight = await passwords.matches(account.passwordHash, request.old_password);
  if (isRight instanceof Refusal) return isRight;
  if (!isRight) return wrongCredentials('old_password');
  const problem = passwordProblem('new_password', request.new_password, account.username);
  if (problem) return problem;
  const passwordHash = await passwords.hash(request.new_password);
  if (passwordHash instanceof Refusal) return passwordHash;
  const now = services.now();
  // Later than the change before, also if the clock of that one's instance is ahead.
  const changed = await accounts.change(caller.userId, (current) => {
    return { ...current, passwordHash, passwordChangedAt: Math.max(now, current.passwordChangedAt + 1) };
  });
  if (!changed) return new Refusal('not_found', 'this account is not known here');
  const ended = await sessions.endAll(caller.userId, caller.sessionId, changed.passwordChangedAt);
  return { changed: true, sessions_ended: ended };
}

/** What was granted counts from the next refresh on; whoever loses a role is logged out, so that no token of it is left. */
export async function setRoles(services: Services, { id, roles: wanted }: SetRoles) {
  const changed = await changeRoles(services.auth, id, () => wanted);
  return changed ?? new Refusal('not_found', 'there is no account of this user', { field: 'id' });
}

export async function changeRoles(
  { accounts, sessions }: Pick<Services['auth'], 'accounts' | 'sessions'>,
  userId: string,
  wanted: (held: readonly string[]) => readonly string[],
) {
  let held: readonly string[] = [];
  const account = await accounts.change(userId, (current) => {
    held = current.roles;
    const named = new Set(['user', ...wanted(current.roles)]);
    return { ...current, roles: roles.filter((role) => named.has(role)) };
  });
  if (!account) return null;
  const isLess = held.some((role) => !account.roles.includes(role));
  return { ...accountShown(account), sessions_ended: isLess ? await sessions.endAll(userId) : 0 };
}

export const accountShown = ({ userId, username, roles: held, createdAt, passwordChangedAt }: Account) => ({
  user_id: userId,
  username,
  roles: held,
  created_at: new Date(createdAt).toISOString(),
  password_changed_at: new Date(passwordChangedAt).toISOString(),
});

/** Of a deleted person: the name is free again, and nobody is logged in any more. It may be asked for again. */
export async function endAccount({ auth }: Services, userId: string): Promise<void> {
  await auth.accounts.end(userId);
  await auth.sessions.endAll(userId);
}

async function tokensOf(services: Services, userId: string, { roles: held }: Pick<Account, 'roles'>, begun: Begun) {
  const user: User = { kind: 'user', userId, sessionId: begun.sessionId, roles: held as readonly Role[] };
  return {
    user_id: userId,
    access_token: await services.auth.tokens.sign(user),
    token_type: 'Bearer',
    expires_in: accessTokenS,
    refresh_token: begun.refreshToken,
    roles: held,
  };
}

const clientOf = ({ client }: Call) => client ?? { address: '', userAgent: '' };
