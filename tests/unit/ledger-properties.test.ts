// Random histories of all kinds over several partitions, delivered in any interleaving: nothing is made or lost, nobody is overdrawn,
// repeats change nothing, reversals never exceed; and a tiny ledger that knows only sums agrees with every balance of coins.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../processors/ledger/domain-account.ts';
import { buys, type Given, LedgerLog, tips } from '../ledger-log.ts';
import { Sums } from '../ledger-sums.ts';

const people = ['ann', 'bob', 'cat', 'dan', 'eve'] as const;
const kinds = [
  'coin_purchase',
  'coin_purchase',
  'credit_purchase',
  'plan_purchase',
  'plan_cancel',
  'refund',
  'gift',
  'gift',
  'tip',
  'tip',
  'boost',
  'unlock',
  'subscription',
  'subscription_cancel',
  'reversal',
  'reversal',
  'ad_revenue',
  'payout',
  'payout_settled',
  'payout_failed',
  'hold',
  'hold_capture',
  'hold_release',
  'swipe',
  'swipe',
  'swipe',
  'swipe_undone',
  'time_zone',
  'match_unlock',
  'match_unlock',
  'match_verdict',
  'timer',
  'deliver',
  'deliver',
  'again',
  'pass',
] as const;

type Step = {
  readonly kind: (typeof kinds)[number];
  readonly who: number;
  readonly whom: number;
  readonly amount: number;
  readonly pick: number;
  readonly key: number | null;
};

/** Those that move coins alone, as far as the tiny ledger knows them. */
const coinKinds = kinds.filter((kind) => !/credit|plan|unlock|match|subscription|ad_/.test(kind));

const stepsOf = (of: readonly Step['kind'][]): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      kind: fc.constantFrom(...of),
      who: fc.nat(people.length - 1),
      whom: fc.nat(people.length - 1),
      amount: fc.oneof(fc.nat(40), fc.integer({ min: 900, max: 3_000 }), fc.constant(200)),
      pick: fc.nat(1_000),
      // Few keys, so that some are used again, with the same body or another.
      key: fc.option(fc.nat(12), { nil: null, freq: 6 }),
    }),
    { minLength: 1, maxLength: 120, size: 'max' },
  );

/** Turns steps into records that refer to what happened before, and remembers what they were. */
class Story {
  readonly log = new LedgerLog();
  readonly sums = new Sums();
  readonly #coinsOnly: boolean;
  readonly reversed = new Map<string, bigint>();
  readonly spent = new Map<string, bigint>();
  readonly #given: Given[] = [];
  readonly #firsts = new Map<string, Decision>();
  readonly #payments: { accountId: string; transactionId: string }[] = [];
  readonly #holds: { accountId: string; transactionId: string }[] = [];
  readonly #payouts: { accountId: string; transactionId: string }[] = [];
  readonly #spendings: { accountId: string; transactionId: string }[] = [];
  readonly #swipes: { accountId: string; transactionId: string; counterpartyId: unknown }[] = [];
  readonly #matches: { accountId: string; transactionId: string }[] = [];
  #count = 0;

  constructor(coinsOnly = false) {
    this.#coinsOnly = coinsOnly;
    // Some begin rich and with earnings, so that there is something to be paid out.
    for (const [who, person] of people.slice(0, 3).entries()) {
      this.#append(buys(person, 30_000, { transactionId: `seed-${person}`, eventId: `seed-${person}` }));
      const to = people[who + 1] as string;
      this.#append(tips(person, to, 20_000, { eventId: `seed-tip-${person}`, idempotencyKey: `seed-${person}` }));
    }
    while (this.log.transit.length > 0) this.#deliver(0, false);
  }

  take({ kind, ...step }: Step): void {
    if (kind === 'pass') {
      this.log.after([1, 60_000, 18_000_000, 86_400_000, 31 * 86_400_000][step.pick % 5] as number);
    } else if (kind === 'deliver') {
      this.#deliver(step.pick, step.amount % 3 === 0);
    } else {
      const given =
        kind === 'again' ? this.#given[step.pick % Math.max(1, this.#given.length)] : this.#record(kind, step);
      if (given) this.#append(given);
    }
  }

