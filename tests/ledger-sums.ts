// A tiny ledger of coins, written apart from the real one: it knows only what each has (below zero: owes), has earned, and has set aside.
import type { Given } from './ledger-log.ts';

const dayMs = 86_400_000;
const share = (amount: number) => Math.ceil((amount * 55) / 100);
const giftPrices: Record<string, number> = { ROSE: 10 };

type Payment = {
  who: string;
  coins: number;
  price: number;
  refunded: number;
  taken: number;
  references: Set<string>;
  at: number;
};
type Spending = { who: string; to: string | null; coins: number; reversed: number; at: number };
/** Hours that a zone is ahead. Days are numbers here: so many since 1970. */
const zones: Record<string, number> = { UTC: 0, 'Etc/GMT-14': 14, 'Etc/GMT+11': -11 };
const cooldowns: Record<string, number> = { LEFT: 30, RIGHT: 90, SUPER_LIKE: 90 };

type Count = { zone: string; next: string | null; day: number; used: number };
type Swiped = { id: string; until: number; coins: number; day: number | null };
type Held = { coins: number; isPayout: boolean; due: number };

/** Every field that it looks at is both, as it trusts what the test appends. */
type Told = { readonly type: Given['type']; readonly accountId: string } & Record<
  'counterpartyId' | 'eventId' | 'giftType' | 'transactionId' | 'referenceId' | 'timerId' | 'direction' | 'timeZone',
  string
> &
  Record<'amount' | 'quantity' | 'price' | 'expiresAfterMs', number>;

/** Undefined: nothing that asked for an answer. */
type Answer = 'yes' | 'no' | undefined;

export class Sums {
  readonly wallets = new Map<string, number>();
  readonly earnings = new Map<string, number>();
  readonly arrived = new Map<string, number>();
  readonly holds = new Map<string, Map<string, Held>>();
  readonly counts = new Map<string, Count>();
  readonly #swiped = new Map<string, Swiped>();
  readonly #answered = new Map<string, number>();
  readonly #payments = new Map<string, Payment>();
  readonly #all: Spending[] = [];
  readonly #spendings = new Map<string, Spending>();
  #now = 0;

