// What a process holds of limits: units taken ahead of need, and refusals that hold for a while, both in bounded memory.

/** Units taken in Redis already. Unused ones are void after a while: what a user left unused must not add up over processes. */
export type Lease = {
  left: number;
  untilMs: number;
  /** What the bucket in Redis had when it was last asked. */
  behind: number;
  /** Asked for so much or more, the bucket is not asked again before this time. */
  refused: number;
  refusedUntilMs: number;
  /** And has so much at this time, which may be long after. */
  grantedFromMs: number;
};

const leaseMs = 30_000;
const leasesMax = 50_000;

export class Leases {
  readonly #held = new Map<string, Lease>();

  of(id: string, nowMs: number): Lease {
    const held = this.#held.get(id);
    if (held) {
      if (held.untilMs <= nowMs) held.left = 0;
      return held;
    }
    if (this.#held.size >= leasesMax) this.#forgetOldest();
    const lease = { left: 0, untilMs: 0, behind: 0, refused: 0, refusedUntilMs: 0, grantedFromMs: 0 };
    this.#held.set(id, lease);
    return lease;
  }

  #forgetOldest(): void {
    const oldest = this.#held.keys().next();
    if (!oldest.done) this.#held.delete(oldest.value);
  }
}

export function add(lease: Lease, units: number, nowMs: number): void {
  lease.left += units;
  lease.untilMs = nowMs + leaseMs;
}
