// Generated from schemas/*.avsc by `npm run generate`. Do not edit.

/** An account as it is now; the topic is compacted by user name, user and registration, a tombstone ends it. Whose a user name is, is decided by the smallest claim. */
export type Account = {
  readonly userId: string;
  readonly username: string;
  readonly registrationId: string;
  readonly passwordHash: string;
  readonly roles: readonly string[];
  readonly createdAt: number;
  readonly passwordChangedAt: number;
  readonly claimedAt: number | null;
};

/** What every CertificateChange has. */
export type CertificateChangeBase = {
  readonly eventId: string;
  readonly occurredAt: number;
  readonly actorId: string;
  readonly correlationId: string;
  readonly source: string;
  readonly ruleSet: number;
  readonly origin: string | null;
  readonly serialNumber: string;
};

/** A certificate of a service was issued, replaced by a newer one, or revoked. Published before anybody is handed the certificate; no private key is ever in it. */
export type CertificateChange =
  | (CertificateChangeBase & {
  readonly kind: 'issued';
  readonly serviceName: string;
  readonly commonName: string;
  readonly keyType: string;
  readonly fingerprint: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly issuedBy: string;
  readonly certificate: Buffer;
})
  | (CertificateChangeBase & {
  readonly kind: 'rotated';
  readonly replacedBy: string;
})
  | (CertificateChangeBase & {
  readonly kind: 'revoked';
  readonly reason: string;
});

export const certificateChangeTags = ["issued","rotated","revoked"] as const;

/** What every DatingPair has. */
export type DatingPairBase = {
  readonly eventId: string;
  readonly occurredAt: number;
  readonly actorId: string;
  readonly correlationId: string;
  readonly source: string;
  readonly ruleSet: number;
  readonly origin: string | null;
};

/** What concerns two people of dating: swipes and unlocks that the ledger has accepted, and what either asks for. The pair alone decides it. */
export type DatingPair =
  | (DatingPairBase & {
  readonly type: 'swipe';
  readonly pairId: string;
  readonly userId: string;
  readonly targetUserId: string;
  readonly direction: string;
  readonly transactionId: string;
})
  | (DatingPairBase & {
  readonly type: 'unlock';
  readonly pairId: string;
  readonly userId: string;
  readonly targetUserId: string;
  readonly matchId: string;
  readonly mode: string;
  readonly transactionId: string;
})
  | (DatingPairBase & {
  readonly type: 'undo';
  readonly pairId: string;
  readonly userId: string;
  readonly targetUserId: string;
  readonly idempotencyKey: string;
  readonly fingerprint: string | null;
})
  | (DatingPairBase & {
  readonly type: 'block';
  readonly pairId: string;
  readonly userId: string;
  readonly targetUserId: string;
  readonly idempotencyKey: string;
  readonly fingerprint: string | null;
})
  | (DatingPairBase & {
  readonly type: 'unblock';
  readonly pairId: string;
  readonly userId: string;
  readonly targetUserId: string;
  readonly idempotencyKey: string;
  readonly fingerprint: string | null;
})
  | (DatingPairBase & {
  readonly type: 'report';
  readonly pairId: string;
  readonly userId: string;
  readonly targetUserId: string;
  readonly idempotencyKey: string;
  readonly reason: string;
  readonly fingerprint: string | null;
  readonly personal: Buffer | null;
})
  | (DatingPairBase & {
  readonly type: 'timer_fired';
  readonly pairId: string;
  readonly timerId: string;
  readonly due: number;
});

export const datingPairTags = ["swipe","unlock","undo","block","unblock","report","timer_fired"] as const;

/** What every ExperimentChange has. */
export type ExperimentChangeBase = {
  readonly eventId: string;
  readonly occurredAt: number;
  readonly actorId: string;
  readonly correlationId: string;
  readonly source: string;
  readonly ruleSet: number;
  readonly origin: string | null;
  readonly experimentId: string;
};

/** An experiment on the feed begins or ends, as an operator decided. All in one order: what comes while another experiment runs counts for nothing. */
export type ExperimentChange =
  | (ExperimentChangeBase & {
  readonly kind: 'started';
  readonly variants: readonly string[];
  readonly buckets: readonly number[];
  readonly control: string;
  readonly salt: string;
  readonly why: string | null;
})
  | (ExperimentChangeBase & {
  readonly kind: 'stopped';
  readonly why: string | null;
});

