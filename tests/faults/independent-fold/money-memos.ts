// What a partition of the ledger must keep beside its accounts: answers to requests, what can be taken back, what was booked and unlocked.
import type { Books } from './money-account.ts';
import { keysKeptMs, rememberedMs, reversibleMs } from './money-prices.ts';
import type { Memo } from './record.ts';

const text = (amount: bigint | null) => (amount === null ? null : String(amount));

export function memosOf(books: Books, hash: string): Map<string, Memo> {
  const memos = new Map<string, Memo>();
  const accounts = Object.fromEntries([...books.shared].map(([name, balance]) => [name, String(balance)]));
  memos.set('partition', { value: { hash, entries: books.entries, accounts }, until: null });
  for (const [name, { fingerprint, answer, appendedAt }] of books.answers) {
    const until = appendedAt + keysKeptMs;
    memos.set(`request:${name.replace(' ', ':')}`, { value: { fingerprint, outcome: answer, until }, until });
  }
  for (const [name, { payer, payee, kind, asset, amount, stream, item, reversed, appendedAt }] of books.spent) {
    const value = { accountId: payer, kind, counterpartyId: payee, asset, stream, item };
    const sums = { amount: text(amount), reversed: text(reversed) };
    memos.set(`transaction:${name.replace(' ', ':')}`, {
      value: { ...value, ...sums },
      until: appendedAt + rememberedMs,
    });
  }
  for (const [id, paid] of books.paid) {
    const { account: accountId, provider, asset, amount, refunded, taken, currency, references, appendedAt } = paid;
    const sums = { amount: text(amount), refunded: text(refunded), taken: text(taken) };
    const value = { accountId, provider, currency, asset, ...sums, references: [...references] };
    memos.set(`payment:${id}`, { value, until: appendedAt + rememberedMs });
  }
  for (const name of books.unlocked.keys()) memos.set(`unlock:${name.replace(' ', ':')}`, { value: {}, until: null });
  for (const [name, { coins, ...swiped }] of books.swiped)
    memos.set(`swiped:${name.replace(' ', ':')}`, { value: { ...swiped, paid: text(coins) }, until: swiped.until });
  for (const [id, { appendedAt }] of books.ads) memos.set(`ad:${id}`, { value: {}, until: appendedAt + reversibleMs });
  return memos;
}
