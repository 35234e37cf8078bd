// The door for requests that move money: what is published, what is awaited, what a caller is told when that fails; and to whom money may go.
import { describe, expect, it } from 'vitest';
import { Metrics } from '../../api/metrics.ts';
import { type MoneyEvent, moneyDoor } from '../../api/money-door.ts';
import { Refusal } from '../../api/problems.ts';
import type { RequestMemo } from '../../processors/ledger/domain-outcomes.ts';
import { paymentProducer } from '../../producers/payments.ts';
import { PublishUnavailable } from '../../producers/publish.ts';
import type { RequestPlace } from '../../projections/outcome-waiters.ts';
import { Recipients } from '../../projections/recipients.ts';

const event = {
  type: 'tip',
  accountId: 'ana',
  counterpartyId: 'ben',
  asset: 'COIN',
  amount: 1,
  idempotencyKey: 'k',
} as const;
const memoAt = (offset: number) => ({ fingerprint: 'f', outcome: { offset } }) as unknown as RequestMemo;
const acknowledged = {
  eventId: 'e',
  topic: 'payment_transactions',
  partition: 3,
  offset: 41,
  token: 'payment_transactions:3:41',
} as const;

function doorWith(
  outcome: RequestMemo | 'pending',
  { isFull = false, fails = null as Error | null, isConnected = true } = {},
) {
  const published: object[] = [];
  const awaited: RequestPlace[] = [];
  const producePaymentTransactionEvent = async (given: object) => {
    published.push(given);
    if (fails) throw fails;
    return acknowledged;
  };
  const door = moneyDoor({
    producer: () => (isConnected ? { producePaymentTransactionEvent } : null),
    outcomes: {
      isFull,
      outcome: async (place) => {
        awaited.push(place);
        return outcome;
      },
    },
    metrics: new Metrics(),
  });
  return { door, published, awaited };
}

describe('a request', () => {
  it('is published with an id of its own, and its outcome awaited at its place', async () => {
    const { door, published, awaited } = doorWith(memoAt(41));
    expect(await door.request(event as MoneyEvent, 'call-1')).toMatchObject({ isRepeat: false });
    expect(published).toMatchObject([
      { ...event, correlationId: 'call-1', eventId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    ]);
    expect(awaited).toEqual([{ key: 'request:ana:k', partition: 3, offset: 41 }]);
  });

  it('that another record was decided for is a repeat', async () => {
    const { door } = doorWith(memoAt(7));
    expect(await door.request(event as MoneyEvent, 'c')).toMatchObject({ isRepeat: true });
  });

  it('that is not decided in time is pending', async () => {
    const { door } = doorWith('pending');
    expect(await door.request(event as MoneyEvent, 'c')).toEqual({ memo: null, token: 'payment_transactions:3:41' });
  });

  it('whose publishing failed has an unknown fate', async () => {
    const { door } = doorWith('pending', { fails: new PublishUnavailable('e', 'no answer') });
    const refusal = await door.request(event as MoneyEvent, 'c');
    expect(refusal).toMatchObject({ reason: 'unavailable', detail: expect.stringContaining('same Idempotency-Key') });
  });

  it('that is wrong by a defect of ours is one', async () => {
    const { door } = doorWith('pending', { fails: new TypeError('x is not a function') });
    await expect(door.request(event as MoneyEvent, 'c')).rejects.toThrow(TypeError);
  });

  it.each([{ isFull: true }, { isConnected: false }])(
    'is not published while nobody could wait for it: %j',
    async (state) => {
      const { door, published } = doorWith('pending', state);
      expect(await door.request(event as MoneyEvent, 'c')).toBeInstanceOf(Refusal);
      expect(published).toEqual([]);
    },
  );
});

describe('where a payout goes', () => {
  const payout = { ...event, type: 'payout', provider: 'local', destination: 'IBAN 1' } as const;
  const { counterpartyId: _, ...given } = payout;
  const publisher = { now: () => 0, publish: async (_topic: string, published: object) => published } as never;

  it('is published encrypted under the key of the creator', async () => {
    const keys = {
      encrypt: async (person: string, details: object) => Buffer.from(`${person} ${JSON.stringify(details)}`),
    };
    const published = await paymentProducer(publisher, keys as never).producePaymentTransactionEvent(given);
    expect(published).toMatchObject({ personal: Buffer.from('ana {"destination":"IBAN 1"}') });
    expect(published).not.toHaveProperty('destination');
  });

  it('is not published without keys', async () => {
    await expect(paymentProducer(publisher).producePaymentTransactionEvent(given)).rejects.toThrow('needs the keys');
  });
});

describe('a recipient', () => {
  const recipients = (
    states: readonly string[],
    hasVideos: (id: string) => boolean | null = () => false,
    hasFolded = async () => true,
  ) => {
    const asked: string[] = [];
    const hexists = async (key: string, id: string) => {
      asked.push(key);
      return states.includes(`${key.split(':')[1]?.slice(1)} ${id}`) ? 1 : 0;
    };
    const generations = { live: () => 1, onChange: () => {} };
    return {
      asked,
      of: new Recipients({
        redis: { hexists } as never,
        namespace: '',
        generations,
        hasVideos,
        hasFolded,
        isErased: (id) => id === 'erased',
      }),
    };
  };

  it.each([
    ['has done something', ['history ana'], false, true],
    ['has an account', ['ledger ana'], false, true],
    ['has a video', [], true, true],
    ['has nothing', ['ledger ben'], false, false],
    ['may have a video, once they are read', [], null, null],
    ['has an account while videos are read', ['ledger ana'], null, true],
  ])('who %s', async (_what, states, hasVideos, isKnown) => {
    expect(await recipients(states, () => hasVideos).of.isKnown('ana')).toBe(isKnown);
  });

  it('who was deleted is nobody, whatever is kept of them', async () => {
    expect(await recipients(['ledger erased'], () => true).of.isKnown('erased')).toBe(false);
  });

  it('who is known is not asked for again, who is not is', async () => {
    const { of, asked } = recipients(['ledger ana']);
    for (const id of ['ana', 'ana', 'ben', 'ben']) await of.isKnown(id);
    expect(asked.length).toBe(2 + 2 * 4);
  });

  it('who is folded anew is known once that is so, and not unknown before', async () => {
    expect(await recipients([], undefined, async () => false).of.isKnown('ana')).toBeNull();
    const states: string[] = [];
    const folds = async () => states.push('ledger ana') > 0;
    expect(await recipients(states, undefined, folds).of.isKnown('ana')).toBe(true);
  });
});