export const experimentChangeTags = ["started","stopped"] as const;

/** What every ExperimentOutcome has. */
export type ExperimentOutcomeBase = {
  readonly eventId: string;
  readonly occurredAt: number;
  readonly actorId: string;
  readonly correlationId: string;
  readonly source: string;
  readonly ruleSet: number;
  readonly origin: string | null;
  readonly experimentId: string;
  readonly variant: string;
  readonly userId: string;
};

/** What one user did under an experiment: the first exposure, and the user's totals before and after each outcome, so that sums and sums of squares over users stay exact. */
export type ExperimentOutcome =
  | (ExperimentOutcomeBase & {
  readonly kind: 'exposed';

})
  | (ExperimentOutcomeBase & {
  readonly kind: 'outcome';
  readonly views: number;
  readonly viewsBefore: number;
  readonly watchMs: number;
  readonly watchMsBefore: number;
  readonly likes: number;
  readonly likesBefore: number;
  readonly shares: number;
  readonly sharesBefore: number;
  readonly skips: number;
  readonly skipsBefore: number;
  readonly notInterested: number;
  readonly notInterestedBefore: number;
});

export const experimentOutcomeTags = ["exposed","outcome"] as const;

/** What every GenerationChange has. */
export type GenerationChangeBase = {
  readonly slug: string;
};

/** One step in the life of a generation of a slug: a rebuild begins, live stops for a comparison, goes on, or is swapped. All in one order. */
export type GenerationChange =
  | (GenerationChangeBase & {
  readonly kind: 'started';
  readonly generation: number;
  readonly rules: number;
  readonly build: number;
  readonly by: string;
  readonly outputs: number | null;
})
  | (GenerationChangeBase & {
  readonly kind: 'cancelled';
  readonly generation: number;
  readonly by: string;
})
  | (GenerationChangeBase & {
  readonly kind: 'stopped';
  readonly generation: number;
  readonly until: number;
  readonly by: string;
  readonly stop: number | null;
})
  | (GenerationChangeBase & {
  readonly kind: 'resumed';
  readonly stop: number;
  readonly by: string;
})
  | (GenerationChangeBase & {
  readonly kind: 'swapped';
  readonly generation: number;
  readonly rules: number;
  readonly build: number;
  readonly stop: number;
  readonly offsets: readonly number[];
  readonly by: string;
  readonly differing: number | null;
});

export const generationChangeTags = ["started","cancelled","stopped","resumed","swapped"] as const;

/** What every LedgerEntry has. */
export type LedgerEntryBase = {
  readonly eventId: string;
  readonly occurredAt: number;
  readonly actorId: string;
  readonly correlationId: string;
  readonly source: string;
  readonly ruleSet: number;
  readonly origin: string | null;
  readonly accountId: string;
};

