// Requests for gifts as the API would publish them, appended straight to payment_transactions: coins for everybody first.
import { Registry } from '../infra/avro.ts';
import type { Config } from '../infra/config.ts';
import { createKafka, explicitPartition, partitionOf, topicIn } from '../infra/kafka.ts';
import type { Log } from '../infra/log.ts';
import type { PaymentTransaction } from '../schemas/generated.ts';
import { currentRuleSet, currentRules } from '../schemas/money.ts';
import { topics } from '../schemas/topics.ts';

export const payers = 1_000;
export const creators = 100;
const coinsEach = 1_000_000_000;
const messagesPerSend = 4_000;

const numbered = (count: number, name: (i: number) => string) => Array.from({ length: count }, (_, i) => name(i));

export const payerOf = (i: number): string => `payer${i % payers}`;
export const creatorOf = (i: number): string => `creator${(i * 7) % creators}`;

const envelope = (id: string) => ({
  eventId: id,
  occurredAt: Date.now(),
  actorId: 'bench',
  correlationId: 'bench',
  source: 'bench',
  ruleSet: currentRuleSet,
  origin: null,
});

function* purchases(): Generator<object> {
  const bought = { type: 'coin_purchase', asset: 'COIN', amount: coinsEach, provider: 'local' };
  // Who has an account is somebody whom gifts may go to.
  for (const accountId of [...numbered(payers, payerOf), ...numbered(creators, creatorOf)])
    yield { ...envelope(`purchase-${accountId}`), ...bought, accountId, transactionId: `payment-${accountId}` };
}

function* gifts(count: number): Generator<object> {
  for (let i = 0; i < count; i++) {
    const quantity = 1 + (i % 7);
    const line = { asset: 'COIN', giftType: 'ROSE', quantity, amount: (currentRules.gifts.ROSE ?? 0) * quantity };
    const parties = { accountId: payerOf(i), counterpartyId: creatorOf(i), counterpartyKnown: true };
    yield { ...envelope(`gift-${i}`), type: 'gift', ...parties, ...line, idempotencyKey: `key-${i}`, fingerprint: 'f' };
  }
}

/** Coins for everybody, then so many gifts. */
export async function fillGifts(config: Config, log: Log, count: number): Promise<void> {
  const codec = await new Registry(config.registry.url, config.namespace).codec<PaymentTransaction>(
    'payment_transactions',
  );
  const producer = createKafka(config, log).producer({ createPartitioner: explicitPartition });
  await producer.connect();
  const topic = topicIn(config.namespace, 'payment_transactions');
  const messages = [...purchases(), ...gifts(count)].map((event) => {
    const { accountId, eventId } = event as PaymentTransaction;
    const partition = partitionOf(accountId, topics.payment_transactions.partitions);
    return {
      key: accountId,
      value: codec.encode(event as PaymentTransaction),
      partition,
      headers: { id: eventId },
    };
  });
  for (let i = 0; i < messages.length; i += messagesPerSend)
    await producer.send({ topic, messages: messages.slice(i, i + messagesPerSend) });
  await producer.disconnect();
}
