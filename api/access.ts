// Who calls, and for whom a route lets them act: everyone acts only for themselves, some roles may look on.
import type { Role } from '../schemas/roles.ts';
import type { Fields } from './names.ts';
import { Refusal } from './problems.ts';

export type User = {
  readonly kind: 'user';
  readonly userId: string;
  readonly sessionId: string;
  readonly roles: readonly Role[];
};
/** `demo`: without a token in demo mode; acts as whoever the request names, in every role. */
export type Caller =
  | User
  | { readonly kind: 'demo' }
  | { readonly kind: 'anonymous' }
  /** Prometheus, by its own token: reads the metrics and what is for anyone, nothing else. */
  | { readonly kind: 'scraper' };

type Self = {
  readonly kind: 'self';
  /** Of the request: names the user that it acts for; absent it is the caller. */
  readonly field: string;
  readonly orRoles: readonly Role[];
  /** Nobody needs to be named: then it is for anyone. */
  readonly isOptional?: true;
};
/** The owner of something sees it whole, a viewer as themselves. */
type Viewer = { readonly kind: 'viewer'; readonly owner: string; readonly viewer: string };
type ByRole = { readonly kind: 'role'; readonly roles: readonly Role[]; readonly orScraper?: true };

export type Access =
  | { readonly kind: 'anyone' }
  /** Some user: whose the thing is, the service asks with `isOthers`. */
  | { readonly kind: 'user' }
  | Self
  | Viewer
  | ByRole;

export const anyone: Access = { kind: 'anyone' };
export const anyUser: Access = { kind: 'user' };
export const self = (field: string, ...orRoles: readonly Role[]): Access => ({ kind: 'self', field, orRoles });
export const selfIfNamed = (field: string): Access => ({ kind: 'self', field, orRoles: [], isOptional: true });
export const viewer = (owner: string, viewerField: string): Access => ({ kind: 'viewer', owner, viewer: viewerField });
export const onlyRoles = (...roles: readonly Role[]): Access => ({ kind: 'role', roles });
export const operatorOrScraper: Access = { kind: 'role', roles: ['operator'], orScraper: true };

export const demoCaller: Caller = { kind: 'demo' };
export const anonymousCaller: Caller = { kind: 'anonymous' };
export const scraperCaller: Caller = { kind: 'scraper' };
/** Everyone is who they say: for a process without accounts. */
export const demoIdentity = { callerOf: (): Caller => demoCaller };

export const noToken = () =>
  new Refusal('unauthenticated', 'this needs an access token, as in Authorization: Bearer <access_token>', {
    headers: { 'www-authenticate': 'Bearer' },
  });

export const notYours = (field: string) =>
  new Refusal('forbidden', `${field} must be the user of the access token: everyone acts only for themselves`, {
    field,
  });

const hasRole = (caller: Caller, roles: readonly Role[]): boolean =>
  caller.kind === 'demo' || (caller.kind === 'user' && caller.roles.some((role) => roles.includes(role)));

/** Whether something that belongs to a user is out of a caller's reach. */
export const isOthers = (caller: Caller, ownerId: string | null, ...orRoles: readonly Role[]): boolean =>
  ownerId !== null && !hasRole(caller, orRoles) && !(caller.kind === 'user' && caller.userId === ownerId);

/** A request (names in snake_case) as its caller may make it, whom it concerns filled in; or why it may not be made. */
export function permitted(access: Access, caller: Caller, request: Fields): Fields | Refusal {
  if (access.kind === 'anyone' || caller.kind === 'demo') return request;
  if (caller.kind === 'scraper' && access.kind === 'role' && access.orScraper) return request;
  if (caller.kind !== 'user') {
    const isForAnyone = access.kind === 'self' && access.isOptional && request[access.field] === undefined;
    return isForAnyone ? request : noToken();
  }
  switch (access.kind) {
    case 'user':
      return request;
    case 'role':
      if (hasRole(caller, access.roles)) return request;
      return new Refusal('forbidden', `this is for those with the role ${access.roles.join(' or ')}`);
    case 'self':
      return ofSelf(access, caller, request);
    case 'viewer':
      return ofViewer(access, caller, request);
  }
}

function ofSelf({ field, orRoles }: Self, caller: User, request: Fields): Fields | Refusal {
  const named = request[field];
  if (named === undefined) return { ...request, [field]: caller.userId };
  return named === caller.userId || hasRole(caller, orRoles) ? request : notYours(field);
}

function ofViewer({ owner, viewer: field }: Viewer, { userId }: User, request: Fields): Fields | Refusal {
  const [owned, seenBy] = [request[owner], request[field]];
  if (owned === undefined && seenBy === undefined) return { ...request, [owner]: userId };
  if (seenBy === undefined) return owned === userId ? request : { ...request, [field]: userId };
  return seenBy === userId ? request : notYours(field);
}
