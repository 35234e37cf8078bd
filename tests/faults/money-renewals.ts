// Subscriptions that began more than a month ago by their own time, so that they are due at once; and a clock that fires twice.

import { paymentProducer } from '../../producers/payments.ts';
import { Publisher } from '../../producers/publish.ts';
import type { InputOf } from '../../producers/typed.ts';
import type { PaymentTransaction } from '../../schemas/generated.ts';
import { creatorOf, type MoneyPlan, payerOf } from './money-plan.ts';
import type { Platform } from './platform.ts';

const dayMs = 86_400_000;
/** One month of thirty days and one more: exactly one renewal is due. */
const beganMsAgo = 31 * dayMs;
const creditsOf = { 1: 50, 2: 150, 3: 300 } as const;
type Tier = keyof typeof creditsOf;

export const subscribers = (plan: MoneyPlan): number => Math.min(12, plan.accounts);
const tierOf = (n: number): Tier => ((n % 3) + 1) as Tier;
const starOf = (n: number, { creators }: MoneyPlan) => creatorOf(n % creators);
/** Every fourth cannot pay for a second month. */
const canPay = (n: number) => n % 4 !== 0;

type Doors = {
  readonly buy: (accountId: string, asset: string, amount: number) => Promise<void>;
  readonly publish: (event: InputOf<PaymentTransaction>) => Promise<void>;
};

/** An event of an import counts at its own time. */
export async function subscribeLongAgo(plan: MoneyPlan, { buy, publish }: Doors): Promise<void> {
  for (let n = 0; n < subscribers(plan); n++) {
    const price = creditsOf[tierOf(n)];
    await buy(payerOf(n), 'CREDIT', canPay(n) ? 2 * price + 1 : price);
    await publish({
      type: 'subscription',
      eventId: `subscription-${n}`,
      accountId: payerOf(n),
      counterpartyId: starOf(n, plan),
      asset: 'CREDIT',
      amount: price,
      tier: tierOf(n),
      idempotencyKey: `subscribe-${n}`,
      source: 'import',
      occurredAt: Date.now() - beganMsAgo,
    });
  }
}

/** Each timer fires twice, as if a clock had been killed before it knew that it had said so. */
export async function fireTimers(platform: Platform, plan: MoneyPlan): Promise<void> {
  const publisher = new Publisher({ config: platform.config, log: platform.log });
  await publisher.start();
  const { producePaymentTransactionEvent } = paymentProducer(publisher);
  for (const time of [1, 2])
    for (let n = 0; n < subscribers(plan); n++)
      await producePaymentTransactionEvent({
        type: 'timer_fired',
        eventId: `timer-${n}-${time}`,
        accountId: payerOf(n),
        timerId: `subscription:${starOf(n, plan)}`,
        due: Date.now() - dayMs,
        source: 'clock',
      });
  await publisher.stop();
}

/** What each subscriber must have in the end: those who can pay have one unit left and a month more. */
export const renewalOf = (n: number, plan: MoneyPlan) => ({
  accountId: payerOf(n),
  creatorId: starOf(n, plan),
  status: canPay(n) ? 'active' : 'grace',
  credits: canPay(n) ? 1 : 0,
});
