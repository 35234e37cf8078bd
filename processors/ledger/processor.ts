// payment_transactions → the ledger: accounts, holds, subscriptions and answers in Redis; ledger_entries, credits and debits, payment_intents; swipes and unlocks for their pairs.
import type { PaymentTransaction } from '../../schemas/generated.ts';
import { currentRuleSet } from '../../schemas/money.ts';
import type { Emission, Processor, Write } from '../runtime/processor.ts';
import { type Account, evolve, initialState, memosOf } from './domain.ts';
import type { Decision } from './domain-account.ts';
import type { Fields } from './domain-draft.ts';
import {
  boostedBoard,
  requestMemoPrefix,
  swipedHash,
  timerMember,
  timersBoard,
  unlocksHash,
} from './domain-outcomes.ts';

export const ledger: Processor<Account, PaymentTransaction> = {
  name: 'ledger',
  input: 'payment_transactions',
  control: 'ledger_control',
  rules: 1,
  emitsTo: ['ledger_entries', 'payment_transactions', 'payment_intents', 'dating_pairs', 'user_activity'],
  firstHop: false,
  pushesStates: false,
  pushesMemosOf: requestMemoPrefix,
  initialState,
  evolve,
  memos: memosOf,
  keeps: ({ decided: _, ...kept }) => kept,
  writes: ({ decided }, event) => (decided ? writesOf(decided, event.accountId) : []),
  emits: ({ decided }, event) => (decided ? [entryOf(decided, event), ...decided.emissions] : []),
  tagOf: (event) => event.type,
  timers: {
    event: (accountId, timerId, due) => ({ type: 'timer_fired', accountId, timerId, due, ruleSet: currentRuleSet }),
  },
};

function writesOf({ memos, timers, unlock, swiped, boostedUntil }: Decision, accountId: string): Write[] {
  const writes: Write[] = memos.map(({ key, value, until }) => ({ kind: 'memo', key, value, until }));
  for (const [timerId, due] of timers)
    writes.push({ kind: 'score', board: timersBoard, member: timerMember(accountId, timerId), score: due });
  if (unlock) {
    const { item, transactionId } = unlock;
    writes.push({ kind: 'field', hash: unlocksHash(accountId), field: item, value: transactionId });
  }
  if (swiped) writes.push({ kind: 'field', hash: swipedHash(accountId), field: swiped.target, value: swiped.value });
  if (boostedUntil !== null)
    writes.push({ kind: 'score', board: boostedBoard, member: accountId, score: boostedUntil });
  return writes;
}

function entryOf(decided: Decision, given: PaymentTransaction): Emission {
  const event = given as unknown as Fields;
  const { accountId, idempotencyKey, giftType, quantity, product, videoId, battleId, ruleSet } = event;
  const { outcome, kind, transactionId, originalId, reason, stream, counterpartyId, asset, amount } = decided;
  const { gross, originalAt } = decided;
  const entry = {
    accountId,
    outcome,
    kind,
    transactionId,
    originalId,
    reason,
    stream,
    counterpartyId,
    asset,
    amount: amount === null ? null : Number(amount),
    postings: JSON.stringify(decided.postings),
    balances: JSON.stringify(decided.balances),
    idempotencyKey,
    giftType,
    quantity,
    product,
    videoId,
    battleId,
    gross,
    originalAt,
    previousHash: decided.previousHash,
    hash: decided.hash,
    ruleSet,
  };
  return { topic: 'ledger_entries', key: accountId, event: entry };
}
