// The one table of rate limits: how much of what in how much time, which routes have a budget of their own, and what holds while Redis is away.

export type Per = 'user' | 'address' | 'name';
export type Policy = {
  readonly per: Per;
  /** Units at once, after a rest. */
  readonly burst: number;
  readonly perSecond: number;
  /** Units that a process takes ahead of need, so that few calls ask Redis; 0: every call asks. */
  readonly lease: number;
};
const perHour = (units: number): number => units / 3_600;
const perMinute = (units: number): number => units / 60;

/** A unit is about what one event costs. */
export const policies = {
  user: { per: 'user', burst: 2_000, perSecond: 100, lease: 100 },
  /** Many people can have one address: offices, schools, mobile networks. */
  address: { per: 'address', burst: 20_000, perSecond: 1_000, lease: 500 },
  money: { per: 'user', burst: 60, perSecond: 1, lease: 0 },
  swipes: { per: 'user', burst: 200, perSecond: 2, lease: 10 },
  checkouts: { per: 'user', burst: 10, perSecond: perHour(30), lease: 0 },
  exports: { per: 'user', burst: 500, perSecond: 1, lease: 0 },
  login_name: { per: 'name', burst: 10, perSecond: perHour(30), lease: 0 },
  login_address: { per: 'address', burst: 60, perSecond: perMinute(10), lease: 0 },
  register_address: { per: 'address', burst: 20, perSecond: perHour(60), lease: 0 },
  password_user: { per: 'user', burst: 5, perSecond: perHour(10), lease: 0 },
  password_address: { per: 'address', burst: 20, perSecond: perHour(60), lease: 0 },
  certificates_user: { per: 'user', burst: 100, perSecond: 5, lease: 0 },
  certificates_address: { per: 'address', burst: 100, perSecond: 5, lease: 0 },
  sockets_user: { per: 'user', burst: 60, perSecond: 1, lease: 0 },
  sockets_address: { per: 'address', burst: 600, perSecond: 20, lease: 20 },
  messages_user: { per: 'user', burst: 1_000, perSecond: 50, lease: 100 },
  messages_address: { per: 'address', burst: 20_000, perSecond: 1_000, lease: 500 },
} as const satisfies Record<string, Policy>;

export type PolicyName = keyof typeof policies;

export type Budget = {
  readonly limits: readonly PolicyName[];
  /** Open: what is decided locally has to do. Closed: 503, since without the limit it is an attack's way in, or costs others. */
  readonly whenLimiterIsDown: 'open' | 'closed';
  /** Field of the request whose value a limit per name is about. */
  readonly name?: string;
};

/** Own budgets come on top of `general`, which every route is charged to. */
export const budgets = {
  general: { limits: ['user', 'address'], whenLimiterIsDown: 'open' },
  // The ledger refuses what is not covered, and a key is carried out once, however often it comes: refusing people their own money
  // because a counter is away would be the greater damage.
  money: { limits: ['money'], whenLimiterIsDown: 'open' },
  swipes: { limits: ['swipes'], whenLimiterIsDown: 'open' },
  // Each is a call to a provider that counts ours as one customer's.
  checkouts: { limits: ['checkouts'], whenLimiterIsDown: 'closed' },
  exports: { limits: ['exports'], whenLimiterIsDown: 'closed' },
  login: { limits: ['login_name', 'login_address'], whenLimiterIsDown: 'closed', name: 'username' },
  register: { limits: ['register_address'], whenLimiterIsDown: 'closed' },
  password: { limits: ['password_user', 'password_address'], whenLimiterIsDown: 'closed' },
  certificates: { limits: ['certificates_user', 'certificates_address'], whenLimiterIsDown: 'closed' },
  sockets: { limits: ['sockets_user', 'sockets_address'], whenLimiterIsDown: 'open' },
  messages: { limits: ['messages_user', 'messages_address'], whenLimiterIsDown: 'open' },
} as const satisfies Record<string, Budget>;

export type BudgetName = keyof typeof budgets;

/** Requests of one address in a second that a process looks at all; above, it says no without asking anybody. */
export const floodPerSecond = 2_000;

/** In units of what one event costs, measured as CPU of the API and of the stores behind it. */
export const costs = {
  /** Ranks hundreds of candidates for one user. */
  ranking: 2,
  /** Ranks more than once. */
  rankings: 10,
  /** Scores many people. */
  matching: 5,
  /** Reads several rows or months of Cassandra. */
  rows: 3,
  /** Goes through Kafka, is decided by the ledger, and is waited for. */
  decision: 10,
  /** Calls somebody else. */
  checkout: 20,
  export: 20,
  /** Asks every store, or adds up everything. */
  survey: 20,
  /** A memory-hard hash takes tens of milliseconds. */
  password: 50,
} as const;

export type Rate = Pick<Policy, 'burst' | 'perSecond'>;

/** The table with some rates replaced. @throws where a name is none of the table's */
export function withRates(rates: Readonly<Record<string, Rate>>): Readonly<Record<PolicyName, Policy>> {
  for (const [name, { burst, perSecond }] of Object.entries(rates)) {
    if (!Object.hasOwn(policies, name)) throw new Error(`RATE_LIMIT_RATES: there is no limit ${name}`);
    if (!(Number.isInteger(burst) && burst >= 1 && perSecond > 0 && perSecond <= 1e6))
      throw new Error(`RATE_LIMIT_RATES: ${name} must be BURST/PER_SECOND, both above 0`);
  }
  const replaced = (name: string, policy: Policy): Policy => {
    const rate = rates[name];
    return rate ? { ...policy, ...rate, lease: Math.min(policy.lease, Math.floor(rate.burst / 20)) } : policy;
  };
  return Object.fromEntries(
    Object.entries(policies).map(([name, policy]) => [name, replaced(name, policy)]),
  ) as Readonly<Record<PolicyName, Policy>>;
}