  #deliver(lane: number, again: boolean): void {
    const next = this.log.deliver(lane, again);
    if (!next) return;
    expect(next.outcome).toBe('accepted');
    for (const [account, , amount] of next.postings)
      if (account.startsWith('creator')) this.sums.arrive(account.slice(account.indexOf(':') + 1), Number(amount));
  }

  #append(given: Given): void {
    const { accountId } = given;
    const before = JSON.stringify(this.log.account(accountId)?.balances ?? {});
    const decision = this.log.append(given);
    // What another processor says comes in its lane, where nothing is taken twice.
    if (!given.origin) this.#given.push(given);
    if (this.#coinsOnly) this.sums.append(given, this.log.now);
    if (decision.outcome !== 'accepted') {
      expect(decision.postings).toEqual([]);
      expect(JSON.stringify(this.log.account(accountId)?.balances ?? {})).toBe(before);
    }
    this.#checkRepeat(given, decision);
    this.#remember(given, decision);
  }

  #checkRepeat(given: Given, decision: Decision): void {
    if (!given.idempotencyKey) return;
    const key = `${given.accountId} ${given.idempotencyKey}`;
    const first = this.#firsts.get(key);
    if (decision.outcome === 'repeated' || decision.outcome === 'misused')
      expect(decision.transactionId).toBe(first?.transactionId);
    else this.#firsts.set(key, decision);
  }

  #remember(given: Given, decision: Decision): void {
    const { transactionId, outcome, amount, originalId } = decision;
    if (outcome !== 'accepted') return;
    const about = { accountId: given.accountId, transactionId };
    if (given.type === 'coin_purchase' || given.type === 'plan_purchase') this.#payments.push(about);
    else if (given.type === 'hold') this.#holds.push(about);
    else if (given.type === 'swipe') this.#swipes.push({ ...about, counterpartyId: given.counterpartyId });
    else if (given.type === 'match_unlock')
      for (const asset of ['COIN', 'CREDIT'])
        this.#matches.push({ ...about, transactionId: `${transactionId}:${asset}` });
    else if (given.type === 'payout') this.#payouts.push(about);
    else if (given.type === 'reversal')
      this.reversed.set(originalId ?? '', (this.reversed.get(originalId ?? '') ?? 0n) + BigInt(amount ?? 0));
    else if (decision.postings.some(([account]) => account.startsWith('platform:'))) {
      // A request sent again after its key is forgotten is another spending of the same id.
      this.spent.set(transactionId, (this.spent.get(transactionId) ?? 0n) + BigInt(amount ?? 0));
      this.#spendings.push(about);
    }
  }

  #record(kind: string, { who, whom, amount, pick, key }: Omit<Step, 'kind'>): Given | null {
    this.#count += 1;
    const accountId = people[who] as string;
    const n = this.#count;
    const eventId = `e${n}`;
    const body = {
      accountId,
      eventId,
      counterpartyId: people[whom],
      amount,
      asset: pick % 3 || this.#coinsOnly ? 'COIN' : 'CREDIT',
    };
    const request = {
      idempotencyKey: key === null ? `own-${n}` : `key-${key}`,
      fingerprint: `${kind}-${whom}-${amount}`,
    };
    const money = {
      provider: pick % 2 ? 'stripe' : 'paypal',
      currency: 'USD',
      price: Math.max(1, amount - (pick % 7)),
    };
    const of = <T>(list: readonly T[]) => list[pick % Math.max(1, list.length)];
    const fromPairs = { origin: `pairs/dating_pairs/0/${n}/0` };
    const [mode, direction] = [pick % 2 ? 'both' : 'instant', ['LEFT', 'RIGHT', 'RIGHT', 'SUPER_LIKE'][amount % 4]];
    const about = (type: Given['type'], found: { accountId: string; transactionId: string } | undefined, more = {}) =>
      found ? { ...body, ...found, type, provider: 'stripe', reason: 'why', ...more } : null;
    switch (kind) {
      case 'coin_purchase':
        return {
          ...body,
          ...money,
          type: kind,
          asset: 'COIN',
          amount: amount * (pick % 2 ? 20 : 1),
          transactionId: `p${who}-${pick % 20}`,
        };
      case 'credit_purchase':
        return { ...body, ...money, type: 'coin_purchase', asset: 'CREDIT', transactionId: `c${who}-${pick % 20}` };
      case 'plan_purchase':
        return {
          ...body,
          ...money,
          type: kind,
          product: pick % 2 ? 'plan_pro' : 'plan_vip',
          transactionId: `m${who}-${pick % 9}`,
        };
      case 'gift':
        return {
          ...body,
          ...request,
          type: kind,
          asset: 'COIN',
          ...(pick % 2 ? {} : { giftType: 'ROSE', quantity: 1 + (amount % 5), amount: 10 * (1 + (amount % 5)) }),
        };
      case 'tip':
      case 'boost':
        return { ...body, ...request, type: kind, asset: 'COIN' };
      case 'unlock':
        return { ...body, ...request, type: kind, videoId: `v${pick % 4}` };
      case 'subscription':
        return {
          ...body,
          ...request,
          type: kind,
          asset: 'CREDIT',
          tier: 1 + (pick % 3),
          amount: [50, 150, 300][pick % 3],
        };
      case 'subscription_cancel':
      case 'plan_cancel':
        return { ...body, ...request, type: kind };
      case 'ad_revenue':
        return {
          ...body,
          ...money,
          type: kind,
          asset: 'USD',
          product: 'in_feed',
          transactionId: `a${who}-${pick % 9}`,
        };
      case 'payout':
        return {
          ...body,
          ...request,
          type: kind,
          provider: 'bank',
          // Mostly enough to be paid out, and little enough to be there.
          amount: 950 + (amount % 100),
          asset: this.#coinsOnly ? 'COIN' : ['COIN', 'COIN', 'CREDIT', 'USD'][pick % 4],
        };
      case 'hold':
        return {
          ...body,
          ...request,
          type: kind,
          transactionId: `h${pick % 20}`,
          expiresAfterMs: (pick % 3) * 1_000_000,
        };
      case 'swipe':
        return {
          ...body,
          ...request,
          type: kind,
          direction,
          ...(pick % 9 && { counterpartyId: `other-${pick % 40}` }),
        };
      case 'swipe_undone':
        return about(kind, of(this.#swipes), pick % 9 ? fromPairs : { type: 'hold_release' });
      case 'time_zone':
        return { ...body, type: kind, timeZone: ['UTC', 'Etc/GMT-14', 'Etc/GMT+11'][pick % 3] };
      case 'match_unlock':
        return { ...body, ...request, type: kind, matchId: `m${pick % 5}`, mode };
      case 'match_verdict':
        return about(pick % 2 ? 'hold_capture' : 'hold_release', of(this.#matches), pick % 5 ? fromPairs : {});
      case 'refund':
        return about(kind, of(this.#payments), { asset: 'USD', referenceId: `r${pick % 5}` });
      case 'reversal':
        return about(kind, of(this.#spendings), { ...request, amount: pick % 2 ? null : amount });
      case 'payout_settled':
      case 'payout_failed':
        return about(kind, of(this.#payouts));
      case 'hold_capture':
      case 'hold_release':
        return about(kind, of(this.#holds), { counterpartyId: pick % 4 ? people[whom] : null, stream: 'gifts' });
      default:
        return this.#timer(pick);
    }
  }

  /** One that is listed, often before it is due. */
  #timer(pick: number): Given | null {
    const listed = [...this.log.timers];
    const [member, due] = listed[pick % Math.max(1, listed.length)] ?? [];
    if (member === undefined) return null;
    const [accountId = '', timerId] = member.split(' ');
    if (pick % 3) this.log.now = Math.max(this.log.now, due ?? 0);
    this.#count += 1;
    return { type: 'timer_fired', accountId, timerId, due, eventId: `e${this.#count}` };
  }

  agree(): void {
    const { log, sums } = this;
    for (const who of people) {
      const [wallet, earned] = [sums.wallets.get(who) ?? 0, sums.earnings.get(who) ?? 0];
      const expected = [
        Math.max(0, wallet),
        Math.min(0, wallet),
        Math.max(0, earned),
        Math.min(0, earned),
        sums.heldBy(who),
      ];
      const pockets = ['user', 'debt', 'creator', 'creator_debt', 'held'];
      const { day = '', used } = log.account(who)?.swipes ?? {};
      const count = sums.counts.get(who);
      const counted = count && { day: Math.max(0, count.day) * 86_400_000, used: count.used };
      expect(used === undefined ? undefined : { day: Date.parse(day || '1970-01-01'), used }).toEqual(counted);
      expect([who, ...pockets.map((pocket) => Number(log.balance(who, `${pocket}:COIN`)))]).toEqual([who, ...expected]);
    }
  }
}

const runs = { numRuns: Number(process.env.LEDGER_RUNS ?? 80), interruptAfterTimeLimit: 10_000 };

describe('random histories', () => {
  it('keep every sum, overdraw nobody, repeat nothing and reverse no more than was spent', () => {
    fc.assert(
      fc.property(stepsOf(kinds), (taken) => {
        const story = new Story();
        for (const step of taken) story.take(step);
        story.log.deliverAll();
        for (const asset of ['COIN', 'CREDIT', 'USD']) expect(story.log.shared(`in_transit:${asset}`)).toBe(0n);
        for (const [id, amount] of story.reversed) expect(amount <= (story.spent.get(id) ?? 0n)).toBe(true);
      }),
      runs,
    );
  });

  it('agree at every step with a tiny ledger of coins', () => {
    fc.assert(
      fc.property(stepsOf(coinKinds), (taken) => {
        const story = new Story(true);
        for (const step of taken) {
          story.take(step);
          story.agree();
        }
        while (story.log.transit.length > 0)
          story.take({ kind: 'deliver', who: 0, whom: 0, amount: 1, pick: 0, key: null });
        story.agree();
        expect(story.sums.arrived).toEqual(story.sums.sharesOfCreators());
      }),
      runs,
    );
  });
});
