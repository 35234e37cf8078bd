// Accounts for every coin: the independent fold against states, rows and the API, now and at positions of the past, and the clients' answers.

import { partitionOf } from '../../infra/kafka.ts';
import { seeded } from '../../producers/simulate/random.ts';
import type { PaymentTransaction } from '../../schemas/generated.ts';
import { topics } from '../../schemas/topics.ts';
import { compareAll } from './compare.ts';
import { booksIn, entriesIn, judge } from './independent-fold/money.ts';
import { type Account, Books } from './independent-fold/money-account.ts';
import { sumsOf } from './independent-fold/money-sums.ts';
import type { Kept, RawRecord } from './independent-fold/record.ts';
import type { Settled } from './money-client.ts';
import { creatorOf, type MoneyPlan, payerOf } from './money-plan.ts';
import { renewalOf, subscribers } from './money-renewals.ts';
import type { Platform } from './platform.ts';
import { readTopic } from './raw-log.ts';

export type Checked = { readonly failures: string[]; readonly lines: string[] };
type Wallet = {
  readonly coins: number;
  readonly credits: number;
  readonly held: Readonly<Record<string, number>>;
  readonly earnings: Readonly<Record<string, number>>;
};

export async function checkMoney(platform: Platform, plan: MoneyPlan, settled: readonly Settled[]): Promise<Checked> {
  const { log, redis, rows, differences: differing } = await compareAll(platform);
  const kept = log.expected.filter(({ processor }) => processor === 'ledger').map((one) => one.kept);
  const failures = [...differing];
  failures.push(...answersNotInLog(kept, settled), ...renewedOtherwise(kept, plan));
  const then = await comparePositions(platform, plan);
  const now = await compareWallets(platform, plan, kept);
  failures.push(...then.failures, ...now.failures);
  const entries = kept.reduce((sum, one) => sum + entriesIn(one).length, 0);
  return {
    failures,
    lines: [
      `${entries} entries of ${kept.length} partitions: at every position all sums are zero and nothing is overdrawn: ${then.sumsAreZero}`,
      `compared ${redis.counts.keys} keys of Redis (${redis.counts.states} states, ${redis.counts.memos} memos), ${rows.counts.rows} rows, ${now.compared} wallets now, ${then.compared} at random positions: ${failures.length} differences`,
    ],
  };
}

const textOf = (amount: bigint | undefined) => Number(amount ?? 0n);

function differences(name: string, found: Wallet, account: Account | undefined): string[] {
  const of = (kind: string) => textOf(account?.balances.get(kind));
  const must = {
    coins: of('user:COIN'),
    credits: of('user:CREDIT'),
    'earnings of coins': of('creator:COIN'),
    'earnings of credits': of('creator:CREDIT'),
    'held coins': of('held:COIN'),
  };
  const is: Record<string, number> = {
    coins: found.coins,
    credits: found.credits,
    'earnings of coins': found.earnings?.COIN ?? 0,
    'earnings of credits': found.earnings?.CREDIT ?? 0,
    'held coins': found.held?.COIN ?? 0,
  };
  return Object.entries(must).flatMap(([what, amount]) =>
    is[what] === amount ? [] : [`${name}: ${what} ${is[what]}, not ${amount}`],
  );
}

