// The ledger as a reading: what a partition keeps of the fold's books, and what must stand in the log about each record.
import type { PaymentTransaction } from '../../../schemas/generated.ts';
import { booksIn, type Entry, entriesIn, firstLink, judge, linked } from './money.ts';
import type { Account, Posting } from './money-account.ts';
import { memosOf } from './money-memos.ts';
import { sumOf } from './money-sums.ts';
import type { Kept, Place, Reading } from './record.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The last link that was seen of each partition's chain. */
const heads = new WeakMap<Kept, string>();

export const ledgerReading: Reading<PaymentTransaction> = {
  processor: 'ledger',
  topic: 'payment_transactions',
  arrivesFirst: false,
  take(kept, event, place) {
    const books = booksIn(kept);
    const entry = judge(books, event, place);
    entriesIn(kept).push(entry);
    const account = books.accounts.get(event.accountId);
    if (!account) return;
    for (const wrong of wrongsOf(account, entry)) kept.complaints.push(`offset ${place.offset}: ${wrong}`);
    kept.states.set(event.accountId, stateOf(account));
    keepTimers(kept, event.accountId, account);
    keepUnlocks(kept, event);
    keepSwiped(kept, event);
    if (account.boostUntil > 0) kept.score('boosted', event.accountId, account.boostUntil);
  },
  derive(event, place, kept) {
    const entry = entriesIn(kept).at(-1);
    if (!entry) return [];
    const said = (found: Fields) => isEntry(kept, place, { found, entry, event });
    const about = { topic: 'ledger_entries', key: event.accountId, event: {}, isSame: said };
    const following = (entry.verdict?.following ?? []).map((one) => ({
      ...one,
      isSame: (found: Fields) => Object.entries(one.event).every(([name, must]) => isEqual(found[name], must)),
    }));
    return [about, ...following];
  },
  memos: (kept) => (entriesIn(kept).length === 0 ? new Map() : memosOf(booksIn(kept), chainHead(kept))),
};

/** What no entry may do, whatever the price list says. */
function wrongsOf({ balances }: Account, { postings }: Entry): string[] {
  const wrongs = [...sumOf(postings)].filter(([, sum]) => sum !== 0n).map(([asset]) => `${asset} does not add up`);
  for (const [name, balance] of balances)
    if (/debt:/.test(name) ? balance > 0n : balance < 0n) wrongs.push(`${name} is ${balance}`);
  return wrongs;
}

const texts = (amounts: ReadonlyMap<string, bigint>) =>
  Object.fromEntries(
    [...amounts].filter(([, amount]) => amount !== 0n).map(([name, amount]) => [name, String(amount)]),
  );

function stateOf(account: Account): Fields {
  const holds = [...account.holds].map(([id, held]) => [id, { ...held, amount: String(held.amount) }] as const);
  return {
    balances: texts(account.balances),
    earned: texts(account.earned),
    plan: account.plan === null ? null : { ...account.plan },
    subscriptions: Object.fromEntries([...account.subscriptions].map(([creator, one]) => [creator, { ...one }])),
    holds: Object.fromEntries(holds),
    swipes: account.swipes === null ? null : { ...account.swipes },
    boostUntil: account.boostUntil,
    timers: Object.fromEntries(account.timers),
    entries: account.entries,
    firstAt: account.firstAt,
    lastAt: account.lastAt,
    lastOffset: account.lastOffset,
  };
}

function keepTimers(kept: Kept, accountId: string, { timers }: Account): void {
  const board = kept.boards.get('timers') ?? new Map<string, number>();
  for (const member of [...board.keys()]) if (member.startsWith(`${accountId} `)) board.delete(member);
  for (const [id, due] of timers) board.set(`${accountId} ${id}`, due);
  kept.boards.set('timers', board);
}

/** Item → the transaction that opened it; what was taken back is gone. */
function keepUnlocks(kept: Kept, { type, accountId }: PaymentTransaction): void {
  if (type !== 'unlock' && type !== 'reversal') return;
  const mine = [...booksIn(kept).unlocked].filter(([name]) => name.startsWith(`${accountId} `));
  const fields = mine.map(([name, id]) => [name.slice(accountId.length + 1), id] as const);
  kept.hashes.set(`unlocks:${accountId}`, new Map(fields));
}

/** Whom somebody has swiped; what was given back is gone. */
function keepSwiped(kept: Kept, { type, accountId }: PaymentTransaction): void {
  if (type !== 'swipe' && type !== 'swipe_undone') return;
  const mine = [...booksIn(kept).swiped].filter(([name]) => name.startsWith(`${accountId} `));
  const fields = mine.map(([name, { direction, until, transactionId }]) => {
    return [name.slice(accountId.length + 1), JSON.stringify({ direction, until, transactionId })] as const;
  });
  kept.hashes.set(`swiped:${accountId}`, new Map(fields));
}

/** Ends of the chains, once the log has been compared. */
const chainHead = (kept: Kept): string => heads.get(kept) ?? firstLink;

type Judged = { readonly found: Fields; readonly entry: Entry; readonly event: PaymentTransaction };

function isEntry(kept: Kept, { key, partition, offset, record }: Place, { found, entry, event }: Judged): boolean {
  const { verdict, postings, balances, ...said } = entry;
  const asked = event as unknown as Fields;
  const about: Fields = {
    ...Object.fromEntries(['giftType', 'quantity', 'videoId', 'battleId'].map((name) => [name, asked[name] ?? null])),
    gross: event.type === 'credit' ? event.gross : null,
    originalAt: verdict?.originalAt ?? null,
    ...(verdict?.stream === undefined || entry.outcome !== 'accepted' ? {} : { stream: verdict.stream }),
    ...(verdict?.asset === undefined || entry.outcome !== 'accepted' ? {} : { asset: verdict.asset }),
    ...(verdict?.amount === undefined || entry.outcome !== 'accepted' ? {} : { amount: Number(verdict.amount) }),
  };
  const { reason, outcome } = entry;
  const link = { reason, outcome, postings: String(found.postings) };
  const previous = chainHead(kept);
  const hash = linked(previous, { key, partition, offset, time: 0, id: '', digest: '', ...record }, link);
  const wrong = [
    ...Object.entries({ ...said, ...about, previousHash: previous, hash }).flatMap(([name, must]) =>
      isEqual(found[name], must) ? [] : [`${name} is ${found[name]}, not ${must}`],
    ),
    ...(isSamePostings(found.postings, postings) ? [] : [`postings are ${found.postings}, not ${written(postings)}`]),
    ...(isSamePostings(found.balances, balances) ? [] : [`balances are ${found.balances}, not ${written(balances)}`]),
  ];
  if (wrong.length > 0) kept.complaints.push(`entry of offset ${offset} (${entry.kind}): ${wrong.join('; ')}`);
  heads.set(kept, String(found.hash));
  return wrong.length === 0;
}

const isEqual = (found: unknown, must: unknown): boolean => {
  if (must instanceof Uint8Array || found instanceof Uint8Array)
    return Buffer.compare(Buffer.from((found ?? '') as string), Buffer.from((must ?? '') as string)) === 0;
  return (found ?? null) === (must ?? null);
};

const written = (postings: readonly Posting[]) => postings.map((one) => one.join(' ')).join(', ');

/** The same accounts by the same amounts, in whatever order. */
function isSamePostings(text: unknown, must: readonly Posting[]): boolean {
  const found = (JSON.parse(String(text)) as string[][]).map((one) => one.join(' ')).sort();
  return (
    found.join(', ') ===
    must
      .map((one) => one.join(' '))
      .sort()
      .join(', ')
  );
}
