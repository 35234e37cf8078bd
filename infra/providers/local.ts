// The provider of a platform without keys: no money moves anywhere, payments are completed by a call, payouts go to nobody.
import type {
  PayoutAnswer,
  PayoutBatchOrder,
  Provider,
  Refunded,
  RefundOrder,
  SessionMade,
  SessionRequest,
  WebhookNotice,
} from './provider.ts';

export class Local implements Provider {
  readonly name = 'local';
  readonly isLocal = true;
  readonly payoutsTogetherMax = 500;
  readonly #apiUrl: string;

  constructor(apiUrl: string) {
    this.#apiUrl = apiUrl;
  }

  async createSession({ paymentId, attempt }: SessionRequest): Promise<SessionMade> {
    const redirectUrl = `${this.#apiUrl}/api/payments/local/${paymentId}/complete`;
    return { providerRef: `local-${paymentId}-${attempt}`, redirectUrl };
  }

  async expireSession(): Promise<'expired'> {
    return 'expired';
  }

  async refund({ intentId, amount }: RefundOrder): Promise<Refunded> {
    return { referenceId: `local-${intentId}`, amount };
  }

  /** Nobody else can tell what was paid here. */
  async verifyAndParseWebhook(): Promise<WebhookNotice | null> {
    return null;
  }

  /** A destination that begins with "fail" lets one see what happens then. */
  async payout({ items }: PayoutBatchOrder): Promise<PayoutAnswer> {
    const outcomes = items.map(({ intentId, destination }) => {
      const isFailed = destination?.startsWith('fail') ?? false;
      const status = isFailed ? ('failed' as const) : ('settled' as const);
      return {
        intentId,
        status,
        referenceId: `local-${intentId}`.slice(0, 64),
        reason: isFailed ? 'told_to_fail' : null,
      };
    });
    return { batchRef: null, outcomes };
  }

  async payoutStatus(): Promise<PayoutAnswer> {
    return { batchRef: null, outcomes: [] };
  }
}
