// How payments are configured: whole sets of keys, addresses that keys may travel to, and where buyers return to.
import pino from 'pino';
import { expect, it } from 'vitest';
import { createCheckout } from '../../api/services/payments.ts';
import { readConfig } from '../../infra/config.ts';
import { createProviders } from '../../infra/providers/list.ts';

const stripe = { STRIPE_SECRET_KEY: 'sk_1', STRIPE_WEBHOOK_SECRET: 'whsec_1' };
const paypal = { PAYPAL_CLIENT_ID: 'a', PAYPAL_CLIENT_SECRET: 'b', PAYPAL_WEBHOOK_ID: 'c' };

it('has a provider with all of its keys, or not at all', () => {
  expect(readConfig({}).payments).toMatchObject({ stripe: null, paypal: null });
  expect(readConfig({ ...stripe, ...paypal }).payments).toMatchObject({
    stripe: { url: 'https://api.stripe.com' },
    paypal: { url: 'https://api-m.paypal.com' },
  });
  for (const name of Object.keys({ ...stripe, ...paypal }))
    expect(() => readConfig({ ...stripe, ...paypal, [name]: ' ' })).toThrow(`${name} must be set with`);
});

it('tells no secret when it refuses', () => {
  expect(() => readConfig({ STRIPE_SECRET_KEY: 'sk_secret' })).toThrow(/^(?!.*sk_secret)/);
});

it('sends keys over https alone, or to this machine', () => {
  const url = (STRIPE_API_URL: string) => readConfig({ ...stripe, STRIPE_API_URL }).payments.stripe?.url;
  expect(url('http://127.0.0.1:1/')).toBe('http://127.0.0.1:1');
  for (const wrong of ['http://api.stripe.com', 'ftp://127.0.0.1', 'api.stripe.com', 'http://127.0.0.1.evil.test'])
    expect(() => url(wrong)).toThrow('STRIPE_API_URL must be an https address');
});

it('has buyers return to the wallet unless told otherwise', () => {
  expect(readConfig({ PORT: '7' }).payments.returnUrl).toBe('http://127.0.0.1:7/wallet');
  expect(readConfig({ PAYMENT_RETURN_URL: 'https://a.test/b' }).payments.returnUrl).toBe('https://a.test/b');
  for (const wrong of ['javascript:alert(1)', '/wallet', 'https://'])
    expect(() => readConfig({ PAYMENT_RETURN_URL: wrong })).toThrow('PAYMENT_RETURN_URL');
});

const providersIn = (env: object) => [
  ...createProviders(readConfig(env as NodeJS.ProcessEnv), pino({ level: 'silent' })).keys(),
];

it('has the provider that makes coins for nothing in demo mode alone, unless it is named', () => {
  expect(providersIn({})).toEqual(['local']);
  expect(providersIn({ DEMO_MODE: 'off' })).toEqual([]);
  expect(providersIn({ HOST: '0.0.0.0' })).toEqual([]);
  expect(providersIn({ DEMO_MODE: 'off', ...stripe })).toEqual(['stripe']);
  expect(providersIn({ DEMO_MODE: 'off', PAYMENT_PROVIDERS: 'local' })).toEqual(['local']);
});

it.each(['auto', 'local', 'stripe'])('refuses a checkout by %s where there is no provider', async (provider) => {
  const payments = { providers: new Map(), returnUrl: 'https://a.test/', find: async () => null };
  const request = { user_id: 'ana', product: 'coins_1000', provider };
  const services = { payments, people: { isErased: () => false } } as unknown as Parameters<typeof createCheckout>[0];
  const call = { idempotencyKey: 'k', requestId: 'r' } as unknown as Parameters<typeof createCheckout>[2];
  expect(await createCheckout(services, request, call)).toMatchObject({ reason: 'provider_unavailable' });
});