/** What the ledger decided about one record of payment_transactions: accepted with its postings, or refused with a reason; a link of its partition’s hash chain. */
export type LedgerEntry =
  | (LedgerEntryBase & {
  readonly outcome: 'accepted';
  readonly kind: string;
  readonly transactionId: string;
  readonly postings: string;
  readonly balances: string;
  readonly previousHash: string;
  readonly hash: string;
  readonly originalId: string | null;
  readonly reason: string | null;
  readonly stream: string | null;
  readonly counterpartyId: string | null;
  readonly asset: string | null;
  readonly amount: number | null;
  readonly idempotencyKey: string | null;
  readonly giftType: string | null;
  readonly quantity: number | null;
  readonly product: string | null;
  readonly videoId: string | null;
  readonly battleId: string | null;
  readonly gross: number | null;
  readonly originalAt: number | null;
})
  | (LedgerEntryBase & {
  readonly outcome: 'refused';
  readonly kind: string;
  readonly transactionId: string;
  readonly postings: string;
  readonly balances: string;
  readonly previousHash: string;
  readonly hash: string;
  readonly originalId: string | null;
  readonly reason: string | null;
  readonly stream: string | null;
  readonly counterpartyId: string | null;
  readonly asset: string | null;
  readonly amount: number | null;
  readonly idempotencyKey: string | null;
  readonly giftType: string | null;
  readonly quantity: number | null;
  readonly product: string | null;
  readonly videoId: string | null;
  readonly battleId: string | null;
  readonly gross: number | null;
  readonly originalAt: number | null;
})
  | (LedgerEntryBase & {
  readonly outcome: 'repeated';
  readonly kind: string;
  readonly transactionId: string;
  readonly postings: string;
  readonly balances: string;
  readonly previousHash: string;
  readonly hash: string;
  readonly originalId: string | null;
  readonly reason: string | null;
  readonly stream: string | null;
  readonly counterpartyId: string | null;
  readonly asset: string | null;
  readonly amount: number | null;
  readonly idempotencyKey: string | null;
  readonly giftType: string | null;
  readonly quantity: number | null;
  readonly product: string | null;
  readonly videoId: string | null;
  readonly battleId: string | null;
  readonly gross: number | null;
  readonly originalAt: number | null;
})
  | (LedgerEntryBase & {
  readonly outcome: 'misused';
  readonly kind: string;
  readonly transactionId: string;
  readonly postings: string;
  readonly balances: string;
  readonly previousHash: string;
  readonly hash: string;
  readonly originalId: string | null;
  readonly reason: string | null;
  readonly stream: string | null;
  readonly counterpartyId: string | null;
  readonly asset: string | null;
  readonly amount: number | null;
  readonly idempotencyKey: string | null;
  readonly giftType: string | null;
  readonly quantity: number | null;
  readonly product: string | null;
  readonly videoId: string | null;
  readonly battleId: string | null;
  readonly gross: number | null;
  readonly originalAt: number | null;
})
  | (LedgerEntryBase & {
  readonly outcome: 'ignored';
  readonly kind: string;
  readonly transactionId: string;
  readonly postings: string;
  readonly balances: string;
  readonly previousHash: string;
  readonly hash: string;
  readonly originalId: string | null;
  readonly reason: string | null;
  readonly stream: string | null;
  readonly counterpartyId: string | null;
  readonly asset: string | null;
  readonly amount: number | null;
  readonly idempotencyKey: string | null;
  readonly giftType: string | null;
  readonly quantity: number | null;
  readonly product: string | null;
  readonly videoId: string | null;
  readonly battleId: string | null;
  readonly gross: number | null;
  readonly originalAt: number | null;
});

export const ledgerEntryTags = ["accepted","refused","repeated","misused","ignored"] as const;

/** What every LiveBattle has. */
export type LiveBattleBase = {
  readonly eventId: string;
  readonly occurredAt: number;
  readonly actorId: string;
  readonly correlationId: string;
  readonly source: string;
  readonly ruleSet: number;
  readonly origin: string | null;
  readonly battleId: string;
};

/** A live battle between two creators, and what scored in it. */
export type LiveBattle =
  | (LiveBattleBase & {
  readonly type: 'started';
  readonly hostId: string;
  readonly opponentId: string;
  readonly endsAt: number | null;
})
  | (LiveBattleBase & {
  readonly type: 'gift_scored';
  readonly recipientId: string;
  readonly points: number;
  readonly transactionId: string;
  readonly senderId: string | null;
})
  | (LiveBattleBase & {
  readonly type: 'ended';
  readonly winnerId: string | null;
});

export const liveBattleTags = ["started","gift_scored","ended"] as const;

/** A part of a trained model: its header, or what was learned of one video. The topic is compacted by model, version and part (a header by model alone); the header comes last and says how many parts it has, and after it the parts of older versions are deleted. */
export type ModelPart = {
  readonly model: string;
  readonly part: string;
  readonly version: string;
  readonly parts: number;
  readonly content: Buffer;
};

/** What every PaymentEvent has. */
export type PaymentEventBase = {
  readonly eventId: string;
  readonly occurredAt: number;
  readonly actorId: string;
  readonly correlationId: string;
  readonly source: string;
  readonly ruleSet: number;
  readonly origin: string | null;
  readonly paymentId: string;
};

