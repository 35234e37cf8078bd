// Dead letters as pure data: chains of a control log, their status, groups by cause, selections, and how many fly at once.
import { describe, expect, it } from 'vitest';
import { blanked, groupsOf } from '../../operations/dlq/causes.ts';
import { attemptsOf, PartitionChains, type StandingChain, statusOf } from '../../operations/dlq/chains.ts';
import { failedInARowMax, isDone, lanesOf, nextOf, settle, unfoldedMax } from '../../operations/dlq/lanes.ts';
import { parsePlace, selected } from '../../operations/dlq/selection.ts';
import { hexDump, jsonText, printable } from '../../operations/dlq/value-text.ts';
import type { ProcessorControl } from '../../schemas/generated.ts';

type Entry = ProcessorControl | null;
const claim = (build = 1): Entry => ({ kind: 'claim', build });
const shadowClaim: Entry = { kind: 'shadow_claim', build: 9, generation: 2 };
const redriven = (offset: number, attempt: number): Entry => ({
  kind: 'redriven',
  offset,
  attempt,
  by: 'ana',
  recordId: 'event',
});
const letter = (offset: number, token: number, more: { redrive?: string; cause?: string } = {}): Entry => ({
  kind: 'dead_letter',
  offset,
  token,
  build: 1,
  cause: more.cause ?? 'TypeError: no such video',
  key: Buffer.from('ana'),
  value: Buffer.from('value'),
  headers: { id: Buffer.from('event'), ...(more.redrive && { redrive: Buffer.from(more.redrive) }) },
  recordId: `event-${offset}`,
});

/** The chains of a control log whose entries stand at offsets 0, 1, 2 … */
function given(...entries: Entry[]) {
  const partition = new PartitionChains('history', 3);
  entries.forEach((entry, offset) => {
    partition.take(offset, 1_000 + offset, entry);
  });
  return partition.chains;
}
const standing = (offset: number, ...skips: number[]) => ({
  offset,
  skips: new Map(skips.map((skip) => [skip, `event-${skip}`])),
});

describe('a chain', () => {
  it('begins with a dead letter that counts, and with no other', () => {
    const chains = given(claim(), letter(5, 0), claim(2), letter(6, 0), letter(7, 2), shadowClaim, letter(8, 2));
    expect(chains.map(({ root }) => root)).toEqual([5, 7, 8]);
  });

  it('is one, however often its dead letter was appended or read', () => {
    const partition = new PartitionChains('history', 3);
    const entries = [claim(), letter(5, 0), letter(5, 0)];
    for (let i = 0; i < 2; i++)
      entries.forEach((entry, offset) => {
        partition.take(offset, 0, entry);
      });
    expect(partition.chains.map(({ letters }) => letters.length)).toEqual([1]);
    expect(partition.size).toBe(1);
  });

  it('takes in the copies that failed again, also one that names a copy', () => {
    const [chain, ...others] = given(
      claim(),
      letter(5, 0),
      redriven(5, 1),
      letter(9, 0, { redrive: 'history/5', cause: 'again' }),
      letter(12, 0, { redrive: 'history/9' }),
    );
    expect(others).toEqual([]);
    expect(chain?.letters.map(({ offset }) => offset)).toEqual([5, 9, 12]);
  });

  it('leaves a copy that names another processor or an unknown record on its own', () => {
    const chains = given(
      claim(),
      letter(5, 0),
      letter(9, 0, { redrive: 'feed/5' }),
      letter(10, 0, { redrive: 'history/4' }),
    );
    expect(chains.map(({ root }) => root)).toEqual([5, 9, 10]);
  });

  it('counts an attempt for itself and for every announced redrive, also for one whose copy was never sent', () => {
    const chains = given(claim(), letter(5, 0), redriven(5, 1), redriven(5, 2), letter(9, 0, { redrive: 'history/5' }));
    expect(chains.map(attemptsOf)).toEqual([3]);
    expect(chains[0]?.audits).toEqual([
      { at: 1_002, attempt: 1, by: 'ana' },
      { at: 1_003, attempt: 2, by: 'ana' },
    ]);
    expect(given(claim(), letter(5, 0)).map(attemptsOf)).toEqual([1]);
  });

  it('keeps no more of a cause than its first line', () => {
    const [chain] = given(claim(), letter(5, 0, { cause: `${'x'.repeat(500)}\n    at line 3` }));
    expect(chain?.letters[0].cause).toBe('x'.repeat(200));
  });
});

describe('its status', () => {
  const [once, twice] = given(
    claim(),
    letter(5, 0),
    letter(6, 0),
    redriven(6, 1),
    letter(9, 0, { redrive: 'history/6' }),
  ) as [StandingChain, StandingChain];

  it.each([
    ['pending while the state lists the skip', once, standing(20, 5), 'pending'],
    ['pending while the processor has not come to it', once, standing(5), 'pending'],
    ['mended once the state lists it no more', once, standing(20), 'mended'],
    ['quarantined when a copy has failed as well', twice, standing(20, 6, 9), 'quarantined'],
    ['mended, however often it failed before', twice, standing(20), 'mended'],
  ])('is %s', (_what, chain, at, status) => {
    expect(statusOf(chain, at)).toBe(status);
  });
});

const chainOf = (root: number, status: StandingChain['status'], cause = 'no such video'): StandingChain => ({
  processor: 'history',
  partition: root % 2,
  root,
  id: `event-${root}`,
  letters: [{ offset: root, controlOffset: root, at: 1_000 * root, build: 1, token: 0, cause }],
  redrives: 0,
  audits: [],
  status,
});

