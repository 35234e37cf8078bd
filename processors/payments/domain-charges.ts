// Facts about charges, as providers tell them in any order: each is noted under its charge, and noting it twice changes nothing. Pure.
import { type Charge, limits, type Payment } from './domain-state.ts';

type Refs = { readonly provider: string; readonly chargeRef: string; readonly moneyRef?: string | null };

const emptyCharge = ({ provider, chargeRef, moneyRef }: Refs): Charge => ({
  ref: chargeRef,
  moneyRef: moneyRef ?? null,
  planRef: null,
  provider,
  attempt: null,
  isRenewal: false,
  amount: null,
  currency: null,
  periodEnd: null,
  refunds: {},
  refundedTotal: 0,
  disputes: {},
  role: null,
  bookings: [],
});

/** Providers name a charge in two ways; facts under either are about the same one. */
const isSame = (charge: Charge, { provider, chargeRef, moneyRef }: Refs): boolean =>
  charge.provider === provider &&
  [chargeRef, moneyRef].some(
    (ref) => ref !== null && ref !== undefined && (ref === charge.ref || ref === charge.moneyRef),
  );

/** The payment with a charge changed, which is made where it is not known yet. */
export function withCharge(payment: Payment, refs: Refs, change: (charge: Charge) => Charge): Payment {
  const same = payment.charges.filter((charge) => isSame(charge, refs));
  const known = same.reduce((one, other) => (one ? merged(one, other) : other), same[0]);
  if (!known && payment.charges.length >= limits.charges) return payment;
  const before = known ?? emptyCharge(refs);
  const named = { ...before, moneyRef: before.moneyRef ?? refs.moneyRef ?? null };
  const after = change(named);
  const others = payment.charges.filter((charge) => !same.includes(charge));
  const place = known ? payment.charges.indexOf(same[0] as Charge) : others.length;
  return { ...payment, charges: [...others.slice(0, place), after, ...others.slice(place)] };
}

/** What was noted under the charge's two names, before they were known to be one. */
function merged(one: Charge, other: Charge): Charge {
  const [main, early] = one.amount === null && other.amount !== null ? [other, one] : [one, other];
  return {
    ...main,
    moneyRef: main.moneyRef ?? (early.ref === main.ref ? early.moneyRef : early.ref),
    planRef: main.planRef ?? early.planRef,
    refunds: { ...early.refunds, ...main.refunds },
    refundedTotal: Math.max(main.refundedTotal, early.refundedTotal),
    disputes: { ...early.disputes, ...main.disputes },
  };
}

export type Paid = {
  readonly attempt: number;
  readonly planRef: string | null;
  readonly amount: number;
  readonly currency: string;
  readonly periodEnd: number | null;
  readonly isRenewal: boolean;
  readonly chargeRef: string;
};

export const paid = (charge: Charge, { chargeRef, ...fact }: Paid): Charge => {
  if (charge.amount !== null) return { ...charge, planRef: charge.planRef ?? fact.planRef };
  return {
    ...charge,
    ...fact,
    ref: chargeRef,
    moneyRef: charge.moneyRef ?? (charge.ref === chargeRef ? null : charge.ref),
  };
};

export const refundNoted = (charge: Charge, referenceId: string, amount: number): Charge => ({
  ...charge,
  refunds: { ...charge.refunds, [referenceId]: amount },
});

export const refundTotalNoted = (charge: Charge, total: number): Charge => ({
  ...charge,
  refundedTotal: Math.max(charge.refundedTotal, total),
});

/** Once won it stays won, whenever its beginning is told; of two sums the larger counts, whichever is told first. */
export function disputeNoted(
  charge: Charge,
  referenceId: string,
  told: { amount: number | null; isWon: boolean },
): Charge {
  const before = charge.disputes[referenceId];
  const amounts = [before?.amount, told.amount].filter((amount) => typeof amount === 'number');
  const dispute = {
    amount: amounts.length > 0 ? Math.max(...amounts) : null,
    isWon: told.isWon || (before?.isWon ?? false),
  };
  return { ...charge, disputes: { ...charge.disputes, [referenceId]: dispute } };
}