/** The life of a payment through providers: what was asked for, what the providers answered, what they told by webhooks (raw, before anything is done about it), refunds. Amounts are minor units of the currency. */
export type PaymentEvent =
  | (PaymentEventBase & {
  readonly kind: 'checkout';
  readonly userId: string;
  readonly product: string;
  readonly provider: string;
  readonly amount: number;
  readonly currency: string;
  readonly fingerprint: string;
  readonly routes: readonly string[];
  readonly returnUrl: string | null;
})
  | (PaymentEventBase & {
  readonly kind: 'session_created';
  readonly provider: string;
  readonly attempt: number;
  readonly providerRef: string;
  readonly redirectUrl: string | null;
})
  | (PaymentEventBase & {
  readonly kind: 'session_failed';
  readonly provider: string;
  readonly attempt: number;
  readonly reason: string;
  readonly isUnknown: boolean | null;
})
  | (PaymentEventBase & {
  readonly kind: 'session_expired';
  readonly provider: string;
  readonly attempt: number;
  readonly reason: string | null;
})
  | (PaymentEventBase & {
  readonly kind: 'webhook';
  readonly provider: string;
  readonly webhookId: string;
  readonly notice: 'unknown' | 'paid' | 'approved' | 'failed' | 'expired' | 'refunded' | 'disputed' | 'dispute_won' | 'plan_renewed' | 'plan_ended' | 'ignored';
  readonly attempt: number | null;
  readonly providerRef: string | null;
  readonly chargeRef: string | null;
  readonly moneyRef: string | null;
  readonly planRef: string | null;
  readonly referenceId: string | null;
  readonly amount: number | null;
  readonly refundedTotal: number | null;
  readonly currency: string | null;
  readonly providerTime: number | null;
  readonly periodEnd: number | null;
  readonly personal: Buffer | null;
})
  | (PaymentEventBase & {
  readonly kind: 'link';
  readonly linkedId: string;
  readonly provider: string;
})
  | (PaymentEventBase & {
  readonly kind: 'capture_done';
  readonly provider: string;
  readonly attempt: number;
  readonly providerRef: string;
  readonly chargeRef: string;
  readonly amount: number;
  readonly currency: string;
})
  | (PaymentEventBase & {
  readonly kind: 'capture_failed';
  readonly provider: string;
  readonly attempt: number;
  readonly reason: string;
  readonly isUnknown: boolean | null;
})
  | (PaymentEventBase & {
  readonly kind: 'refund_request';
  readonly reason: string;
  readonly idempotencyKey: string;
  readonly amount: number | null;
})
  | (PaymentEventBase & {
  readonly kind: 'refund_done';
  readonly intentId: string;
  readonly provider: string;
  readonly chargeRef: string;
  readonly amount: number;
  readonly referenceId: string;
})
  | (PaymentEventBase & {
  readonly kind: 'refund_failed';
  readonly intentId: string;
  readonly provider: string;
  readonly chargeRef: string;
  readonly reason: string;
})
  | (PaymentEventBase & {
  readonly kind: 'plan_cancel_request';
  readonly idempotencyKey: string;
  readonly reason: string | null;
})
  | (PaymentEventBase & {
  readonly kind: 'plan_cancelled';
  readonly intentId: string;
  readonly provider: string;
  readonly planRef: string;
  readonly reason: string | null;
});

export const paymentEventTags = ["checkout","session_created","session_failed","session_expired","webhook","link","capture_done","capture_failed","refund_request","refund_done","refund_failed","plan_cancel_request","plan_cancelled"] as const;

/** What every PaymentIntent has. */
export type PaymentIntentBase = {
  readonly eventId: string;
  readonly occurredAt: number;
  readonly actorId: string;
  readonly correlationId: string;
  readonly source: string;
  readonly ruleSet: number;
  readonly origin: string | null;
  readonly subjectId: string;
};