describe('a group', () => {
  it.each([
    ['RangeError: video 17 at -3.5 of 0xff', 'RangeError: video # at # of #'],
    ['no 018f3c5e-7b1a-7c3d-9e2f-0123456789ab here', 'no <id> here'],
    ['user-17 and user-18', 'user-# and user-#'],
    ['token abcdef0123456789abcdef01', 'token <id>'],
    ['Unreadable: not a registry-framed Avro value', 'Unreadable: not a registry-framed Avro value'],
  ])('of %s is %s', (cause, group) => {
    expect(blanked(cause)).toBe(group);
  });

  it('counts what is alike by processor and cause, what still waits first', () => {
    const chains = [
      chainOf(1, 'mended', 'old'),
      chainOf(2, 'mended', 'old'),
      chainOf(3, 'pending', 'video 3'),
      chainOf(4, 'quarantined', 'video 4'),
    ];
    expect(groupsOf([...chains, { ...chainOf(5, 'mended', 'video 5'), processor: 'feed' }])).toMatchObject([
      { processor: 'history', cause: 'video #', records: 2, pending: 1, quarantined: 1, firstAt: 3_000, lastAt: 4_000 },
      { processor: 'history', cause: 'old', records: 2, mended: 2 },
      { processor: 'feed', cause: 'video #', records: 1, mended: 1 },
    ]);
  });
});

describe('a selection', () => {
  const chains = [chainOf(1, 'pending', 'video 17'), chainOf(2, 'quarantined'), chainOf(3, 'mended')];
  const roots = (selection: Parameters<typeof selected>[1]) =>
    selected(chains, selection).chosen.map(({ root }) => root);
  const all = { places: [], filter: {}, quarantined: false };

  it('is all that is pending, and on request what is quarantined', () => {
    expect(roots(all)).toEqual([1]);
    expect(selected(chains, all).heldBack).toBe(1);
    expect(roots({ ...all, quarantined: true })).toEqual([1, 2]);
  });

  it('is narrowed by processor, and by cause as it is written or grouped', () => {
    expect(roots({ ...all, filter: { processor: 'feed' } })).toEqual([]);
    expect(roots({ ...all, filter: { cause: 'VIDEO 17' } })).toEqual([1]);
    expect(roots({ ...all, filter: { cause: 'video #' } })).toEqual([1]);
  });

  it('by name takes the quarantined too, and says what is mended or unknown', () => {
    const places = ['history:0:2', 'history:1:3', 'history:1:99'].flatMap((text) => parsePlace(text) ?? []);
    const { chosen, mended, unknown } = selected(chains, { ...all, places });
    expect([chosen.map(({ root }) => root), mended[0]?.offset, unknown[0]?.offset]).toEqual([[2], 3, 99]);
  });

  it('names a record by processor, partition and offset', () => {
    expect(parsePlace('history:3:17')).toEqual({ processor: 'history', partition: 3, offset: 17 });
    for (const text of ['history', 'history:3', 'history:x:1', ':3:17', 'history:3:-1', 'history:3:17:1'])
      expect(parsePlace(text)).toBeNull();
  });
});

describe('a redrive', () => {
  const many = Array.from({ length: 60 }, (_, i) => chainOf(i, 'pending'));

  it('sends to each partition in order, never more at once than a partition bears', () => {
    const lanes = lanesOf([...many].reverse());
    expect(nextOf(lanes, 3).map(({ root }) => root)).toEqual([0, 1, 2]);
    const more = nextOf(lanesOf(many), 1_000);
    expect(more.length).toBe(2 * unfoldedMax);
    expect(more.filter(({ partition }) => partition === 1).map(({ root }) => root)).toEqual([1, 3, 5, 7, 9]);
  });

  it('stops in a partition before its failures could stop the partition itself', () => {
    const [lane] = lanesOf(many.filter(({ partition }) => partition === 0));
    if (!lane) throw new Error('one lane');
    let sent = 0;
    for (let round = 0; round < 20; round++) {
      const next = nextOf([lane], 1_000);
      lane.flying = next.map((chain) => ({ chain, offset: 100 + sent++ }));
      settle(lane, standing(1_000, ...many.map(({ root }) => root)));
    }
    expect(sent).toBeLessThan(failedInARowMax + unfoldedMax);
    expect(isDone(lane)).toBe(true);
    expect(lane.rest.length).toBe(30 - sent);
  });

  it('counts what the processor has passed, and that alone', () => {
    const [lane] = lanesOf(many.filter(({ partition }) => partition === 0));
    if (!lane) throw new Error('one lane');
    lane.flying = nextOf([lane], 3).map((chain, i) => ({ chain, offset: 100 + i }));
    const { mended, failed } = settle(lane, standing(102, 2));
    expect([mended, failed.map(({ root }) => root), lane.flying.length]).toEqual([1, [2], 1]);
  });
});

describe('what is inside', () => {
  it('is dumped in bounded lines', () => {
    expect(hexDump(Buffer.from('garbage\u0000'))).toEqual([
      '000000  67 61 72 62 61 67 65 00                          garbage.',
    ]);
    expect(hexDump(Buffer.alloc(100_000), 32).length).toBe(3);
  });

  it('cannot mislead a terminal', () => {
    expect(printable('a\u001b[2Jb\u202ec')).toBe('a\\u{1b}[2Jb\\u{202e}c');
    expect(printable('x'.repeat(1_000))).toBe(`${'x'.repeat(300)}… (1000 characters)`);
    expect(jsonText({ title: 'a\u001b[2J\u009b' })).toContain('a\\u001b[2J\\u{9b}');
    expect(jsonText({ personal: Buffer.from([1, 255]) })).toContain('"0x01ff"');
  });
});
