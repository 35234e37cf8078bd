// Reads what the payment providers need: keys, addresses, certificates, patience.
import type { Patience } from './providers/http.ts';
import type { PayPalConfig } from './providers/paypal.ts';
import type { StripeConfig } from './providers/stripe.ts';
import { isLoopback } from './start-rules.mjs';

export type PaymentsConfig = {
  /** Null without keys. */
  readonly stripe: StripeConfig | null;
  readonly paypal: PayPalConfig | null;
  /** The providers to try, in this order; empty: those that have keys. */
  readonly order: readonly string[];
  /** Where none has keys, `local` makes coins for nothing: not where callers are strangers. */
  readonly isLocalOtherwise: boolean;
  readonly patience: Patience;
  /** Where buyers return to if their checkout does not say. */
  readonly returnUrl: string;
  /** Payouts are collected for so long, and asked after so often while they are pending. */
  readonly payoutBatchMs: number;
  readonly payoutPollMs: number;
};

export type Readers = {
  readonly text: (name: string, otherwise: string) => string;
  readonly list: (name: string, otherwise: string) => string[];
  readonly whole: (name: string, otherwise: number, max: number) => number;
  readonly apiUrl: string;
  readonly isDemo: boolean;
};

/** Keys travel there. @throws unless it is https, or this very machine */
function secureUrl(name: string, address: string): string {
  const { protocol, hostname } = URL.canParse(address) ? new URL(address) : { protocol: '', hostname: '' };
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return address.replace(/\/$/, '');
  throw new Error(`${name} must be an https address`);
}

/** Half of its keys would let buyers pay for what they never get. @throws */
function refuseHalfKeys(env: NodeJS.ProcessEnv, names: readonly [string, ...string[]]): void {
  const missing = names.filter((name) => !env[name]?.trim());
  if (missing.length > 0 && missing.length < names.length)
    throw new Error(
      `${missing.join(' and ')} must be set with ${names.filter((name) => !missing.includes(name)).join(' and ')}`,
    );
}

/** @throws for half of a provider's keys, or an address that keys must not travel to */
export function readPayments(env: NodeJS.ProcessEnv, { text, list, whole, apiUrl, isDemo }: Readers): PaymentsConfig {
  refuseHalfKeys(env, ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET']);
  refuseHalfKeys(env, ['PAYPAL_CLIENT_ID', 'PAYPAL_CLIENT_SECRET', 'PAYPAL_WEBHOOK_ID']);
  const payPalUrl = secureUrl('PAYPAL_API_URL', text('PAYPAL_API_URL', 'https://api-m.paypal.com'));
  const isSandbox = payPalUrl.includes('sandbox');
  const payPalHosts = isSandbox ? 'api.sandbox.paypal.com,api-m.sandbox.paypal.com' : 'api.paypal.com,api-m.paypal.com';
  const returnUrl = text('PAYMENT_RETURN_URL', `${apiUrl}/wallet`);
  if (!/^https?:/.test(returnUrl) || !URL.canParse(returnUrl))
    throw new Error(`PAYMENT_RETURN_URL must be an http or https address, not "${returnUrl}"`);
  const stripeKey = text('STRIPE_SECRET_KEY', '');
  const payPalId = text('PAYPAL_CLIENT_ID', '');
  return {
    stripe: stripeKey
      ? {
          url: secureUrl('STRIPE_API_URL', text('STRIPE_API_URL', 'https://api.stripe.com')),
          secretKey: stripeKey,
          webhookSecrets: list('STRIPE_WEBHOOK_SECRET', ''),
        }
      : null,
    paypal: payPalId
      ? {
          url: payPalUrl,
          clientId: payPalId,
          clientSecret: text('PAYPAL_CLIENT_SECRET', ''),
          webhookId: text('PAYPAL_WEBHOOK_ID', ''),
          certificates: {
            hosts: list('PAYPAL_CERT_HOSTS', payPalHosts),
            name: text('PAYPAL_CERT_NAME', '.paypal.com'),
            roots: env.PAYPAL_CERT_ROOTS?.trim() || null,
          },
        }
      : null,
    order: list('PAYMENT_PROVIDERS', ''),
    isLocalOtherwise: isDemo,
    patience: {
      timeoutMs: whole('PAYMENT_TIMEOUT_MS', 8_000, 60_000),
      retries: whole('PAYMENT_RETRIES', 2, 10),
      waitMs: whole('PAYMENT_RETRY_WAIT_MS', 300, 10_000),
    },
    returnUrl,
    payoutBatchMs: whole('PAYOUT_BATCH_MS', 5_000, 86_400_000),
    payoutPollMs: whole('PAYOUT_POLL_MS', 30_000, 86_400_000),
  };
}
