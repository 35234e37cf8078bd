// Pays creators out: alone or in batches that the log decides, asked after until each has an outcome, which goes to the ledger.
import type { Log } from '../../infra/log.ts';
import type { Personal } from '../../infra/person-keys.ts';
import type { PayoutAnswer, PayoutItem, PayoutOutcome, Provider } from '../../infra/providers/provider.ts';
import type { Batch, Batches } from './batches.ts';
import { mayBeRepeated, type OpenIntent } from './intent-book.ts';
import type { Outcome } from './outcome-log.ts';

export type PayoutsOptions = {
  readonly batches: Batches;
  readonly provider: (name: string) => Provider | undefined;
  readonly decrypt: (userId: string, personal: Buffer) => Promise<Personal | 'erased'>;
  readonly log: Log;
  readonly now: () => number;
  readonly batchMs: number;
  readonly pollMs: number;
};

export type Told = { readonly open: OpenIntent; readonly outcome: Outcome };

/** Providers remember a batch's id for 30 days: after that a repeat could pay again. */
const rememberedMs = 29 * 86_400_000;

export class Payouts {
  readonly #options: PayoutsOptions;
  /** Batch → the provider's name of it, and what was asked of it in this process. */
  readonly #refs = new Map<string, string>();
  readonly #sent = new Set<string>();

  constructor(options: PayoutsOptions) {
    this.#options = options;
  }

  /**
   * Those of all open ones that can be acted on together now: of one provider and one partition, in one batch. A provider takes a batch
   * once, so it goes whole or not at all: what one of its payouts waits for, all wait for.
   */
  groups(open: readonly OpenIntent[], since: number, isFree: (one: OpenIntent) => boolean): OpenIntent[][] {
    const groups = new Map<string, OpenIntent[]>();
    for (const one of open) {
      const { provider: name, intentId } = one.intent;
      const together = this.#options.provider(name)?.payoutsTogetherMax ?? 0;
      if (together === 0) continue;
      const batch = this.#options.batches.of(intentId);
      const key = together === 1 ? intentId : (batch?.batchId ?? `${name} ${one.partition}`);
      if (!batch && !isFree(one)) continue;
      groups.set(key, [...(groups.get(key) ?? []), one]);
    }
    return [...groups.values()].flatMap((group) => (group.every(isFree) && this.#isDue(group, since) ? [group] : []));
  }

  /** What waits for company has waited long enough, or is complete. */
  #isDue(group: readonly OpenIntent[], now: number): boolean {
    const [first] = group as [OpenIntent];
    const together = this.#options.provider(first.intent.provider)?.payoutsTogetherMax ?? 1;
    if (together === 1 || this.#options.batches.of(first.intent.intentId) || group.length >= together) return true;
    const oldest = Math.min(...group.map(({ appendedAt }) => appendedAt));
    return now - oldest >= this.#options.batchMs;
  }

  /** @returns what became of some of them; the others are pending @throws ProviderUnknown to be asked again */
  async act(group: readonly OpenIntent[]): Promise<Told[]> {
    const [first] = group as [OpenIntent];
    const { provider: name, intentId } = first.intent;
    const provider = this.#options.provider(name) as Provider;
    if (provider.payoutsTogetherMax === 1) {
      const batch = { batchId: intentId, composedAt: first.appendedAt };
      return this.#send(provider, batch, group);
    }
    const batch = this.#options.batches.of(intentId);
    if (batch) return this.#send(provider, batch, group);
    const ids = group.slice(0, provider.payoutsTogetherMax).map(({ intent }) => intent.intentId);
    // Another worker may have been first: what is in which batch is looked up anew.
    await this.#options.batches.compose(name, ids);
    return [];
  }

  async #send(provider: Provider, batch: Batch, group: readonly OpenIntent[]): Promise<Told[]> {
    const { batchId } = batch;
    const mayBeRepeat = this.#sent.has(batchId) || group.some((one) => mayBeRepeated(one, this.#options.now()));
    const items = await Promise.all(group.map((one) => this.#itemOf(one)));
    const isAlone = provider.payoutsTogetherMax === 1;
    const payable = items.flatMap((item, i): PayoutItem[] =>
      typeof item !== 'string' ? [item] : isAlone && mayBeRepeat ? [withoutDestination(group[i] as OpenIntent)] : [],
    );
    if (payable.length === 0 && mayBeRepeat && items.includes('destination_erased')) {
      this.#options.log.error(
        { batchId },
        'a payout batch without a destination left may have been sent: look at the provider',
      );
      return [];
    }
    const ref = this.#refs.get(batchId);
    const answer =
      ref !== undefined
        ? await provider.payoutStatus(ref)
        : await this.#ask(provider, batch, { items: payable, mayBeRepeat });
    if (!answer) return [];
    if (answer.batchRef !== null) this.#refs.set(batchId, answer.batchRef);
    const outcomes = new Map(answer.outcomes.map((outcome) => [outcome.intentId, outcome]));
    return group.flatMap((open, i) => told(open, outcomes.get(open.intent.intentId) ?? unpayable(open, items[i])));
  }

  async #ask(
    provider: Provider,
    { batchId, composedAt }: Batch,
    { items, mayBeRepeat }: { readonly items: readonly PayoutItem[]; readonly mayBeRepeat: boolean },
  ): Promise<PayoutAnswer | null> {
    if (items.length === 0) return { batchRef: null, outcomes: [] };
    if (mayBeRepeat && provider.payoutsTogetherMax > 1 && this.#options.now() - composedAt > rememberedMs) {
      this.#options.log.error({ batchId }, 'a payout batch is too old to be asked for again: look at the provider');
      return null;
    }
    this.#sent.add(batchId);
    return provider.payout({ batchId, items, mayBeRepeat });
  }

  /** What goes to the provider, or why nothing can. */
  async #itemOf({ intent }: OpenIntent): Promise<PayoutItem | string> {
    const { intentId, userId, subjectId, amount, provider, personal } = intent;
    const details = personal ? await this.#options.decrypt(userId ?? subjectId, personal) : {};
    if (details === 'erased') return 'destination_erased';
    const { destination } = details;
    if (typeof destination !== 'string' && provider !== 'local') return 'no_destination';
    const isPossible = this.#options.provider(provider)?.isDestination?.(String(destination)) ?? true;
    if (!isPossible) return 'invalid_destination';
    return { intentId, ...sumOf(amount), destination: String(destination ?? '') };
  }
}

/** A coin and a credit are a cent. */
const sumOf = (amount: number | null) => ({ amount: amount ?? 0, currency: 'USD' });

/** It may have been paid before: whether it was is all that can still be asked. */
const withoutDestination = ({ intent }: OpenIntent): PayoutItem => ({
  intentId: intent.intentId,
  ...sumOf(intent.amount),
  destination: null,
});

function unpayable({ intent }: OpenIntent, item: PayoutItem | string | undefined): PayoutOutcome | null {
  if (typeof item !== 'string') return null;
  return { intentId: intent.intentId, status: 'failed', referenceId: null, reason: item };
}

function told(open: OpenIntent, outcome: PayoutOutcome | null): Told[] {
  if (!outcome || outcome.status === 'pending') return [];
  const { intentId, subjectId, provider } = open.intent;
  const { status, referenceId, reason } = outcome;
  const shared = { accountId: subjectId, transactionId: intentId, provider, referenceId };
  const event =
    status === 'settled'
      ? { ...shared, type: 'payout_settled' }
      : { ...shared, type: 'payout_failed', reason: reason ?? 'failed' };
  return [{ open, outcome: { topic: 'payment_transactions', event } }];
}
