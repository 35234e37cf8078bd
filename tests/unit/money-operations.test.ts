// What operators of money are told: kept heads that cannot be used, the audit's table and verdict, answers that are repeated.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { answerText } from '../../operations/ledger/answer-text.ts';
import { keptHeads, UnusableHeads } from '../../operations/ledger/kept-heads.ts';
import { verifiedText } from '../../operations/ledger/verified-text.ts';
import { refundTold } from '../../operations/payments/refund-told.ts';
import { initialState, type Payment } from '../../processors/payments/domain-state.ts';
import type { StatementEntry } from '../../projections/statements.ts';

const folder = mkdtempSync(join(tmpdir(), 'heads-'));
afterAll(() => rmSync(folder, { recursive: true }));

const head = { partition: 1, offset: 5, hash: 'a'.repeat(64) };

function kept(text: string): readonly object[] {
  const file = join(folder, 'heads.json');
  writeFileSync(file, text);
  return keptHeads(file, 'own_');
}

describe('heads that were kept', () => {
  it('are read from what --save has written', () => {
    expect(kept(JSON.stringify({ namespace: 'own_', heads: [head] }))).toEqual([head]);
  });

  it.each([
    ['that is not JSON', '{', 'is not JSON'],
    ['without heads', '{}', 'holds no heads'],
    ['that is null', 'null', 'holds no heads'],
    ['of another platform', JSON.stringify({ namespace: 'other_', heads: [] }), "namespace 'other_'"],
    ['with a partition that there is none of', JSON.stringify({ heads: [{ ...head, partition: 99 }] }), 'heads[0]'],
    ['with a hash that is none', JSON.stringify({ heads: [head, { ...head, hash: 'f' }] }), 'heads[1]'],
    ['with two of a partition', JSON.stringify({ heads: [head, head] }), 'two heads of partition 1'],
  ])('in a file %s are refused in a sentence', (_, text, why) => {
    expect(() => kept(text)).toThrow(UnusableHeads);
    expect(() => kept(text)).toThrow(why);
  });

  it('in a file that is not there are refused, with how it is made', () => {
    expect(() => keptHeads(join(folder, 'none.json'), '')).toThrow('none.json is not there: --save writes it');
  });
});

describe('the audit’s text', () => {
  const partition = (number: number, isKeptFound: boolean | null) => ({
    head: { ...head, partition: number },
    entries: 5,
    accounts: 1,
    isKeptFound,
  });

  it('says nothing of kept heads where none were asked for', () => {
    expect(verifiedText({ partitions: [partition(0, null)], findings: [] })).not.toContain('kept');
  });

  it('counts the kept heads that were found', () => {
    const text = verifiedText({ partitions: [partition(0, true), partition(1, true)], findings: [] });
    expect(text).toMatch(/10 links recomputed: every link .*\n2 of 2 kept heads found\n$/);
  });

  it('names the partition whose head is another one, and what was not kept', () => {
    const findings = [{ partition: 1, offset: 5, what: 'was kept elsewhere' }];
    const text = verifiedText({ partitions: [partition(0, null), partition(1, false)], findings });
    expect(text).toMatch(/^ +0 .*none kept +agrees$/m);
    expect(text).toMatch(/^ +1 .*NOT FOUND +1 do not agree$/m);
    expect(text).toContain('partition 1, offset 5: was kept elsewhere');
    expect(text).toContain('does NOT agree\n0 of 1 kept heads found; of 1 partitions none was kept');
  });
});

describe('an answer of the ledger', () => {
  const entry = {
    outcome: 'accepted',
    reason: null,
    transactionId: 't',
    partition: 7,
    offset: 8,
    postings: [['user:ann', 'COIN', '30']],
  } as unknown as StatementEntry;

  it('has its place and postings, and says when it is repeated', () => {
    const first = answerText({ entry, isRepeated: false });
    expect(first).toMatch(/^accepted \(t, payment_transactions 7\/8\)\n.*\n.*\nuser:ann +COIN +30\n$/);
    expect(answerText({ entry, isRepeated: true })).toBe(
      `repeated: nothing more was done; the first answer was\n${first}`,
    );
  });

  it('says what misused means', () => {
    const misused = { ...entry, outcome: 'misused', postings: [] };
    expect(answerText({ entry: misused, isRepeated: false })).toContain('another request');
  });
});

describe('a refund', () => {
  const asked = { paymentId: 'p', key: 'k', isRepeated: false };
  const payment = (status: 'asked' | 'done' | 'failed'): Payment => ({
    ...initialState(),
    refundRequests: { k: { intentId: 'i', refused: null }, no: { intentId: null, refused: 'not_paid' } },
    refundAsks: { i: { charge: 'c', amount: 50, reason: 'r', status, failure: 'no money' } },
  });

  it('is told once there is an outcome', () => {
    expect(refundTold(null, asked)).toBeNull();
    expect(refundTold(payment('asked'), asked)).toBeNull();
    expect(refundTold(payment('done'), asked)).toEqual({ isDone: true, text: 'Refunded 50 of p.' });
    expect(refundTold(payment('failed'), asked)).toEqual({
      isDone: false,
      text: 'The provider refused: no money.',
    });
    expect(refundTold(payment('done'), { ...asked, key: 'no' })).toEqual({ isDone: false, text: 'Refused: not_paid.' });
  });

  it('that is repeated says so, with the first outcome', () => {
    const repeated = { ...asked, isRepeated: true };
    expect(refundTold(payment('done'), repeated)).toEqual({
      isDone: true,
      text: 'Repeated, nothing more was done; the first answer was: Refunded 50 of p.',
    });
    expect(refundTold(payment('done'), { ...repeated, key: 'no' })).toMatchObject({ isDone: false });
    expect(refundTold(payment('done'), { ...repeated, amount: 50 })).toMatchObject({ isDone: true });
  });

  it('under a key that stood for another amount is refused', () => {
    const other = refundTold(payment('done'), { ...asked, isRepeated: true, amount: 60 });
    expect(other).toMatchObject({ isDone: false, text: expect.stringContaining('for 50') });
  });
});