async function walletOf(platform: Platform, accountId: string, asOf = ''): Promise<Wallet> {
  const response = await fetch(`${platform.config.api.url}/api/wallets/${accountId}${asOf}`);
  if (response.status !== 200) throw new Error(`${accountId}${asOf}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Wallet;
}

/** Everybody's wallet as the API tells it. */
async function compareWallets(platform: Platform, plan: MoneyPlan, kept: readonly Kept[]) {
  const names = [
    ...Array.from({ length: plan.accounts }, (_, n) => payerOf(n)),
    ...Array.from({ length: plan.creators }, (_, n) => creatorOf(n)),
  ];
  const failures: string[] = [];
  for (const name of names) {
    const account = kept.map((one) => booksIn(one).accounts.get(name)).find((one) => one !== undefined);
    failures.push(...differences(name, await walletOf(platform, name), account));
  }
  return { failures, compared: names.length };
}

/** Folds the log once more, position by position: sums and overdrafts at each, wallets by the API at some. */
async function comparePositions(platform: Platform, { seed, positions }: MoneyPlan) {
  const partitions = await readTopic<PaymentTransaction>(platform, 'payment_transactions');
  const random = seeded(seed + 12);
  const filled = partitions.filter((records) => records.length > 0);
  const chosen = new Map<string, true>();
  while (chosen.size < Math.min(positions, filled.flat().length)) {
    const records = random.pick(filled);
    const record = random.pick(records);
    chosen.set(`${record.partition}:${record.offset}`, true);
  }
  const wrongs: string[] = [];
  const failures: string[] = [];
  for (const records of filled) {
    const books = new Books();
    for (const record of records) {
      foldOne(books, record);
      const wrong = wrongIn(books, record);
      if (wrong.length > 0) wrongs.push(`at ${record.partition}:${record.offset}: ${wrong.join(', ')}`);
      if (!chosen.has(`${record.partition}:${record.offset}`)) continue;
      const name = random.pick([...books.accounts.keys()]);
      const asOf = `?as_of=payment_transactions:${record.partition}:${record.offset}`;
      const found = await walletOf(platform, name, asOf).catch((error: Error) => error);
      if (found instanceof Error) failures.push(found.message);
      else failures.push(...differences(`${name}${asOf}`, found, books.accounts.get(name)));
    }
  }
  return { failures: [...wrongs, ...failures], compared: chosen.size, sumsAreZero: wrongs.length === 0 };
}

const folded = new WeakMap<Books, Set<string>>();

/** What a producer or a processor has appended twice counts once. */
function foldOne(books: Books, { content, partition, offset, time, origin }: RawRecord<PaymentTransaction>): void {
  if ('unreadable' in content) return;
  const seen = folded.get(books) ?? new Set<string>();
  folded.set(books, seen);
  if (origin !== null && seen.has(origin)) return;
  if (origin !== null) seen.add(origin);
  const { event } = content;
  const now = event.source === 'import' ? Math.min(event.occurredAt, time) : time;
  judge(books, event, { partition, offset, now });
}

function wrongIn(books: Books, { content }: RawRecord<PaymentTransaction>): string[] {
  if ('unreadable' in content) return ['unreadable'];
  const sums = [...sumsOf(books)].filter(([, sum]) => sum !== 0n).map(([asset, sum]) => `${asset} sums up to ${sum}`);
  const { balances } = books.accounts.get(content.event.accountId) ?? { balances: new Map<string, bigint>() };
  const overdrawn = [...balances].filter(([name, balance]) => !name.includes('debt') && balance < 0n);
  return [...sums, ...overdrawn.map(([name, balance]) => `${name} is ${balance}`)];
}

/** What a client was told must have been decided once, and just so. */
function answersNotInLog(kept: readonly Kept[], settled: readonly Settled[]): string[] {
  const decided = new Map<string, { id: string; outcome: string; amount: number }[]>();
  for (const entry of kept.flatMap(entriesIn)) {
    if (entry.idempotencyKey === null || (entry.outcome !== 'accepted' && entry.outcome !== 'refused')) continue;
    const amount = textOf(entry.verdict?.amount);
    const one = { id: entry.transactionId, outcome: entry.outcome, amount };
    decided.set(entry.idempotencyKey, [...(decided.get(entry.idempotencyKey) ?? []), one]);
  }
  return settled.flatMap(({ keyed: { key }, answers: [answer] }) => {
    const all = decided.get(key) ?? [];
    const [one] = all;
    if (all.length !== 1 || !one || !answer) return [`${key} was decided ${all.length} times`];
    const isSame =
      one.id === answer.transactionId &&
      (one.outcome === 'accepted') === (answer.status === 200) &&
      (answer.coins === null || answer.coins === one.amount);
    return isSame ? [] : [`${key}: answered ${JSON.stringify(answer)}, decided ${JSON.stringify(one)}`];
  });
}

/** Each that could be paid was paid once, whoever fired how often. */
function renewedOtherwise(kept: readonly Kept[], plan: MoneyPlan): string[] {
  return Array.from({ length: subscribers(plan) }, (_, n) => renewalOf(n, plan)).flatMap((must) => {
    const partition = partitionOf(must.accountId, topics.payment_transactions.partitions);
    const account = kept[partition] && booksIn(kept[partition]).accounts.get(must.accountId);
    const subscription = account?.subscriptions.get(must.creatorId);
    const credits = textOf(account?.balances.get('user:CREDIT'));
    const is = `${subscription?.status} with ${credits} credits`;
    return is === `${must.status} with ${must.credits} credits` ? [] : [`subscription of ${must.accountId} is ${is}`];
  });
}