/** Something that a third party is to be asked for (an effect), and that it has an outcome: whoever replays this asks for nothing that is settled. */
export type PaymentIntent =
  | (PaymentIntentBase & {
  readonly kind: 'create_session';
  readonly intentId: string;
  readonly provider: string;
  readonly product: string | null;
  readonly asset: string | null;
  readonly amount: number | null;
  readonly currency: string | null;
  readonly userId: string | null;
  readonly providerRef: string | null;
  readonly attempt: number | null;
  readonly reason: string | null;
  readonly returnUrl: string | null;
  readonly personal: Buffer | null;
})
  | (PaymentIntentBase & {
  readonly kind: 'expire_session';
  readonly intentId: string;
  readonly provider: string;
  readonly product: string | null;
  readonly asset: string | null;
  readonly amount: number | null;
  readonly currency: string | null;
  readonly userId: string | null;
  readonly providerRef: string | null;
  readonly attempt: number | null;
  readonly reason: string | null;
  readonly returnUrl: string | null;
  readonly personal: Buffer | null;
})
  | (PaymentIntentBase & {
  readonly kind: 'refund_payment';
  readonly intentId: string;
  readonly provider: string;
  readonly product: string | null;
  readonly asset: string | null;
  readonly amount: number | null;
  readonly currency: string | null;
  readonly userId: string | null;
  readonly providerRef: string | null;
  readonly attempt: number | null;
  readonly reason: string | null;
  readonly returnUrl: string | null;
  readonly personal: Buffer | null;
})
  | (PaymentIntentBase & {
  readonly kind: 'payout';
  readonly intentId: string;
  readonly provider: string;
  readonly product: string | null;
  readonly asset: string | null;
  readonly amount: number | null;
  readonly currency: string | null;
  readonly userId: string | null;
  readonly providerRef: string | null;
  readonly attempt: number | null;
  readonly reason: string | null;
  readonly returnUrl: string | null;
  readonly personal: Buffer | null;
})
  | (PaymentIntentBase & {
  readonly kind: 'capture_payment';
  readonly intentId: string;
  readonly provider: string;
  readonly product: string | null;
  readonly asset: string | null;
  readonly amount: number | null;
  readonly currency: string | null;
  readonly userId: string | null;
  readonly providerRef: string | null;
  readonly attempt: number | null;
  readonly reason: string | null;
  readonly returnUrl: string | null;
  readonly personal: Buffer | null;
})
  | (PaymentIntentBase & {
  readonly kind: 'cancel_plan';
  readonly intentId: string;
  readonly provider: string;
  readonly product: string | null;
  readonly asset: string | null;
  readonly amount: number | null;
  readonly currency: string | null;
  readonly userId: string | null;
  readonly providerRef: string | null;
  readonly attempt: number | null;
  readonly reason: string | null;
  readonly returnUrl: string | null;
  readonly personal: Buffer | null;
})
  | (PaymentIntentBase & {
  readonly kind: 'settled';
  readonly intentId: string;
});

export const paymentIntentTags = ["create_session","expire_session","refund_payment","payout","capture_payment","cancel_plan","settled"] as const;

/** What every PaymentTransaction has. */
export type PaymentTransactionBase = {
  readonly eventId: string;
  readonly occurredAt: number;
  readonly actorId: string;
  readonly correlationId: string;
  readonly source: string;
  readonly ruleSet: number;
  readonly origin: string | null;
};

