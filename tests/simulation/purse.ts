// A ledger of accounts: gifts are credited in the payee's partition, holds are released by a timer, once and not before it is due.
import type { RowTable } from '../../processors/runtime/processor.ts';
import type { Domain, Envelope, Trouble } from './tables.ts';

export type PurseEvent = Envelope & { readonly account: string } & (
    | { readonly kind: 'bought'; readonly coins: number; readonly name: string | null }
    | { readonly kind: 'gift'; readonly coins: number; readonly payee: string; readonly troubleAfter: Trouble }
    | { readonly kind: 'hold'; readonly coins: number }
    | { readonly kind: 'fired'; readonly timer: string }
    | { readonly kind: 'credited'; readonly coins: number }
  );

export type Timer = { readonly due: number; readonly coins: number };

/** Every position of an account; they and what was bought add up to zero. */
export type Purse = {
  readonly bought: number;
  readonly balance: number;
  readonly held: number;
  readonly revenue: number;
  readonly inTransit: number;
  readonly timers: Readonly<Record<string, Timer>>;
  /** Released holds: timer → due and when. */
  readonly released: Readonly<Record<string, { readonly due: number; readonly at: number }>>;
  readonly outcomes: Readonly<Record<string, 'done' | 'refused'>>;
  readonly name: string | null;
  /** How often an event came within `heldMs` of the account's one before, and the partition's digest after the last: both by memos. */
  readonly close: number;
  readonly digest: number;
};

/** Memos that may be forgotten. */
export const passing = 'last:';
type Last = { readonly at: number };

const heldMs = 30;
const balances: RowTable = {
  name: 'balances',
  partitionKey: ['account'],
  clustering: [],
  columns: { account: 'text', balance: 'bigint', held: 'bigint' },
};

export const shareOf = (coins: number): number => Math.ceil((coins * 55) / 100);

function decided(purse: Purse, { eventId, coins }: { eventId: string; coins: number }): Purse {
  const outcome = purse.balance >= coins ? 'done' : 'refused';
  return { ...purse, outcomes: { ...purse.outcomes, [eventId]: outcome } };
}

const accepted = ({ outcomes }: Purse, eventId: string): boolean => outcomes[eventId] === 'done';

export const purse: Domain<Purse, PurseEvent> = {
  input: 'live_battles',
  control: 'trending_control',
  emitsTo: ['live_battles'],
  firstHop: true,
  initialState: () => ({
    bought: 0,
    balance: 0,
    held: 0,
    revenue: 0,
    inTransit: 0,
    timers: {},
    released: {},
    outcomes: {},
    name: null,
    close: 0,
    digest: 0,
  }),
  memos: ({ account }) => ['partition', passing + account],
  evolve: (purse, event, { now, offset }, { memo }) => {
    const last = memo(passing + event.account) as Last | null;
    const close = purse.close + (last && now < last.at + heldMs ? 1 : 0);
    const digest = (Number(memo('partition') ?? 0) * 31 + offset) % 1_000_003;
    const before = { ...purse, close, digest };
    switch (event.kind) {
      case 'bought': {
        const { coins, name } = event;
        return { ...before, bought: before.bought + coins, balance: before.balance + coins, name };
      }
      case 'gift': {
        const after = decided(before, event);
        if (!accepted(after, event.eventId)) return after;
        const share = shareOf(event.coins);
        const { balance, revenue, inTransit } = after;
        return {
          ...after,
          balance: balance - event.coins,
          revenue: revenue + event.coins - share,
          inTransit: inTransit + share,
        };
      }
      case 'hold': {
        const { eventId, coins } = event;
        const after = decided(before, event);
        if (!accepted(after, eventId)) return after;
        const timers = { ...after.timers, [`timer-${eventId}`]: { due: now + heldMs, coins } };
        return { ...after, balance: after.balance - coins, held: after.held + coins, timers };
      }
      case 'fired': {
        const { [event.timer]: timer, ...timers } = before.timers;
        if (!timer || now < timer.due) return before;
        const { due, coins } = timer;
        const released = { ...before.released, [event.timer]: { due, at: now } };
        return { ...before, balance: before.balance + coins, held: before.held - coins, timers, released };
      }
      case 'credited':
        return { ...before, inTransit: before.inTransit - event.coins, balance: before.balance + event.coins };
      default:
        return event satisfies never;
    }
  },
  writes: ({ balance, held, digest }, { account }, { now }) => [
    { kind: 'row', table: balances, row: { account, balance, held } },
    { kind: 'memo', key: 'partition', value: digest, until: null },
    { kind: 'memo', key: passing + account, value: { at: now } satisfies Last, until: now + heldMs },
  ],
  emits: (after, event) => {
    if (event.kind !== 'gift' || !accepted(after, event.eventId)) return [];
    const { payee, coins, schema, troubleAfter } = event;
    const credited = { kind: 'credited', account: payee, coins: shareOf(coins), schema, trouble: troubleAfter };
    return [{ topic: 'live_battles', key: payee, event: credited }];
  },
};
