// The payment providers that are configured, in the order in which they are tried; without any, `local` alone in demo mode, else none.
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { Local } from './local.ts';
import { PayPal } from './paypal.ts';
import type { Provider } from './provider.ts';
import { Stripe } from './stripe.ts';

export type Providers = ReadonlyMap<string, Provider>;

/** @throws if the order names a provider that has no keys */
export function createProviders({ api, payments }: Pick<Config, 'api' | 'payments'>, log: Log): Providers {
  const { stripe, paypal, order, isLocalOtherwise, patience } = payments;
  const configured = new Map<string, Provider>();
  if (stripe) configured.set('stripe', new Stripe(stripe, patience));
  if (paypal) configured.set('paypal', new PayPal(paypal, patience));
  const otherwise = configured.size === 0 && isLocalOtherwise ? ['local'] : [...configured.keys()];
  const names = order.length > 0 ? order : otherwise;
  if (names.length === 0) log.warn('no payment provider is configured: checkouts are refused');
  if (names.includes('local')) {
    configured.set('local', new Local(api.url));
    log.warn({ local: true }, 'payments go through the local provider: no money moves, anyone can complete a payment');
  }
  return new Map(
    names.map((name) => {
      const provider = configured.get(name);
      if (!provider) throw new Error(`PAYMENT_PROVIDERS names ${name}, which has no keys or is not known`);
      return [name, provider];
    }),
  );
}
