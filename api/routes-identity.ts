// The routes of accounts, tokens and sessions.
import { valueShapes } from '../schemas/ids.ts';
import { roles } from '../schemas/roles.ts';
import { anyone, anyUser, onlyRoles } from './access.ts';
import * as answers from './answers-identity.ts';
import { field, type JsonSchema, objectOf } from './fields.ts';
import { costs } from './limits/policies.ts';
import { type Route, route } from './route.ts';
import {
  type ChangePassword,
  changePassword,
  endSession,
  getMe,
  getSessions,
  type LogIn,
  type LogOut,
  logIn,
  logOut,
  type OfSession,
  type Refresh,
  type Register,
  refresh,
  register,
  type SetRoles,
  setRoles,
} from './services/identity.ts';

const username = {
  type: 'string',
  pattern: '^[A-Za-z0-9_.]{3,32}$',
  description: '3 to 32 of a-z 0-9 _ and the full stop; capitals mean the same',
};
const newPassword = { type: 'string', minLength: 10, maxLength: 256, description: '10 to 256 characters' };
/** What is compared only: a wrong length is a wrong password. */
const password = { type: 'string', minLength: 1, maxLength: 256, description: '1 to 256 characters' };
const refreshToken = {
  type: 'string',
  minLength: 1,
  maxLength: 256,
  description: 'the refresh_token of the last answer',
};
const registration = { username, password: newPassword, birth_date: field.birthDate, time_zone: valueShapes.timeZone };
const rolesField = {
  type: 'array',
  maxItems: roles.length,
  items: { type: 'string', enum: roles },
  description: `a list of ${roles.join(', ')}`,
};
const ofId = objectOf({ id: field.id }, ['id']);
const closed = (properties: Record<string, JsonSchema>, required = Object.keys(properties)) => ({
  ...objectOf(properties, required),
  additionalProperties: false as const,
});
const created = () => 201;

export const identityRoutes: readonly Route[] = [
  route<Register>({
    method: 'post',
    path: '/api/auth/register',
    cost: costs.password,
    budget: 'register',
    access: anyone,
    slug: 'identity',
    summary: 'Makes an account, from 13 years on, and logs in; user_id may be chosen in demo mode only',
    body: closed({ ...registration, user_id: field.id }, Object.keys(registration)),
    answer: answers.registered,
    status: created,
    run: register,
  }),
  route<LogIn>({
    method: 'post',
    path: '/api/auth/login',
    cost: costs.password,
    budget: 'login',
    access: anyone,
    slug: 'identity',
    summary: 'Begins a session: an access token for 10 minutes, and a refresh token for the next',
    body: closed({ username, password }),
    answer: answers.tokens,
    run: logIn,
  }),
  route<Refresh>({
    method: 'post',
    path: '/api/auth/refresh',
    access: anyone,
    slug: 'identity',
    summary: 'The next two tokens; a refresh token that is shown twice ends its session',
    body: closed({ refresh_token: refreshToken }),
    answer: answers.tokens,
    run: refresh,
  }),
  route<LogOut>({
    method: 'post',
    path: '/api/auth/logout',
    access: anyone,
    slug: 'identity',
    summary: 'Ends the session of the access token, or that of a refresh token',
    body: closed({ refresh_token: refreshToken }, []),
    answer: answers.loggedOut,
    run: logOut,
  }),
  route<object>({
    method: 'get',
    path: '/api/auth/me',
    access: anyUser,
    slug: 'identity',
    summary: 'Whose access token this is',
    answer: answers.me,
    run: getMe,
  }),
  route<object>({
    method: 'get',
    path: '/api/auth/sessions',
    access: anyUser,
    slug: 'identity',
    summary: 'My sessions, last used first: since when, from where',
    answer: answers.sessions,
    run: getSessions,
  }),
  route<OfSession>({
    method: 'delete',
    path: '/api/auth/sessions/{id}',
    access: anyUser,
    slug: 'identity',
    summary: 'Ends one of my sessions, at once and everywhere',
    params: ofId,
    answer: answers.sessionEnded,
    run: endSession,
  }),
  route<ChangePassword>({
    method: 'post',
    path: '/api/auth/password',
    cost: costs.password,
    budget: 'password',
    access: anyUser,
    slug: 'identity',
    summary: 'Another password; all other sessions end',
    body: closed({ old_password: password, new_password: newPassword }),
    answer: answers.passwordChanged,
    run: changePassword,
  }),
  route<SetRoles>({
    method: 'put',
    path: '/api/accounts/{id}/roles',
    access: onlyRoles('operator'),
    slug: 'identity',
    summary: 'The roles of an account; whoever loses one is logged out',
    params: ofId,
    body: closed({ roles: rolesField }),
    answer: answers.rolesSet,
    run: setRoles,
  }),
  route<object>({
    method: 'get',
    path: '/api/auth/jwks.json',
    access: anyone,
    slug: 'identity',
    summary: 'The public keys that access tokens are verified with',
    answer: answers.keySet,
    run: ({ auth }) => ({ keys: auth.published }),
  }),
];
