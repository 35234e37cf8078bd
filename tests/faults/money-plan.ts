// Which gifts the scenario of money sends, by chance: odd amounts, some again under the same key, some under a used key with another body. Pure.
import { type Random, seeded } from '../../producers/simulate/random.ts';

export type MoneyPlan = {
  readonly seed: number;
  readonly gifts: number;
  readonly accounts: number;
  readonly creators: number;
  /** Requests under way at once. */
  readonly atOnce: number;
  readonly killEveryMs: number;
  readonly killsMax: number;
  /** When the broker is restarted: after so much of the requests. */
  readonly brokerAfter: number;
  readonly positions: number;
};

export const moneyPlanOf = (seed: number, isShort: boolean): MoneyPlan =>
  isShort
    ? {
        seed,
        gifts: 300,
        accounts: 20,
        creators: 5,
        atOnce: 8,
        killEveryMs: 3_000,
        killsMax: 2,
        brokerAfter: 0.7,
        positions: 10,
      }
    : {
        seed,
        gifts: 10_000,
        accounts: 100,
        creators: 20,
        atOnce: 48,
        killEveryMs: 10_000,
        killsMax: Number.POSITIVE_INFINITY,
        brokerAfter: 0.5,
        positions: 50,
      };

export type Body = Readonly<Record<string, string | number>>;

/** All that is sent under one key: the request, its repeats (at the same time or later), and other bodies. */
export type Keyed = {
  readonly key: string;
  readonly path: string;
  readonly body: Body;
  readonly repeatsAtOnce: number;
  readonly repeatsLater: number;
  readonly others: readonly Body[];
};

export const payerOf = (n: number) => `payer_${n}`;
export const creatorOf = (n: number) => `star_${n}`;
/** Every tenth has little, and is refused in time. */
export const coinsOf = (n: number, gifts: number): number => (n % 10 === 0 ? 997 : 900 * gifts + 2 * n + 1);

const types = ['ROSE', 'HEART', 'DIAMOND', 'ROCKET'] as const;
const again = 0.2;
const misused = 0.05;
/** Of the repeats, so many come while the first is under way. */
const atTheSameTime = 0.5;

export function keyedGifts({ seed, gifts, accounts, creators }: MoneyPlan): Keyed[] {
  const random = seeded(seed + 11);
  return Array.from({ length: gifts }, (_, n) => {
    const from = { sender_id: payerOf(random.whole(accounts)), recipient_id: creatorOf(random.whole(creators)) };
    const isTip = random.next() < 0.7;
    const what = isTip ? tip(random) : gift(random);
    const body = { ...from, ...what };
    const isAgain = random.next() < again;
    const isAtOnce = isAgain && random.next() < atTheSameTime;
    const path = `/api/grpc/monetization/${isTip ? 'tip' : 'gift'}`;
    const more = isTip ? { amount: Number(what.amount) + 2 } : { quantity: Number(what.quantity) + 2 };
    const others = random.next() < misused ? [{ ...body, ...more }] : [];
    const repeats = { repeatsAtOnce: isAtOnce ? 1 : 0, repeatsLater: isAgain && !isAtOnce ? 1 : 0 };
    return { key: `gift-${seed}-${n}`, path, body, ...repeats, others };
  });
}

const tip = (random: Random): Body => ({ amount: 1 + 2 * random.whole(500) });
const gift = (random: Random): Body => ({ gift_type: random.pick(types), quantity: 1 + 2 * random.whole(3) });