  append(given: Given, now: number): void {
    this.#now = now;
    const key = given.idempotencyKey ? `${given.accountId} ${given.idempotencyKey}` : null;
    if (key && now < (this.#answered.get(key) ?? 0)) return;
    const answer = this.#decide(given as never);
    if (key && answer) this.#answered.set(key, now + 30 * dayMs);
  }

  /** A credit or debit has arrived. */
  arrive(who: string, coins: number): void {
    add(this.earnings, who, coins);
    add(this.arrived, who, coins);
  }

  /** A later one of the same id hides the one before. */
  #remember(id: string, spending: Spending): void {
    this.#spendings.set(id, spending);
    this.#all.push(spending);
  }

  /** What must have arrived at each once all has: the shares of what was spent, less those of what was reversed. */
  sharesOfCreators(): Map<string, number> {
    const shares = new Map<string, number>();
    for (const { to, coins, reversed } of this.#all) if (to !== null) add(shares, to, share(coins) - share(reversed));
    return shares;
  }

  heldBy(who: string): number {
    return [...(this.holds.get(who)?.values() ?? [])].reduce((sum, { coins }) => sum + coins, 0);
  }

  #decide(given: Told): Answer {
    const { type, accountId: who, counterpartyId: to, amount, eventId } = given;
    switch (type) {
      case 'coin_purchase':
        return this.#buy(given);
      case 'refund':
        return this.#refund(given);
      case 'gift':
        if (given.giftType && (giftPrices[given.giftType] ?? 0) * given.quantity !== amount) return 'no';
        return this.#spend(who, to, amount, eventId);
      case 'tip':
        return this.#spend(who, to, amount, eventId);
      case 'boost':
        return amount === 200 ? this.#spend(who, null, amount, eventId) : 'no';
      case 'swipe':
        return this.#swipe(given);
      case 'swipe_undone':
        return this.#undo(given);
      case 'time_zone':
        return this.#move(given);
      case 'reversal':
        return this.#reverse(given);
      case 'hold':
      case 'payout':
        return this.#hold(given);
      default:
        return this.#settle(given);
    }
  }

  #buy({ accountId: who, transactionId, amount: coins, price }: Told): Answer {
    const known = this.#payments.get(`${who} ${transactionId}`);
    if ((known && this.#now < known.at + 570 * dayMs) || coins <= 0) return undefined;
    add(this.wallets, who, coins);
    const payment = { who, coins, price, refunded: 0, taken: 0, references: new Set<string>(), at: this.#now };
    this.#payments.set(`${who} ${transactionId}`, payment);
    return undefined;
  }

  #refund({ accountId: who, transactionId, amount, referenceId }: Told): Answer {
    const payment = this.#payments.get(`${who} ${transactionId}`);
    if (!payment || this.#now >= payment.at + 540 * dayMs || payment.references.has(referenceId)) return undefined;
    if (amount <= 0 || payment.refunded + amount > payment.price) return undefined;
    payment.refunded += amount;
    payment.references.add(referenceId);
    const taken = Math.ceil((payment.coins * payment.refunded) / payment.price);
    add(this.wallets, who, payment.taken - taken);
    payment.taken = taken;
    return undefined;
  }

  #spend(who: string, to: string | null, coins: number, id: string): Answer {
    if (who === to || coins <= 0 || (this.wallets.get(who) ?? 0) < coins) return 'no';
    add(this.wallets, who, -coins);
    this.#remember(id, { who, to, coins, reversed: 0, at: this.#now });
    return 'yes';
  }

  #dayIn(zone: string): number {
    return Math.floor((this.#now + (zones[zone] as number) * 3_600_000) / dayMs);
  }

  #countOf(who: string): Count {
    return this.counts.get(who) ?? { zone: 'UTC', next: null, day: -1, used: 0 };
  }

  #swipe({ accountId: who, counterpartyId: to, direction, eventId: id }: Told): Answer {
    const key = `${who} ${to}`;
    if (who === to || this.#now < (this.#swiped.get(key)?.until ?? 0)) return 'no';
    const count = { ...this.#countOf(who) };
    if (count.next !== null && this.#dayIn(count.zone) > count.day)
      Object.assign(count, { zone: count.next, next: null });
    if (this.#dayIn(count.zone) > count.day) Object.assign(count, { day: this.#dayIn(count.zone), used: 0 });
    const isFree = direction !== 'SUPER_LIKE' && count.used < 5;
    const coins = isFree ? 0 : direction === 'SUPER_LIKE' ? 50 : 10;
    // What is free is free of those, too, who owe coins after a refund.
    if (coins > 0 && (this.wallets.get(who) ?? 0) < coins) return 'no';
    add(this.wallets, who, -coins);
    this.counts.set(who, { ...count, used: count.used + (isFree ? 1 : 0) });
    const until = this.#now + (cooldowns[direction] as number) * dayMs;
    this.#swiped.set(key, { id, until, coins, day: isFree ? count.day : null });
    return 'yes';
  }

  /** Nothing is free a second time: a day that is over is not given back. */
  #undo({ accountId: who, counterpartyId: to, transactionId: id }: Told): Answer {
    const swiped = this.#swiped.get(`${who} ${to}`);
    if (swiped?.id !== id || this.#now >= swiped.until) return undefined;
    this.#swiped.delete(`${who} ${to}`);
    add(this.wallets, who, swiped.coins);
    const count = this.counts.get(who);
    if (count && count.day === swiped.day) count.used -= 1;
    return undefined;
  }

  #move({ accountId: who, timeZone }: Told): Answer {
    const count = this.#countOf(who);
    this.counts.set(who, { ...count, next: timeZone === count.zone ? null : timeZone });
    return undefined;
  }

  #reverse({ accountId: who, transactionId, amount }: Told): Answer {
    const spending = this.#spendings.get(transactionId);
    if (spending?.who !== who || this.#now >= spending.at + 540 * dayMs) return 'no';
    const remaining = spending.coins - spending.reversed;
    const part = amount ?? remaining;
    if (part <= 0 || part > remaining) return 'no';
    spending.reversed += part;
    add(this.wallets, who, part);
    return 'yes';
  }

  #hold({ type, accountId: who, transactionId, eventId, amount: coins, expiresAfterMs }: Told): Answer {
    const isPayout = type === 'payout';
    const mine = this.holds.get(who) ?? new Map<string, Held>();
    this.holds.set(who, mine);
    const captured = this.#spendings.get(transactionId);
    const isCaptured = captured?.who === who && this.#now < captured.at + 570 * dayMs;
    if (!isPayout && (mine.has(transactionId) || isCaptured)) return undefined;
    if (isPayout && mine.has(eventId)) return undefined;
    const from = isPayout ? this.earnings : this.wallets;
    if (coins < (isPayout ? 1_000 : 1) || (from.get(who) ?? 0) < coins) return 'no';
    add(from, who, -coins);
    mine.set(isPayout ? eventId : transactionId, { coins, isPayout, due: this.#now + (expiresAfterMs ?? Number.NaN) });
    return 'yes';
  }

  #settle({ type, accountId: who, transactionId, counterpartyId: to, timerId }: Told): Answer {
    const isTimer = type === 'timer_fired';
    const id = isTimer ? timerId.slice('hold:'.length) : transactionId;
    const held = this.holds.get(who)?.get(id);
    if (!held || held.isPayout !== type.startsWith('payout') || (isTimer && this.#now < held.due)) return undefined;
    if (type === 'hold_capture' && to === who) return undefined;
    this.holds.get(who)?.delete(id);
    if (type === 'payout_failed') add(this.earnings, who, held.coins);
    if (type === 'hold_release' || isTimer) add(this.wallets, who, held.coins);
    if (type === 'hold_capture') this.#remember(id, { who, to, coins: held.coins, reversed: 0, at: this.#now });
    return undefined;
  }
}

const add = (sums: Map<string, number>, who: string, coins: number) => sums.set(who, (sums.get(who) ?? 0) + coins);
