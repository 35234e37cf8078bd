// What every payment provider can do, in one shape; and the two ways in which it can fail: it refused, or nobody knows what it did.

export type SessionRequest = {
  /** The provider's idempotency key: a repeat makes nothing new. */
  readonly intentId: string;
  readonly paymentId: string;
  readonly attempt: number;
  readonly userId: string;
  readonly product: string;
  readonly title: string;
  /** Charged every month where the provider can do so. */
  readonly isPlan: boolean;
  readonly amount: number;
  readonly currency: string;
  readonly returnUrl: string | null;
};

export type SessionMade = { readonly providerRef: string; readonly redirectUrl: string };
export type Captured = { readonly chargeRef: string; readonly amount: number; readonly currency: string };

export type RefundOrder = {
  readonly intentId: string;
  readonly chargeRef: string;
  readonly amount: number;
  readonly currency: string;
  readonly reason: string;
  /** It may have been asked for before, longer ago than idempotency keys are kept. */
  readonly mayBeRepeat: boolean;
};

export type Refunded = { readonly referenceId: string; readonly amount: number };

export type PayoutItem = {
  readonly intentId: string;
  readonly amount: number;
  readonly currency: string;
  /** Null where it cannot be known any more: then only what was made before is looked up. */
  readonly destination: string | null;
};

export type PayoutBatchOrder = {
  readonly batchId: string;
  readonly items: readonly PayoutItem[];
  /** It may have been asked for before. */
  readonly mayBeRepeat: boolean;
};

export type PayoutOutcome = {
  readonly intentId: string;
  readonly status: 'settled' | 'failed' | 'pending';
  readonly referenceId: string | null;
  readonly reason: string | null;
};

export type PayoutAnswer = {
  /** To ask with again while something is pending. */
  readonly batchRef: string | null;
  readonly outcomes: readonly PayoutOutcome[];
};

export type NoticeKind =
  | 'paid'
  | 'approved'
  | 'failed'
  | 'expired'
  | 'refunded'
  | 'disputed'
  | 'dispute_won'
  | 'plan_renewed'
  | 'plan_ended'
  | 'ignored';

/** A webhook in the words of every provider; amounts in minor units. */
export type WebhookNotice = {
  readonly webhookId: string;
  readonly notice: NoticeKind;
  readonly paymentId: string | null;
  readonly attempt?: number | null;
  readonly providerRef?: string | null;
  readonly chargeRef?: string | null;
  readonly moneyRef?: string | null;
  readonly planRef?: string | null;
  readonly referenceId?: string | null;
  readonly amount?: number | null;
  readonly refundedTotal?: number | null;
  readonly currency?: string | null;
  readonly providerTime?: number | null;
  readonly periodEnd?: number | null;
};

export type WebhookHeaders = Readonly<Record<string, string | undefined>>;

export type Provider = {
  readonly name: string;
  /** No money moves: it says so wherever it is used. */
  readonly isLocal: boolean;
  createSession(request: SessionRequest): Promise<SessionMade>;
  /** `not_open`: somebody has paid there, or it had ended. */
  expireSession(session: { readonly intentId: string; readonly providerRef: string }): Promise<'expired' | 'not_open'>;
  /** Takes what the buyer has approved, where that is a step of its own. */
  capture?(order: { readonly intentId: string; readonly providerRef: string }): Promise<Captured>;
  refund(order: RefundOrder): Promise<Refunded>;
  cancelPlan?(plan: { readonly intentId: string; readonly planRef: string }): Promise<void>;
  /** @returns null where the signature is not the provider's @throws ProviderUnknown where that could not be found out */
  verifyAndParseWebhook(body: Buffer, headers: WebhookHeaders, now: number): Promise<WebhookNotice | null>;
  /** Whether something can be an account there: one that cannot would make the provider refuse all that go together with it. */
  isDestination?(destination: string): boolean;
  /** How many payouts go together; 1 where each goes alone. */
  readonly payoutsTogetherMax: number;
  /** Carries a batch out, once however often it is asked. */
  payout(batch: PayoutBatchOrder): Promise<PayoutAnswer>;
  payoutStatus(batchRef: string): Promise<PayoutAnswer>;
};

/** The provider has answered no: nothing was done. */
export class ProviderRefused extends Error {
  override readonly name = 'ProviderRefused';
  /** At most 64 characters, in the provider's own words. */
  readonly reason: string;
  /** Our keys are not good: whatever is asked for is refused until they are. */
  readonly isOurKeys: boolean;
  constructor(reason: string, detail: string, status?: number) {
    super(`${reason}: ${detail}`.slice(0, 500));
    this.reason = reason.slice(0, 64) || 'refused';
    this.isOurKeys = status === 401 || status === 403;
  }
}

/** No answer, or none that says what was done: ask again with the same key. */
export class ProviderUnknown extends Error {
  override readonly name = 'ProviderUnknown';
  readonly reason: string;
  /** Not before, as the provider says; 0 where it does not. */
  readonly waitMs: number;
  constructor(reason: string, detail: string, waitMs = 0) {
    super(`${reason}: ${detail}`.slice(0, 500));
    this.reason = reason.slice(0, 64) || 'unknown';
    this.waitMs = waitMs;
  }
}

/** @throws ProviderRefused where a buyer could not be sent back: nothing was asked for */
export function returnAddressOf({ returnUrl }: SessionRequest): string {
  if (returnUrl === null)
    throw new ProviderRefused('no_return_url', 'the checkout does not say where the buyer returns to');
  return returnUrl;
}

/** What an event means by its type; a type is any text, such as `constructor`. */
export const ownMeaning = <Meaning>(meanings: Readonly<Record<string, Meaning>>, type: unknown): Meaning | undefined =>
  Object.hasOwn(meanings, String(type)) ? meanings[String(type)] : undefined;

const paymentIdPattern = /^pay_[0-9a-f]{32}$/;
/** What a provider says our id is, if it can be one. */
export const paymentIdIn = (value: unknown): string | null =>
  typeof value === 'string' && paymentIdPattern.test(value) ? value : null;

export const attemptIn = (value: unknown): number | null => {
  const attempt = Number(value);
  return Number.isInteger(attempt) && attempt >= 1 && attempt <= 100 ? attempt : null;
};