/** What moves money: requests, which the account it posts to decides (accepted or refused); payments and refunds that a provider has confirmed; credits and debits that follow in the other account; timers. Amounts are whole coins, credits or minor units of a currency. */
export type PaymentTransaction =
  | (PaymentTransactionBase & {
  readonly type: 'coin_purchase';
  readonly accountId: string;
  readonly asset: string;
  readonly amount: number;
  readonly provider: string;
  readonly transactionId: string | null;
  readonly currency: string | null;
  readonly price: number | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'gift';
  readonly accountId: string;
  readonly counterpartyId: string;
  readonly asset: string;
  readonly amount: number;
  readonly idempotencyKey: string;
  readonly giftType: string | null;
  readonly quantity: number | null;
  readonly videoId: string | null;
  readonly battleId: string | null;
  readonly counterpartyKnown: boolean | null;
  readonly fingerprint: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'subscription';
  readonly accountId: string;
  readonly counterpartyId: string;
  readonly asset: string;
  readonly amount: number;
  readonly idempotencyKey: string;
  readonly product: string | null;
  readonly tier: number | null;
  readonly counterpartyKnown: boolean | null;
  readonly fingerprint: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'unlock';
  readonly accountId: string;
  readonly asset: string;
  readonly amount: number;
  readonly idempotencyKey: string;
  readonly counterpartyId: string | null;
  readonly product: string | null;
  readonly videoId: string | null;
  readonly counterpartyKnown: boolean | null;
  readonly fingerprint: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'boost';
  readonly accountId: string;
  readonly asset: string;
  readonly amount: number;
  readonly idempotencyKey: string;
  readonly fingerprint: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'ad_revenue';
  readonly accountId: string;
  readonly asset: string;
  readonly amount: number;
  readonly videoId: string | null;
  readonly product: string | null;
  readonly provider: string | null;
  readonly transactionId: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'payout';
  readonly accountId: string;
  readonly asset: string;
  readonly amount: number;
  readonly provider: string;
  readonly idempotencyKey: string | null;
  readonly fingerprint: string | null;
  readonly personal: Buffer | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'refund';
  readonly accountId: string;
  readonly asset: string;
  readonly amount: number;
  readonly transactionId: string;
  readonly provider: string | null;
  readonly reason: string | null;
  readonly referenceId: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'credit';
  readonly accountId: string;
  readonly counterpartyId: string;
  readonly asset: string;
  readonly amount: number;
  readonly transactionId: string;
  readonly stream: string | null;
  readonly gross: number | null;
  readonly kind: string | null;
  readonly giftType: string | null;
  readonly quantity: number | null;
  readonly videoId: string | null;
  readonly battleId: string | null;
  readonly product: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'tip';
  readonly accountId: string;
  readonly counterpartyId: string;
  readonly asset: string;
  readonly amount: number;
  readonly idempotencyKey: string;
  readonly videoId: string | null;
  readonly battleId: string | null;
  readonly counterpartyKnown: boolean | null;
  readonly fingerprint: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'subscription_cancel';
  readonly accountId: string;
  readonly counterpartyId: string;
  readonly idempotencyKey: string;
  readonly fingerprint: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'plan_purchase';
  readonly accountId: string;
  readonly product: string;
  readonly provider: string;
  readonly transactionId: string;
  readonly currency: string;
  readonly price: number;
  readonly periodEnd: number | null;
  readonly referenceId: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'plan_cancel';
  readonly accountId: string;
  readonly idempotencyKey: string;
  readonly fingerprint: string | null;
  readonly transactionId: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'reversal';
  readonly accountId: string;
  readonly transactionId: string;
  readonly idempotencyKey: string;
  readonly amount: number | null;
  readonly reason: string | null;
  readonly fingerprint: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'hold';
  readonly accountId: string;
  readonly transactionId: string;
  readonly asset: string;
  readonly amount: number;
  readonly expiresAfterMs: number;
  readonly reason: string | null;
  readonly idempotencyKey: string | null;
  readonly fingerprint: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'hold_capture';
  readonly accountId: string;
  readonly transactionId: string;
  readonly stream: string | null;
  readonly counterpartyId: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'hold_release';
  readonly accountId: string;
  readonly transactionId: string;
  readonly reason: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'payout_settled';
  readonly accountId: string;
  readonly transactionId: string;
  readonly provider: string;
  readonly referenceId: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'payout_failed';
  readonly accountId: string;
  readonly transactionId: string;
  readonly provider: string;
  readonly reason: string;
  readonly referenceId: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'debit';
  readonly accountId: string;
  readonly counterpartyId: string;
  readonly asset: string;
  readonly amount: number;
  readonly transactionId: string;
  readonly stream: string | null;
  readonly kind: string | null;
  readonly reason: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'timer_fired';
  readonly accountId: string;
  readonly timerId: string;
  readonly due: number;
})
  | (PaymentTransactionBase & {
  readonly type: 'swipe';
  readonly accountId: string;
  readonly counterpartyId: string;
  readonly direction: string;
  readonly idempotencyKey: string;
  readonly counterpartyKnown: boolean | null;
  readonly fingerprint: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'swipe_undone';
  readonly accountId: string;
  readonly counterpartyId: string;
  readonly transactionId: string;
  readonly reason: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'match_unlock';
  readonly accountId: string;
  readonly counterpartyId: string;
  readonly matchId: string;
  readonly mode: string;
  readonly idempotencyKey: string;
  readonly fingerprint: string | null;
})
  | (PaymentTransactionBase & {
  readonly type: 'time_zone';
  readonly accountId: string;
  readonly timeZone: string;
});

