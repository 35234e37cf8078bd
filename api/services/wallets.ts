// Wallets: balances now or as of a time or place, statements, earnings, subscriptions, and what a request came to.
import { stringify } from 'csv-stringify/sync';
import type { StatementCursor, StatementEntry } from '../../projections/statements.ts';
import { parseToken, type Token } from '../../projections/visibility.ts';
import { type KeptAccount, walletPartition } from '../../projections/wallets.ts';
import { assets } from '../../schemas/money.ts';
import { decodeCursor, encodeCursor, wrongCursor } from '../cursors.ts';
import type { Fields } from '../names.ts';
import type { Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { Reply } from '../reply.ts';
import { notInLog } from '../route.ts';
import { timeOf, tokenOf } from './money-answers.ts';

export type GetWallet = { readonly user_id: string; readonly as_of?: string };
export type GetStatement = {
  readonly user_id: string;
  readonly limit: number;
  readonly cursor?: string;
  readonly format: 'json' | 'csv';
};

type Balances = KeptAccount['balances'];
const whole = (balances: Balances, account: string): number => Number(balances[account] ?? 0);

export async function getWallet(services: Services, { user_id: userId, as_of: asOf }: GetWallet) {
  if (asOf !== undefined) return walletThen(services, userId, asOf);
  const account = await services.wallets.account(userId);
  const at = account && account.lastOffset >= 0 ? { offset: account.lastOffset, time: account.lastAt } : null;
  return walletOf(userId, account?.balances ?? {}, at);
}

/** @param at the last record that is in the balances, null where there is none */
export function walletOf(userId: string, balances: Balances, at: { offset: number; time: number } | null) {
  return {
    user_id: userId,
    coins: whole(balances, 'user:COIN'),
    credits: whole(balances, 'user:CREDIT'),
    held: byAsset(balances, 'held'),
    debts: byAsset(balances, 'debt'),
    earnings: byAsset(balances, 'creator'),
    earnings_debts: byAsset(balances, 'creator_debt'),
    as_of: at && tokenOf({ partition: walletPartition(userId), offset: at.offset }),
    as_of_time: at && timeOf(at.time),
  };
}

/** Coins, credits and cents; only what there is. */
function byAsset(balances: Balances, pocket: string) {
  const there = assets.filter((asset) => whole(balances, `${pocket}:${asset}`) !== 0);
  return Object.fromEntries(there.map((asset) => [asset, whole(balances, `${pocket}:${asset}`)]));
}

async function walletThen(services: Services, userId: string, text: string) {
  const asked = await momentOf(services, userId, text);
  if (asked instanceof Refusal) return asked;
  const then = await services.statements.asOf(userId, asked);
  return walletOf(userId, then.balances, then.position);
}

const expected = 'an ISO 8601 time, or a position payment_transactions:PARTITION:OFFSET';

async function momentOf(services: Services, userId: string, text: string) {
  const token = parseToken(text);
  if (!token) {
    const time = timeIn(text);
    if (time === null) return new Refusal('invalid_field', `as_of must be ${expected}`, { field: 'as_of' });
    return (await stated(services, userId)) ?? { time };
  }
  const partition = walletPartition(userId);
  if (token.topic !== 'payment_transactions' || token.partition !== partition) {
    const detail = `positions of this account are payment_transactions:${partition}:OFFSET`;
    return new Refusal('invalid_field', detail, { field: 'as_of' });
  }
  return (await inStatement(services, token, text)) ?? { offset: token.offset };
}

/** The 30th of February is no day, whatever it is taken for. */
function timeIn(text: string): number | null {
  const day = /^(\d{4}-\d\d-\d\d)(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.exec(text)?.[1];
  if (day === undefined || Number.isNaN(Date.parse(day)) || new Date(day).toISOString().slice(0, 10) !== day)
    return null;
  const time = Date.parse(text);
  return Number.isFinite(time) ? time : null;
}

/** What the ledger has decided for this person is in the statement, or a refusal. */
async function stated(services: Services, userId: string): Promise<Refusal | null> {
  const account = await services.wallets.account(userId);
  if (!account || account.lastOffset < 0) return null;
  const place = {
    topic: 'payment_transactions',
    partition: walletPartition(userId),
    offset: account.lastOffset,
  } as const;
  return inStatement(services, place, 'what was decided last');
}

async function inStatement(services: Services, place: Token, what: string): Promise<Refusal | null> {
  const verdict = await services.visibility.wait(place, ['statements']);
  if (verdict === 'visible') return null;
  if (verdict === 'not_in_log') return notInLog('as_of', what);
  return new Refusal(verdict === 'not_yet_visible' ? verdict : 'overloaded', `${what} is not in the statement yet`);
}

const csvColumns = [
  'time',
  'token',
  'kind',
  'outcome',
  'reason',
  'asset',
  'amount',
  'gross',
  'counterparty_id',
  'transaction_id',
  'original_id',
  'postings',
  'balances',
  'hash',
] as const;

export async function getStatement(services: Services, { user_id: accountId, limit, cursor, format }: GetStatement) {
  const of = { list: 'statement', id: accountId } as const;
  const after = cursor === undefined ? undefined : decodeCursor(of, cursor, isPlace);
  if (after === null) return wrongCursor();
  const { entries: lines, next } = await services.statements.page({ accountId, limit, ...(after && { after }) });
  const next_cursor = next && encodeCursor(of, next);
  const entries = lines.map((line) => lineOf(accountId, line));
  if (format === 'json') return { user_id: accountId, entries, next_cursor };
  const rows = entries.map((line) => ({
    ...line,
    postings: JSON.stringify(line.postings),
    balances: JSON.stringify(line.balances),
  }));
  const headers = next_cursor === null ? undefined : { 'x-next-cursor': next_cursor };
  const details = { type: 'text/csv; charset=utf-8', ...(headers && { headers }) };
  return new Reply(csvOf(rows), details);
}

/** A spreadsheet must not take a name that begins with = + - @ for a formula. */
export const csvOf = (rows: readonly object[]): string =>
  stringify([...rows], { header: true, columns: [...csvColumns], escape_formulas: true });

function lineOf(accountId: string, line: StatementEntry) {
  return {
    time: timeOf(line.time),
    token: tokenOf(line),
    kind: line.kind,
    outcome: line.outcome,
    reason: line.reason,
    asset: line.asset,
    amount: line.amount === null ? null : Number(line.amount),
    gross: line.gross === null ? null : Number(line.gross),
    counterparty_id: line.counterpartyId,
    transaction_id: line.transactionId,
    original_id: line.originalId,
    postings: line.postings.map(([account, asset, amount]) => ({ account, asset, amount: Number(amount) })),
    balances: Object.entries(line.balances).map(([account, amount]) => balanceOf(accountId, account, amount)),
    hash: line.hash,
  };
}

/** A person's accounts are named by pocket and asset in their state, and by pocket and person in postings. */
function balanceOf(accountId: string, account: string, amount: string) {
  const [pocket, asset] = account.split(':');
  return { account: `${pocket}:${accountId}`, asset, amount: Number(amount) };
}

function isPlace(value: Fields): value is Fields & StatementCursor {
  const { time, offset } = value;
  return Number.isSafeInteger(offset) && Number.isInteger(time) && Math.abs(time as number) <= 8.64e15;
}

export async function getEarnings(services: Services, { id }: { readonly id: string }) {
  const account = await services.wallets.account(id);
  const { available, owed, held } = {
    available: byAsset(account?.balances ?? {}, 'creator'),
    owed: byAsset(account?.balances ?? {}, 'creator_debt'),
    held: byAsset(account?.balances ?? {}, 'held'),
  };
  const streams = Object.entries(account?.earned ?? {}).map(([name, earned]) => {
    const [stream, asset] = name.split(':');
    return { stream, asset, earned: Number(earned) };
  });
  return { creator_id: id, streams, available, held, debts: owed };
}

const unlocksMax = 1_000;

/** What somebody may see and use, and until when. */
export async function getSubscriptions(services: Services, { user_id: userId }: { readonly user_id: string }) {
  const [account, unlocks] = await Promise.all([
    services.wallets.account(userId),
    services.wallets.unlocks(userId, unlocksMax),
  ]);
  const { plan, subscriptions } = account ?? { plan: null, subscriptions: {} };
  return {
    user_id: userId,
    plan: plan && { name: plan.name, product: plan.product, until: timeOf(plan.until), cancelled: plan.cancelled },
    subscriptions: Object.entries(subscriptions).map(([creatorId, held]) => ({
      creator_id: creatorId,
      subscription_id: held.id,
      tier: held.tier,
      next_tier: held.nextTier,
      since: timeOf(held.since),
      renews_at: timeOf(held.renewsAt),
      status: held.status,
      cancelled: held.cancelled,
    })),
    unlocks: unlocks.map(([item, transactionId]) => ({ item, transaction_id: transactionId })),
  };
}

export type GetRequest = { readonly account_id: string; readonly idempotency_key: string };

/** What a request came to, under its idempotency key. */
export async function getRequest(services: Services, { account_id: accountId, idempotency_key: key }: GetRequest) {
  const memo = await services.wallets.request(accountId, key);
  const none = 'nothing is decided under this key; a repeat of the request with it finds out';
  if (!memo) return new Refusal('not_found', none, { field: 'idempotency_key' });
  const { outcome } = memo;
  return {
    account_id: accountId,
    idempotency_key: key,
    success: outcome.accepted,
    reason: outcome.reason,
    kind: outcome.kind,
    transaction_id: outcome.transactionId,
    asset: outcome.asset,
    amount: outcome.amount === null ? null : Number(outcome.amount),
    creator_share: outcome.creatorShare === null ? null : Number(outcome.creatorShare),
    platform_share: outcome.platformShare === null ? null : Number(outcome.platformShare),
    coins: Number(outcome.balance.coins),
    credits: Number(outcome.balance.credits),
    decided_at: timeOf(outcome.at),
    token: tokenOf(outcome),
  };
}
