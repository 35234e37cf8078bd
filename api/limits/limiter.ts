// Decides whether claims on limits are granted: from what is leased at once, else by Redis, within a bounded time.
import type { Answer, Ask, Buckets } from './gcra.ts';
import { add, type Lease, Leases } from './leases.ts';
import type { Policy, PolicyName } from './policies.ts';

export type Claim = { readonly policy: PolicyName; readonly id: string; readonly cost: number };
/** What is left of a limit, for headers; `left` is what is known here. */
export type Standing = { readonly policy: PolicyName; readonly left: number };
export type Verdict =
  | { readonly kind: 'granted'; readonly standings: () => readonly Standing[] }
  | {
      readonly kind: 'refused';
      readonly by: PolicyName;
      readonly waitMs: number;
      readonly standings: () => readonly Standing[];
    }
  | { readonly kind: 'down' };

export type LimiterParts = {
  readonly buckets: Buckets;
  readonly table: Readonly<Record<PolicyName, Policy>>;
  /** Of the keys in Redis. */
  readonly prefix: string;
  readonly nowMs: () => number;
};

/** After Redis kept somebody waiting, others do not wait for it for so long. */
const restMs = 250;
/** A refusal is asked about again after so long at most. */
const refusalMsMax = 1_000;
/** Nobody waits for others' leases oftener than this. */
const waitsMax = 3;
const down: Verdict = { kind: 'down' };

type Held = Claim & { readonly lease: Lease; readonly reserved: number };

export class Limiter {
  readonly #parts: LimiterParts;
  readonly #leases: ReadonlyMap<PolicyName, Leases>;
  /** By key: somebody is taking a lease already. */
  readonly #taking = new Map<string, Promise<unknown>>();
  #restUntilMs = 0;

  constructor(parts: LimiterParts) {
    this.#parts = parts;
    this.#leases = new Map(Object.keys(parts.table).map((name) => [name as PolicyName, new Leases()]));
  }

  /** Nothing is awaited while leases last. */
  check(claims: readonly Claim[], patienceMs: number): Verdict | Promise<Verdict> {
    return this.#decide(claims, patienceMs, waitsMax);
  }

  #decide(claims: readonly Claim[], patienceMs: number, waits: number): Verdict | Promise<Verdict> {
    const nowMs = this.#parts.nowMs();
    const leases = claims.map((claim) => this.#lease(claim, nowMs));
    if (spend(claims, leases)) return { kind: 'granted', standings: () => standings(claims, leases) };
    return this.#refusedAlready(claims, nowMs) ?? this.#ask(claims, patienceMs, waits);
  }

  #lease({ policy, id }: Claim, nowMs: number): Lease {
    return (this.#leases.get(policy) as Leases).of(id, nowMs);
  }

