// What --from and --to mean, which records repeat earlier ones, which columns a file has, and how a table is printed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf, recordColumns, sqlType } from '../../operations/replay/columns.ts';
import { formatPlace, InvalidPlace, parsePlace } from '../../operations/replay/place.ts';
import { isWithin, resolveRanges } from '../../operations/replay/range.ts';
import { Repeats } from '../../operations/replay/repeats.ts';
import { InvalidSelection, keepsEvent, keepsKey, selectionOf } from '../../operations/replay/selection.ts';
import { textTable } from '../../operations/text-table.ts';

const now = Date.UTC(2026, 10, 1, 12);

describe('a place', () => {
  it.each([
    ['2026-11-01', Date.UTC(2026, 10, 1)],
    ['2026-11-01T12:00:00Z', now],
    ['2026-11-01T12:00:00', now],
    ['2026-11-01 12:00', now],
    ['2026-11-01T13:00:00+01:00', now],
    ['1793534400000', 1_793_534_400_000],
    ['-90s', now - 90_000],
    ['-1h', now - 3_600_000],
    ['-2d', now - 172_800_000],
  ])('%s is a time', (text, ms) => {
    expect(parsePlace(text, now)).toEqual({ kind: 'time', ms });
  });

  it('is an offset of one partition or of every one', () => {
    expect(parsePlace('offset:120', now)).toEqual({ kind: 'offset', partition: null, offset: 120 });
    expect(parsePlace('offset:3:120', now)).toEqual({ kind: 'offset', partition: 3, offset: 120 });
  });

  it.each(['', 'yesterday', '-1w', '1e9', 'offset:', 'offset:a', 'offset:1:2:3', '2026-13-01', '-'])(
    'is not "%s"',
    (text) => {
      expect(() => parsePlace(text, now)).toThrow(InvalidPlace);
    },
  );

  it('reads what it writes', () => {
    for (const text of ['2026-11-01T12:00:00.123Z', 'offset:7', 'offset:2:7'])
      expect(formatPlace(parsePlace(text, now))).toBe(text);
  });

  it('bounds times: the first inclusive, the second exclusive', () => {
    const window = { from: parsePlace('10', now), to: parsePlace('20', now) };
    expect([9, 10, 19, 20].map((ms) => isWithin(window, ms))).toEqual([false, true, true, false]);
    expect(isWithin({ from: null, to: parsePlace('offset:5', now) }, 0)).toBe(true);
  });
});

describe('a range', () => {
  /** Two partitions of 10 and 4 records; partition 0 has one a millisecond from 100 on, partition 1 none after that. */
  const admin = {
    askedAt: 0,
    fetchTopicOffsets: async () => {
      admin.askedAt = Date.now();
      return [
        { partition: 1, offset: '4', low: '0', high: '4' },
        { partition: 0, offset: '10', low: '2', high: '10' },
      ];
    },
    fetchTopicOffsetsByTimestamp: async (_topic: string, ms = 0) => [
      { partition: 0, offset: String(Math.min(10, Math.max(2, ms - 100))) },
      { partition: 1, offset: '4' },
    ],
  };
  const ranges = (from: string | null, to: string) =>
    resolveRanges(admin, 't', { from: from === null ? null : parsePlace(from, now), to: parsePlace(to, now) });

  it('is what lies between two times, from what the log still holds, by partition', async () => {
    expect(await ranges(null, '105')).toEqual([
      { partition: 0, low: 2, from: 2, to: 5 },
      { partition: 1, low: 0, from: 0, to: 4 },
    ]);
    expect(await ranges('104', '105')).toMatchObject([
      { from: 4, to: 5 },
      { from: 4, to: 4 },
    ]);
    expect(await ranges('108', '105')).toMatchObject([{ from: 8, to: 8 }, {}]);
  });

  it('is of one partition where an offset names it, and mixes offsets with times', async () => {
    expect(await ranges('offset:0:3', '108')).toEqual([{ partition: 0, low: 2, from: 3, to: 8 }]);
    expect(await ranges('offset:3', 'offset:4')).toMatchObject([
      { from: 3, to: 4 },
      { from: 3, to: 4 },
    ]);
    await expect(ranges(null, 'offset:5')).rejects.toThrow(/partition 1 ends at 4 as yet/);
    await expect(ranges('offset:2:0', '108')).rejects.toThrow(/no partition 2/);
  });

  it('is looked up when no record can get an earlier time than its end any more', async () => {
    const end = Date.now();
    await ranges(null, String(end));
    expect(admin.askedAt - end).toBeGreaterThanOrEqual(1_000);
    await expect(ranges(null, String(Date.now() + 5_000))).rejects.toThrow(/future/);
  });
});

