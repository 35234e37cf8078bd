// What is known of a payment: what was asked for, its sessions at providers, the charges they told of, refunds. Types and sums, pure.
import type { PaymentEvent } from '../../schemas/generated.ts';
import type { TopicName } from '../../schemas/topics.ts';

export type Webhook = Extract<PaymentEvent, { kind: 'webhook' }>;
/** What a webhook says, without the envelope and the raw bytes. */
export type Notice = Pick<
  Webhook,
  | 'provider'
  | 'webhookId'
  | 'notice'
  | 'attempt'
  | 'providerRef'
  | 'chargeRef'
  | 'moneyRef'
  | 'planRef'
  | 'referenceId'
  | 'amount'
  | 'refundedTotal'
  | 'currency'
  | 'providerTime'
  | 'periodEnd'
>;

export type Checkout = {
  /** Of the event that began it: whoever published another one has repeated a request. */
  readonly eventId: string;
  readonly userId: string;
  readonly product: string;
  readonly provider: string;
  readonly routes: readonly string[];
  readonly amount: number;
  readonly currency: string;
  readonly fingerprint: string;
  readonly returnUrl: string | null;
  readonly ruleSet: number;
  readonly at: number;
};

export type Asked = 'asked' | 'done' | 'failed';

/** One attempt at a provider. */
export type Session = {
  readonly attempt: number;
  readonly provider: string;
  readonly ref: string | null;
  readonly redirectUrl: string | null;
  readonly create: Asked;
  readonly expire: Asked | null;
  readonly capture: Asked | null;
  readonly reason: string | null;
  /** Its maker did not get an answer: it may exist. */
  readonly isUnknown: boolean;
  readonly isApproved: boolean;
  readonly isClosed: boolean;
  readonly isDeclined: boolean;
};

/** What the ledger was told of a charge: a purchase, and how much of it was taken back. */
export type Booking = {
  readonly transactionId: string;
  /** Coins or credits; 1 of a plan. */
  readonly amount: number;
  readonly price: number;
  readonly refunded: number;
};

export type Dispute = { readonly amount: number | null; readonly isWon: boolean };

/** Money that a provider took. What came before the charge itself (a refund, a dispute) waits here without an amount. */
export type Charge = {
  readonly ref: string;
  readonly moneyRef: string | null;
  readonly planRef: string | null;
  readonly provider: string;
  readonly attempt: number | null;
  readonly isRenewal: boolean;
  readonly amount: number | null;
  readonly currency: string | null;
  readonly periodEnd: number | null;
  readonly refunds: Readonly<Record<string, number>>;
  readonly refundedTotal: number;
  readonly disputes: Readonly<Record<string, Dispute>>;
  /** Booked: something was bought with it. Excess and wrong amounts are given back. */
  readonly role: 'booked' | 'excess' | 'wrong_amount' | null;
  readonly bookings: readonly Booking[];
};

/** A refund that a provider was asked for. */
export type RefundAsk = {
  readonly charge: string;
  readonly amount: number;
  readonly reason: string;
  readonly status: Asked;
  readonly failure: string | null;
};

export type RefundRequest = { readonly intentId: string | null; readonly refused: string | null };

/** An event that follows, before the runner gives it its envelope. */
export type Following = {
  readonly topic: TopicName;
  readonly key: string;
  readonly event: Readonly<Record<string, unknown>>;
};

export type Payment = {
  readonly paymentId: string;
  readonly checkout: Checkout | null;
  readonly refused: string | null;
  readonly sessions: readonly Session[];
  /** The attempt whose charge bought the product. */
  readonly winner: number | null;
  readonly charges: readonly Charge[];
  readonly refundAsks: Readonly<Record<string, RefundAsk>>;
  readonly refundRequests: Readonly<Record<string, RefundRequest>>;
  /** Attempts whose plan the provider has ended, and plans that it was asked to end. */
  readonly endedPlans: readonly number[];
  readonly planCancels: Readonly<Record<string, Asked>>;
  readonly isPlanEndTold: boolean;
  /** Ids of webhooks that were folded. */
  readonly webhooks: Readonly<Record<string, string>>;
  /** Of a key `ref_…`: the payment it belongs to, and what waits for that to be known. */
  readonly linkedId: string | null;
  readonly waiting: readonly Notice[];
  readonly changedAt: number;
  /** Of its last event in its partition of payments: what followed of the payment so far, followed from there or before. */
  readonly changedOffset: number;
  /** What follows from the last event alone; not kept. */
  readonly following: readonly Following[];
};

export const limits = { webhooks: 500, charges: 200, waiting: 100, refundRequests: 100 };

export const initialState = (): Payment => ({
  paymentId: '',
  checkout: null,
  refused: null,
  sessions: [],
  winner: null,
  charges: [],
  refundAsks: {},
  refundRequests: {},
  endedPlans: [],
  planCancels: {},
  isPlanEndTold: false,
  webhooks: {},
  linkedId: null,
  waiting: [],
  changedAt: 0,
  changedOffset: -1,
  following: [],
});

/** What the provider has taken back of a charge: refunds, however they were told, and disputes that are not won. */
export function takenBack({ amount, refunds, refundedTotal, disputes }: Charge): number {
  if (amount === null) return 0;
  const refunded = Math.max(refundedTotal, sum(Object.values(refunds)));
  const disputed = sum(Object.values(disputes).map((dispute) => (dispute.isWon ? 0 : (dispute.amount ?? amount))));
  return Math.min(amount, refunded + disputed);
}

/** What can still be refunded of a charge. */
export function refundable(payment: Payment, charge: Charge): number {
  const asked = Object.values(payment.refundAsks).filter(
    ({ charge: ref, status }) => ref === charge.ref && status === 'asked',
  );
  return Math.max(0, (charge.amount ?? 0) - takenBack(charge) - sum(asked.map(({ amount }) => amount)));
}

export const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);

export type PaymentStatus =
  | 'refused'
  | 'creating'
  | 'awaiting_payment'
  | 'processing'
  | 'paid'
  | 'partly_refunded'
  | 'refunded'
  | 'disputed'
  | 'failed'
  | 'expired';

/** In one word, for people. */
export function statusOf(payment: Payment): PaymentStatus {
  if (payment.refused) return 'refused';
  const booked = payment.charges.filter(({ role }) => role === 'booked');
  if (booked.length > 0) return statusOfPaid(booked);
  const live = payment.sessions.filter(
    ({ create, isClosed, isDeclined }) => create !== 'failed' && !isClosed && !isDeclined,
  );
  if (live.some(({ capture, isApproved }) => isApproved && capture !== 'failed')) return 'processing';
  if (live.some(({ create }) => create === 'done')) return 'awaiting_payment';
  if (live.length > 0 || payment.sessions.length === 0) return 'creating';
  return payment.sessions.some(({ isClosed, expire }) => isClosed && expire === null) ? 'expired' : 'failed';
}

function statusOfPaid(booked: readonly Charge[]): PaymentStatus {
  if (booked.some(({ disputes }) => Object.values(disputes).some(({ isWon }) => !isWon))) return 'disputed';
  const [paid, back] = [sum(booked.map(({ amount }) => amount ?? 0)), sum(booked.map(takenBack))];
  if (back === 0) return 'paid';
  return back < paid ? 'partly_refunded' : 'refunded';
}

/** The session that the buyer is sent to. */
export const openSession = (payment: Payment): Session | null =>
  payment.sessions.findLast(({ create, isClosed }) => create === 'done' && !isClosed) ?? null;