  #refusedAlready(claims: readonly Claim[], nowMs: number): Verdict | null {
    for (const claim of claims) {
      const { left, refused, refusedUntilMs, grantedFromMs } = this.#lease(claim, nowMs);
      if (refusedUntilMs > nowMs && claim.cost - left >= refused)
        return this.#refused(claims, claim.policy, grantedFromMs - nowMs);
    }
    return null;
  }

  /** Who comes while another takes a lease of the same limit waits for that: each taking one would empty the bucket. */
  async #ask(claims: readonly Claim[], patienceMs: number, waits: number): Promise<Verdict> {
    if (this.#restUntilMs > this.#parts.nowMs()) return down;
    const keys = claims.filter(({ policy }) => this.#parts.table[policy].lease > 0).map((claim) => this.#key(claim));
    const taking = keys.flatMap((key) => this.#taking.get(key) ?? []);
    if (taking.length > 0 && waits > 0) {
      await Promise.all(taking);
      return this.#decide(claims, patienceMs, waits - 1);
    }
    const answered = this.#take(claims, patienceMs);
    for (const key of keys) this.#taking.set(key, answered);
    try {
      return await answered;
    } finally {
      for (const key of keys) this.#taking.delete(key);
    }
  }

  async #take(claims: readonly Claim[], patienceMs: number): Promise<Verdict> {
    const held = this.#reserve(claims);
    const lacking = held.filter(({ cost, reserved }) => reserved < cost);
    const answer = await within(patienceMs, this.#parts.buckets.take(lacking.map((claim) => this.#askOf(claim))));
    const nowMs = this.#parts.nowMs();
    if (typeof answer === 'object' && answer.isGranted) {
      for (const [i, { lease, cost, reserved }] of lacking.entries()) {
        add(lease, (answer.each[i]?.taken ?? 0) - (cost - reserved), nowMs);
        lease.behind = answer.each[i]?.left ?? 0;
      }
      return this.#granted(claims, nowMs);
    }
    for (const { lease, reserved } of held) lease.left += reserved;
    if (typeof answer === 'object') return this.#refusedBy(answer, lacking, { claims, nowMs });
    // One that refuses at once costs nobody time: it may be back at any moment.
    if (answer === 'late') this.#restUntilMs = nowMs + restMs;
    return down;
  }

  #reserve(claims: readonly Claim[]): Held[] {
    const nowMs = this.#parts.nowMs();
    return claims.map((claim) => {
      const lease = this.#lease(claim, nowMs);
      const reserved = Math.min(lease.left, claim.cost);
      lease.left -= reserved;
      return { ...claim, lease, reserved };
    });
  }

  #askOf({ policy, id, cost, reserved }: Held): Ask {
    const { burst, perSecond, lease } = this.#parts.table[policy];
    const least = cost - reserved;
    return { key: this.#key({ policy, id }), burst, perSecond, least, wanted: Math.max(least, lease) };
  }

  #refusedBy(answer: Answer, lacking: readonly Held[], at: { claims: readonly Claim[]; nowMs: number }): Verdict {
    const waits = answer.each.map(({ waitMs }) => waitMs);
    const longest = waits.indexOf(Math.max(...waits));
    for (const [i, { lease, cost, reserved }] of lacking.entries()) {
      const { waitMs, left } = answer.each[i] ?? { waitMs: 0, left: 0 };
      lease.behind = left;
      if (waitMs <= 0) continue;
      lease.refused = cost - reserved;
      lease.refusedUntilMs = at.nowMs + Math.min(waitMs, refusalMsMax);
      lease.grantedFromMs = at.nowMs + waitMs;
    }
    return this.#refused(at.claims, lacking[longest]?.policy ?? 'user', waits[longest] ?? 0);
  }

  #refused(claims: readonly Claim[], by: PolicyName, waitMs: number): Verdict {
    const nowMs = this.#parts.nowMs();
    const leases = claims.map((claim) => this.#lease(claim, nowMs));
    return { kind: 'refused', by, waitMs, standings: () => standings(claims, leases) };
  }

  #granted(claims: readonly Claim[], nowMs: number): Verdict {
    const leases = claims.map((claim) => this.#lease(claim, nowMs));
    return { kind: 'granted', standings: () => standings(claims, leases) };
  }

  #key({ policy, id }: Pick<Claim, 'policy' | 'id'>): string {
    return `${this.#parts.prefix}limit:${policy}:${id}`;
  }
}

function spend(claims: readonly Claim[], leases: readonly Lease[]): boolean {
  for (let i = 0; i < claims.length; i++) if ((leases[i] as Lease).left < (claims[i] as Claim).cost) return false;
  for (let i = 0; i < claims.length; i++) (leases[i] as Lease).left -= (claims[i] as Claim).cost;
  return true;
}

const standings = (claims: readonly Claim[], leases: readonly Lease[]): Standing[] =>
  claims.map(({ policy }, i) => ({ policy, left: (leases[i]?.left ?? 0) + (leases[i]?.behind ?? 0) }));

/** What comes in time. The late timer lets answers in first that came while this process was busy. */
function within(ms: number, asked: Promise<Answer>): Promise<Answer | 'late' | 'failed'> {
  return new Promise((resolve) => {
    const late = setTimeout(() => setImmediate(() => resolve('late')), ms);
    const done = (answer: Answer | 'failed') => {
      clearTimeout(late);
      resolve(answer);
    };
    asked.then(done, () => done('failed'));
  });
}