describe('a repeat', () => {
  const record = (origin: string | null, redrive: string | null = null) => ({ origin, redrive });

  it('is an origin at or before the last one of its lane', () => {
    const repeats = new Repeats();
    const asked = ['a/t/0/5/0', 'a/t/0/5/1', 'a/t/0/5/0', 'a/t/1/5/0', 'a/t/0/4/9', 'a/t/0/6/0', 'a/t/0/5/1'];
    expect(asked.map((origin) => repeats.isRepeat(record(origin)))).toEqual([
      false,
      false,
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  it('is never a record without an origin, or with one that cannot be read, and always a redriven one', () => {
    const repeats = new Repeats();
    expect([null, null, 'odd', 'odd'].some((origin) => repeats.isRepeat(record(origin)))).toBe(false);
    expect(repeats.isRepeat(record(null, 'history/7'))).toBe(true);
  });

  it('is told the same by one that goes on from the marks of another', () => {
    const origins = fc.array(fc.tuple(fc.nat(2), fc.nat(9), fc.nat(2)), { maxLength: 60 });
    fc.assert(
      fc.property(origins, fc.nat(60), (list, cut) => {
        const records = list.map(([lane, offset, index]) => record(`p/t/${lane}/${offset}/${index}`));
        const [whole, first] = [new Repeats(), new Repeats()];
        const expected = records.map((one) => whole.isRepeat(one));
        const before = records.slice(0, cut).map((one) => first.isRepeat(one));
        const second = new Repeats(JSON.parse(JSON.stringify(first.marks)));
        expect([...before, ...records.slice(cut).map((one) => second.isRepeat(one))]).toEqual(expected);
      }),
    );
  });
});

describe('columns', () => {
  it('are the union of the versions, older ones first, each as wide as its widest', () => {
    const first = [
      { name: 'a', type: 'int' },
      { name: 'b', type: ['null', 'string'] },
    ] as const;
    const second = [
      { name: 'c', type: 'boolean' },
      { name: 'a', type: 'long' },
      { name: 'b', type: 'int' },
    ] as const;
    expect(columnsOf([first, second]).slice(recordColumns.length)).toEqual([
      { name: 'a', type: 'BIGINT' },
      { name: 'b', type: 'VARCHAR' },
      { name: 'c', type: 'BOOLEAN' },
    ]);
  });

  it.each([
    ['enum', { type: 'enum', name: 'E', symbols: ['x'] }, 'VARCHAR'],
    ['optional bytes', ['null', 'bytes'], 'VARCHAR'],
    ['list', { type: 'array', items: 'string' }, 'VARCHAR[]'],
    ['list of lists', { type: 'array', items: { type: 'array', items: 'int' } }, 'JSON'],
    ['map', ['null', { type: 'map', values: 'bytes' }], 'JSON'],
    ['several types', ['int', 'string'], 'JSON'],
  ] as const)('of a %s', (_what, type, expected) => {
    expect(sqlType(type)).toBe(expected);
  });
});

describe('a selection', () => {
  const shape = { fields: [{ name: 'userId' }, { name: 'videoId' }], tag: 'action', key: 'userId' };

  it('keeps whom and what it is asked for', () => {
    const selection = selectionOf('t', shape, { users: ['a'], actions: ['view', 'like'] });
    expect(['a', 'b', null].map((key) => keepsKey(selection, key))).toEqual([true, false, true]);
    expect(keepsEvent(selection, { userId: 'a', action: 'like' })).toBe(true);
    expect(keepsEvent(selection, { userId: 'a', action: 'skip' })).toBe(false);
    expect(keepsEvent(selection, { userId: 'b', action: 'like' })).toBe(false);
  });

  it('does not judge by the key where the key is not the user', () => {
    const selection = selectionOf('t', { ...shape, key: 'videoId' }, { users: ['a'], actions: [] });
    expect(keepsKey(selection, 'video-1')).toBe(true);
  });

  it('is refused where events have no such field', () => {
    const bare = { fields: [{ name: 'x' }], key: 'x' };
    expect(() => selectionOf('t', bare, { users: ['a'], actions: [] })).toThrow(InvalidSelection);
    expect(() => selectionOf('t', bare, { users: [], actions: ['a'] })).toThrow(InvalidSelection);
  });
});

it('a table lines numbers up to the right, text to the left, and obeys no control character', () => {
  expect(
    textTable(
      ['action', 'n'],
      [
        ['view', '1,200'],
        ['li\u001bke\n', '7'],
      ],
    ),
  ).toBe(['action      n', '──────  ─────', 'view    1,200', 'li·ke⏎      7'].join('\n'));
});