export const paymentTransactionTags = ["coin_purchase","gift","subscription","unlock","boost","ad_revenue","payout","refund","credit","tip","subscription_cancel","plan_purchase","plan_cancel","reversal","hold","hold_capture","hold_release","payout_settled","payout_failed","debit","timer_fired","swipe","swipe_undone","match_unlock","time_zone"] as const;

/** Which payouts go to a provider together. The first batch of the log that names a payout has it; the provider knows the batch by its id and carries it out once. */
export type PayoutBatch = {
  readonly batchId: string;
  readonly provider: string;
  readonly intentIds: readonly string[];
  readonly composedAt: number;
};

/** An encryption key of one person; the topic is compacted by person and key, a tombstone erases the person from history. */
export type PersonKey = {
  readonly userId: string;
  readonly keyId: string;
  readonly key: Buffer;
};

/** What every ProcessorControl has. */
export type ProcessorControlBase = {

};

/** One entry of a processor's control topic: a claim of a partition (its offset is the fence token), a dead letter, or the audit of a redrive. */
export type ProcessorControl =
  | (ProcessorControlBase & {
  readonly kind: 'claim';
  readonly build: number;
})
  | (ProcessorControlBase & {
  readonly kind: 'dead_letter';
  readonly offset: number;
  readonly token: number;
  readonly cause: string;
  readonly build: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>> | null;
  readonly recordId: string | null;
})
  | (ProcessorControlBase & {
  readonly kind: 'shadow_claim';
  readonly build: number;
  readonly generation: number;
})
  | (ProcessorControlBase & {
  readonly kind: 'redriven';
  readonly offset: number;
  readonly attempt: number;
  readonly by: string;
  readonly recordId: string | null;
});

export const processorControlTags = ["claim","dead_letter","shadow_claim","redriven"] as const;

/** What every UserActivity has. */
export type UserActivityBase = {
  readonly eventId: string;
  readonly occurredAt: number;
  readonly actorId: string;
  readonly correlationId: string;
  readonly source: string;
  readonly ruleSet: number;
  readonly origin: string | null;
  readonly userId: string;
};

/** What a user did. One flat record for every action, so that a SQL engine reads the topic with one schema. */
export type UserActivity =
  | (UserActivityBase & {
  readonly action: 'view';
  readonly videoId: string;
  readonly watchDurationMs: number;
})
  | (UserActivityBase & {
  readonly action: 'skip';
  readonly videoId: string;
  readonly watchDurationMs: number | null;
})
  | (UserActivityBase & {
  readonly action: 'like';
  readonly videoId: string;
})
  | (UserActivityBase & {
  readonly action: 'unlike';
  readonly videoId: string;
})
  | (UserActivityBase & {
  readonly action: 'share';
  readonly videoId: string;
})
  | (UserActivityBase & {
  readonly action: 'comment';
  readonly videoId: string;
  readonly personal: Buffer | null;
})
  | (UserActivityBase & {
  readonly action: 'follow';
  readonly creatorId: string;
  readonly videoId: string | null;
})
  | (UserActivityBase & {
  readonly action: 'unfollow';
  readonly creatorId: string;
  readonly videoId: string | null;
})
  | (UserActivityBase & {
  readonly action: 'not_interested';
  readonly videoId: string;
  readonly reason: string | null;
})
  | (UserActivityBase & {
  readonly action: 'swipe';
  readonly targetUserId: string;
  readonly direction: string;
  readonly transactionId: string | null;
})
  | (UserActivityBase & {
  readonly action: 'undo';
  readonly targetUserId: string;
  readonly transactionId: string | null;
})
  | (UserActivityBase & {
  readonly action: 'match';
  readonly targetUserId: string;
  readonly matchId: string;
})
  | (UserActivityBase & {
  readonly action: 'block';
  readonly targetUserId: string;
})
  | (UserActivityBase & {
  readonly action: 'report';
  readonly targetUserId: string;
  readonly reason: string;
  readonly personal: Buffer | null;
})
  | (UserActivityBase & {
  readonly action: 'registration';
  readonly timeZone: string;
  readonly ageBand: string | null;
  readonly region: string | null;
  readonly personal: Buffer | null;
})
  | (UserActivityBase & {
  readonly action: 'profile_change';
  readonly timeZone: string | null;
  readonly ageBand: string | null;
  readonly region: string | null;
  readonly personal: Buffer | null;
})
  | (UserActivityBase & {
  readonly action: 'exposed';
  readonly experimentId: string;
  readonly variant: string;
})
  | (UserActivityBase & {
  readonly action: 'dating_profile';
  readonly status: string;
  readonly ageBand: string | null;
  readonly personal: Buffer | null;
})
  | (UserActivityBase & {
  readonly action: 'dating_status';
  readonly status: string;
})
  | (UserActivityBase & {
  readonly action: 'match_change';
  readonly targetUserId: string;
  readonly matchId: string;
  readonly status: string;
});

