// What a checkout refuses before anything of it is published.
import { expect, test } from 'vitest';
import { anonymousCaller } from '../../api/access.ts';
import type { Services } from '../../api/ports.ts';
import { Refusal } from '../../api/problems.ts';
import { createCheckout } from '../../api/services/payments.ts';

test.each(['gold', 'constructor', 'toString', '__proto__'])('%s is no product', async (product) => {
  const publish = () => {
    throw new Error('was published');
  };
  const providers = new Map([['local', { isLocal: true }]]);
  const payments = { providers, publish, find: async () => null, returnUrl: 'http://127.0.0.1/wallet' };
  const services = { payments, people: { isErased: () => false } } as unknown as Services;
  const call = { caller: anonymousCaller, requestId: 'request-1', idempotencyKey: 'key-1' };
  const answer = await createCheckout(services, { user_id: 'ana', product, provider: 'auto' }, call);
  expect(answer).toBeInstanceOf(Refusal);
  expect(answer).toMatchObject({ reason: 'unknown_product', more: { field: 'product' } });
});
