// What answers say of limits: RateLimit-Policy and RateLimit, structured fields of draft-ietf-httpapi-ratelimit-headers-10.
import type { Standing } from './limiter.ts';
import type { Policy, PolicyName } from './policies.ts';

export type Headers = Readonly<Record<string, string>>;
type Table = Readonly<Record<PolicyName, Policy>>;

const described = new WeakMap<Policy, string>();

/** q: units of a full bucket; w: seconds in which an empty one fills. */
function policyItem(name: PolicyName, policy: Policy): string {
  const known = described.get(policy);
  if (known !== undefined) return known;
  const item = `"${name}";q=${policy.burst};w=${Math.ceil(policy.burst / policy.perSecond)}`;
  described.set(policy, item);
  return item;
}

/** r: units that are left; t: seconds until all are there again. */
function standingItem({ policy, left }: Standing, { burst, perSecond }: Policy): string {
  return `"${policy}";r=${Math.max(0, Math.floor(left))};t=${Math.max(0, Math.ceil((burst - left) / perSecond))}`;
}

export function limitHeaders(table: Table, standings: readonly Standing[]): Headers {
  return {
    'ratelimit-policy': standings.map(({ policy }) => policyItem(policy, table[policy])).join(', '),
    ratelimit: standings.map((standing) => standingItem(standing, table[standing.policy])).join(', '),
  };
}