export const userActivityTags = ["view","skip","like","unlike","share","comment","follow","unfollow","not_interested","swipe","undo","match","block","report","registration","profile_change","exposed","dating_profile","dating_status","match_change"] as const;

/** What every VideoEngagement has. */
export type VideoEngagementBase = {
  readonly eventId: string;
  readonly occurredAt: number;
  readonly actorId: string;
  readonly correlationId: string;
  readonly source: string;
  readonly ruleSet: number;
  readonly origin: string | null;
  readonly videoId: string;
};

/** Everything that concerns one video's figures, keyed by video: what users did with it, by history, and what became of it, by feed. */
export type VideoEngagement =
  | (VideoEngagementBase & {
  readonly action: 'view';
  readonly userId: string;
  readonly watchDurationMs: number;
})
  | (VideoEngagementBase & {
  readonly action: 'skip';
  readonly userId: string;
  readonly watchDurationMs: number | null;
})
  | (VideoEngagementBase & {
  readonly action: 'like';
  readonly userId: string;
})
  | (VideoEngagementBase & {
  readonly action: 'unlike';
  readonly userId: string;
})
  | (VideoEngagementBase & {
  readonly action: 'share';
  readonly userId: string;
})
  | (VideoEngagementBase & {
  readonly action: 'comment';
  readonly userId: string;
})
  | (VideoEngagementBase & {
  readonly action: 'not_interested';
  readonly userId: string;
  readonly reason: string | null;
})
  | (VideoEngagementBase & {
  readonly action: 'published';
  readonly creatorId: string;
  readonly category: string;
  readonly durationMs: number;
  readonly publishedAt: number;
})
  | (VideoEngagementBase & {
  readonly action: 'removed';

});

export const videoEngagementTags = ["view","skip","like","unlike","share","comment","not_interested","published","removed"] as const;

/** What every VideoUpload has. */
export type VideoUploadBase = {
  readonly eventId: string;
  readonly occurredAt: number;
  readonly actorId: string;
  readonly correlationId: string;
  readonly source: string;
  readonly ruleSet: number;
  readonly origin: string | null;
  readonly videoId: string;
};

/** The life of a video, from upload to removal. */
export type VideoUpload =
  | (VideoUploadBase & {
  readonly action: 'uploaded';
  readonly creatorId: string;
  readonly originalUrl: string;
  readonly title: string;
  readonly category: string;
  readonly tags: readonly string[] | null;
})
  | (VideoUploadBase & {
  readonly action: 'processed';
  readonly creatorId: string;
  readonly durationMs: number;
})
  | (VideoUploadBase & {
  readonly action: 'published';
  readonly creatorId: string;
  readonly title: string;
  readonly category: string;
  readonly tags: readonly string[];
  readonly durationMs: number;
  readonly publishedAt: number;
  readonly originalUrl: string | null;
  readonly premiumCoins: number | null;
  readonly premiumTier: number | null;
})
  | (VideoUploadBase & {
  readonly action: 'moderated';
  readonly reason: string;
  readonly creatorId: string | null;
})
  | (VideoUploadBase & {
  readonly action: 'removed';
  readonly creatorId: string | null;
  readonly reason: string | null;
});

export const videoUploadTags = ["uploaded","processed","published","moderated","removed"] as const;

