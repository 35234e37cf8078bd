// What the effects worker acts on: intents without an outcome, once it has caught up, each once however often the log has it.
import { describe, expect, it } from 'vitest';
import { ProviderRefused, ProviderUnknown } from '../../infra/providers/provider.ts';
import { IntentBook, mayBeRepeated, type OpenIntent } from '../../processors/effects/intent-book.ts';
import { act, type PaymentAct } from '../../processors/payments/effects.ts';
import type { PaymentIntent } from '../../schemas/generated.ts';

const intent = (kind: string, intentId: string, more: object = {}) =>
  ({
    kind,
    intentId,
    subjectId: 'pay_1',
    provider: 'stripe',
    attempt: 1,
    ruleSet: 1,
    product: 'coins_100',
    amount: 100,
    currency: 'USD',
    userId: 'ann',
    returnUrl: null,
    providerRef: null,
    reason: null,
    ...more,
  }) as unknown as PaymentIntent;

type Logged = readonly [string, PaymentIntent];
/** A partition whose records were appended from the positions given ("offset/index") of one input. */
function read(book: IntentBook, records: readonly Logged[], from = 0): void {
  for (const [i, [place, logged]] of records.entries())
    book.take(
      0,
      {
        offset: from + i,
        time: i,
        key: 'pay_1',
        id: `e${i}`,
        origin: `payments/payments/0/${place}`,
        redrive: null,
        value: null,
      },
      logged,
    );
}
const open = (book: IntentBook) => [...book.ready()].map((one: OpenIntent) => one.intent.intentId);

describe('the book of intents', () => {
  const log: readonly Logged[] = [
    ['0/0', intent('create_session', 'a')],
    ['1/0', intent('settled', 'a')],
    ['2/0', intent('refund_payment', 'b')],
  ];

  it('shows nothing before the end that was seen at the start, and then what is not settled', () => {
    const book = new IntentBook();
    book.begin([0]);
    book.setEnd(0, 3);
    read(book, log.slice(0, 2));
    expect([open(book), book.isReady(0)]).toEqual([[], false]);
    read(book, log.slice(2), 2);
    expect([open(book), book.isReady(0)]).toEqual([['b'], true]);
    expect([...book.ready()].map(({ mayBeRepeat }) => mayBeRepeat)).toEqual([true]);
  });

  it('does not take up again what was appended twice and is settled', () => {
    const book = new IntentBook();
    book.begin([0]);
    book.setEnd(0, 0);
    read(book, [
      ...log,
      ['0/0', intent('create_session', 'a')],
      ['2/0', intent('refund_payment', 'b')],
      ['3/0', intent('settled', 'b')],
    ]);
    expect(open(book)).toEqual([]);
  });

  it('waits where a newer build has written', () => {
    const book = new IntentBook();
    book.begin([0]);
    book.setEnd(0, 0);
    read(book, [...log, ['4/0', intent('unknown', 'c')]]);
    expect([open(book), book.isReady(0)]).toEqual([[], false]);
  });

  it('forgets all when its partitions are given away, and begins anew', () => {
    const book = new IntentBook();
    book.begin([0]);
    book.setEnd(0, 0);
    read(book, log);
    book.begin([]);
    expect(open(book)).toEqual([]);
    book.begin([0]);
    expect(book.position(0)).toBe(0);
  });
});

it('takes an intent that is older than a minute for one that somebody may have acted on', () => {
  const book = new IntentBook();
  book.begin([0]);
  book.setEnd(0, 0);
  read(book, [['0/0', intent('payout', 'a')]]);
  const [one] = [...book.ready()] as [OpenIntent];
  expect([mayBeRepeated(one, 60_000), mayBeRepeated(one, 60_001)]).toEqual([false, true]);
});

describe('acting on an intent', () => {
  const refusing = (error: Error) =>
    ({
      name: 'stripe',
      createSession: async () => {
        throw error;
      },
      refund: async () => {
        throw error;
      },
      expireSession: async () => 'expired',
    }) as never;
  const run = (kind: string, provider: never, more: object = {}) =>
    act(intent(kind, 'pay_1-x', more) as PaymentAct, { provider, mayBeRepeat: false });

  it('tells what it does not know of a session, but asks again for a refund', async () => {
    const unknown = refusing(new ProviderUnknown('no_answer', ''));
    expect((await run('create_session', unknown)).event).toMatchObject({
      kind: 'session_failed',
      isUnknown: true,
      reason: 'no_answer',
    });
    await expect(run('refund_payment', unknown)).rejects.toBeInstanceOf(ProviderUnknown);
    const refused = refusing(new ProviderRefused('card_declined', ''));
    expect((await run('create_session', refused)).event).toMatchObject({ kind: 'session_failed', isUnknown: false });
    expect((await run('refund_payment', refused)).event).toMatchObject({
      kind: 'refund_failed',
      reason: 'card_declined',
    });
  });

  it('asks again with other keys where ours are not good, but does not keep a buyer waiting', async () => {
    const locked = refusing(new ProviderRefused('invalid_api_key', '', 401));
    expect((await run('create_session', locked)).event).toMatchObject({ kind: 'session_failed', isUnknown: false });
    // A session that may exist is not held for closed because of it.
    for (const kind of ['refund_payment', 'expire_session'])
      await expect(run(kind, locked)).rejects.toBeInstanceOf(ProviderRefused);
  });

  it('closes a session whose name nobody knows by asking for it once more under the same key', async () => {
    const keys: string[] = [];
    const provider = {
      createSession: async ({ intentId }: { intentId: string }) => {
        keys.push(intentId);
        return { providerRef: 'cs_1', redirectUrl: 'https://x.test' };
      },
      expireSession: async ({ providerRef }: { providerRef: string }) => {
        keys.push(providerRef);
        return 'expired';
      },
    } as never;
    expect((await run('expire_session', provider)).event).toMatchObject({ kind: 'session_expired', reason: 'expired' });
    expect(keys).toEqual(['pay_1-s1', 'cs_1']);
  });

  it('sends no buyer to what is not an address of the web', async () => {
    const provider = { createSession: async () => ({ providerRef: 'x', redirectUrl: 'javascript:alert(1)' }) } as never;
    expect((await run('create_session', provider)).event).toMatchObject({
      kind: 'session_failed',
      reason: 'unsafe_redirect',
    });
  });
});
