// What the ledger is told of a charge: the purchase, what was taken back of it since, and what came back again. Pure.
import { rulesOf } from '../../schemas/money.ts';
import { type Booking, type Charge, type Checkout, type Following, sum, takenBack } from './domain-state.ts';

type Told = { readonly charge: Charge; readonly following: readonly Following[] };

type Buying = { readonly paymentId: string; readonly checkout: Checkout };

/** Books a charge for the first time. */
export function booked(buying: Buying, charge: Charge, transactionId: string): Told {
  const { checkout } = buying;
  const booking = { transactionId, amount: unitsOf(checkout), price: checkout.amount, refunded: 0 };
  return {
    charge: { ...charge, role: 'booked', bookings: [booking] },
    following: [purchase(buying, charge, booking)],
  };
}

/** Tells the ledger of a booked charge what it has not been told yet: so much less is bought, or again. */
export function adjusted(buying: Buying, charge: Charge): Told {
  const bought = sum(charge.bookings.map(({ price, refunded }) => price - refunded));
  const change = bought - ((charge.amount ?? 0) - takenBack(charge));
  if (charge.role !== 'booked' || change === 0) return { charge, following: [] };
  return change > 0 ? refunded(buying.checkout, charge, change) : reinstated(buying, charge, -change);
}

function unitsOf({ product, ruleSet }: Checkout): number {
  const bought = rulesOf(ruleSet)?.products[product];
  return bought && bought.kind !== 'plan' ? bought.amount : 1;
}

function purchase({ paymentId, checkout }: Buying, { provider, periodEnd }: Charge, booking: Booking): Following {
  const { userId, product, currency, ruleSet } = checkout;
  const bought = rulesOf(ruleSet)?.products[product];
  const { transactionId, price } = booking;
  const shared = { accountId: userId, provider, transactionId, currency, price, ruleSet };
  const event =
    bought?.kind === 'plan'
      ? { ...shared, type: 'plan_purchase', product, periodEnd, referenceId: paymentId }
      : { ...shared, type: 'coin_purchase', asset: bought?.asset, amount: booking.amount };
  return { topic: 'payment_transactions', key: userId, event };
}

/** The newest booking first. */
function refunded(checkout: Checkout, charge: Charge, change: number): Told {
  const reason = Object.values(charge.disputes).some(({ isWon }) => !isWon) ? 'chargeback' : 'refund';
  const following: Following[] = [];
  let rest = change;
  const bookings = [...charge.bookings].reverse().map((booking) => {
    const amount = Math.min(rest, booking.price - booking.refunded);
    if (amount === 0) return booking;
    rest -= amount;
    const after = { ...booking, refunded: booking.refunded + amount };
    following.push(refund(checkout, charge, { booking: after, amount, reason }));
    return after;
  });
  return { charge: { ...charge, bookings: bookings.reverse() }, following };
}

type Part = { readonly booking: Booking; readonly amount: number; readonly reason: string };

function refund({ userId, currency, ruleSet }: Checkout, { provider, ref }: Charge, part: Part): Following {
  const { booking, amount, reason } = part;
  const { transactionId } = booking;
  // Each refund of a booking has another sum behind it, and so another name.
  const referenceId = `${ref.slice(-40)}/${booking.refunded}`;
  const event = { type: 'refund', accountId: userId, asset: currency, amount, transactionId };
  return {
    topic: 'payment_transactions',
    key: userId,
    event: { ...event, currency, provider, reason, referenceId, ruleSet },
  };
}

/** A dispute was won: what it took is bought again, in whole units. */
function reinstated(buying: Buying, charge: Charge, price: number): Told {
  const { checkout } = buying;
  const first = charge.bookings[0] as Booking;
  const isPlan = rulesOf(checkout.ruleSet)?.products[checkout.product]?.kind === 'plan';
  const amount = isPlan ? 1 : Number((BigInt(first.amount) * BigInt(price)) / BigInt(first.price));
  const transactionId = `${first.transactionId}_${charge.bookings.length}`;
  const booking = { transactionId, amount, price, refunded: 0 };
  return {
    charge: { ...charge, bookings: [...charge.bookings, booking] },
    following: amount === 0 ? [] : [purchase(buying, charge, booking)],
  };
}
