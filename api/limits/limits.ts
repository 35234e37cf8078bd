// Limits as the doors see them: what a request, a socket or a message may still do, and the refusal where it is too much.
import type { Caller } from '../access.ts';
import type { Fields } from '../names.ts';
import { Refusal } from '../problems.ts';
import type { Peer } from './addresses.ts';
import { type Headers, limitHeaders } from './headers.ts';
import type { Claim, Limiter, Verdict } from './limiter.ts';
import { type Budget, type BudgetName, budgets, type Policy, type PolicyName } from './policies.ts';

/** A route's price: units of `general` and of its own limits of events; of its other limits one. */
export type Charge = {
  readonly cost?: number | ((request: Fields) => number);
  /** Its own, on top of `general`. */
  readonly budget?: BudgetName;
};

export type Asked = {
  readonly caller: Caller;
  /** Absent: no address limits. */
  readonly peer?: Peer | undefined;
  /** Is told the headers of an answer that is not refused. */
  readonly tell?: ((headers: Headers) => void) | undefined;
};

export type Limits = {
  /** Counts one request at the door, in this process alone; a refusal if its address floods. */
  admits(peer: Peer): Refusal | null;
  peerOf(socketAddress: string | undefined, forwardedFor?: string): Peer;
  /** Null: go on. Awaits nothing while the caller's lease lasts. */
  ofRoute(charge: Charge, request: Fields, asked: Asked): Refusal | null | Promise<Refusal | null>;
  /** Of what is no route: a socket that opens, a message that comes. */
  ofBudget(name: BudgetName, asked: Asked): Refusal | null | Promise<Refusal | null>;
};

const nobody: Peer = { address: '', isTrusted: true };
/** For a process without limits. */
export const noLimits: Limits = {
  admits: () => null,
  peerOf: () => nobody,
  ofRoute: () => null,
  ofBudget: () => null,
};

/** An answer is never kept waiting for longer; what needs its limit waits a little longer for it. */
const patienceMs = { open: 50, closed: 250 } as const;

export type LimitParts = {
  readonly limiter: Pick<Limiter, 'check'>;
  readonly table: Readonly<Record<PolicyName, Policy>>;
  readonly guard: { admits(address: string, nowMs: number): boolean };
  readonly peers: { of(socketAddress: string | undefined, forwardedFor?: string): Peer };
  readonly nowMs: () => number;
  readonly onDecision: (limit: string, decision: 'refused' | 'unlimited' | 'closed') => void;
};

export function limitsOf(parts: LimitParts): Limits {
  const decide = (names: readonly BudgetName[], cost: number, { request, asked }: Question) => {
    const claims = claimsOf(names, cost, { request, asked, table: parts.table });
    if (claims.length === 0) return null;
    const isClosed = names.some((name) => budgets[name].whenLimiterIsDown === 'closed');
    const verdict = parts.limiter.check(claims, isClosed ? patienceMs.closed : patienceMs.open);
    const how = { isClosed, tell: asked.tell };
    return verdict instanceof Promise ? verdict.then((made) => judge(parts, made, how)) : judge(parts, verdict, how);
  };
  return {
    admits: ({ address, isTrusted }) => {
      if (isTrusted || parts.guard.admits(address, parts.nowMs())) return null;
      parts.onDecision('flood', 'refused');
      return tooMany('flood', 'too many requests from this address in one second', 1);
    },
    peerOf: (socketAddress, forwardedFor) => parts.peers.of(socketAddress, forwardedFor),
    ofRoute: ({ cost = 1, budget }, request, asked) =>
      decide(budget ? ['general', budget] : general, typeof cost === 'function' ? cost(request) : cost, {
        request,
        asked,
      }),
    ofBudget: (name, asked) => decide([name], 1, { request: {}, asked }),
  };
}

const general = ['general'] as const;

type Question = { readonly request: Fields; readonly asked: Asked };

function claimsOf(
  names: readonly BudgetName[],
  cost: number,
  { request, asked, table }: Question & { readonly table: LimitParts['table'] },
): Claim[] {
  const claims: Claim[] = [];
  for (const name of names) {
    const budget: Budget = budgets[name];
    for (const policy of budget.limits) {
      const id = whose(table[policy].per, asked, budget.name && request[budget.name]);
      // What costs more than a whole bucket costs a whole bucket: it could never be paid otherwise.
      const units = Math.min(name === 'general' ? cost : 1, table[policy].burst);
      if (id !== null) claims.push({ policy, id, cost: units });
    }
  }
  return claims;
}

/** Of whom a token tells: anybody can name a user, and would use up what is another's. */
function whose(per: Policy['per'], { caller, peer }: Asked, name: unknown): string | null {
  if (per === 'user') return caller.kind === 'user' ? caller.userId : null;
  if (per === 'address') return peer === undefined || peer.isTrusted ? null : peer.address;
  return typeof name === 'string' ? name.normalize('NFKC').trim().toLowerCase().slice(0, 200) : null;
}

function judge(
  { table, onDecision }: LimitParts,
  verdict: Verdict,
  { isClosed, tell }: { readonly isClosed: boolean; readonly tell: Asked['tell'] },
): Refusal | null {
  if (verdict.kind === 'down') {
    onDecision('any', isClosed ? 'closed' : 'unlimited');
    return isClosed ? new Refusal('unavailable', 'whether this is too much cannot be told now; try again') : null;
  }
  const headers = () => limitHeaders(table, verdict.standings());
  if (verdict.kind === 'granted') {
    tell?.(headers());
    return null;
  }
  onDecision(verdict.by, 'refused');
  const seconds = Math.max(1, Math.ceil(verdict.waitMs / 1_000));
  const { per } = table[verdict.by];
  return tooMany(verdict.by, `too much at once for one ${per}: the limit ${verdict.by} is used up`, seconds, headers());
}

function tooMany(limit: string, detail: string, seconds: number, headers: Headers = {}): Refusal {
  return new Refusal('rate_limited', `${detail}; try again in ${seconds} s`, {
    about: { limit, retry_after_s: seconds },
    headers: { ...headers, 'retry-after': String(seconds) },
  });
}
