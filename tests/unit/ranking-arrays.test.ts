// The arrays that a ranking keeps between requests answer as maps made anew for each would, whatever was asked before.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Entries } from '../../processors/feed/ranking/entries.ts';
import type { Item } from '../../processors/feed/ranking/item.ts';
import { Marks } from '../../processors/feed/ranking/marks.ts';
import { Powers } from '../../processors/feed/ranking/powers.ts';
import { Spread } from '../../processors/feed/ranking/spread.ts';

const most = 60;
const index = fc.nat(most - 1);
const itemAt = (at: number) => ({ index: at, id: `v${at}` }) as Item;

it('marks are those of this round', () => {
  const round = fc.record({
    size: fc.integer({ min: 1, max: most }),
    set: fc.array(fc.tuple(index, fc.integer({ min: 1, max: 65_535 }))),
  });
  fc.assert(
    fc.property(fc.array(round, { maxLength: 8 }), (rounds) => {
      const marks = new Marks();
      for (const { size, set } of rounds) {
        marks.clear(size);
        const expected = new Map(set.filter(([at]) => at < size));
        for (const [at, mark] of set) if (at < size) marks.set(itemAt(at), mark);
        for (let at = 0; at < size; at++) expect(marks.of(itemAt(at))).toBe(expected.get(at) ?? 0);
      }
    }),
  );
});

it('of two viewers asked about in turn each has their own numbers', () => {
  const map = fc.array(fc.tuple(index, fc.double({ noNaN: true }))).map((entries) => new Map(entries));
  const turns = fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 0, max: most })), { maxLength: 12 });
  fc.assert(
    fc.property(fc.array(map, { minLength: 3, maxLength: 3 }), turns, (maps, asked) => {
      const spread = new Spread();
      for (const [which, more] of asked) {
        const of = maps[which] ?? new Map<number, number>();
        const numbers = spread.of(of, most + more);
        for (let at = 0; at < most + more; at++) expect(numbers[at]).toBe(of.get(at) ?? 0);
      }
    }),
  );
});

it('a remembered power is the power', () => {
  const exponent = fc.oneof(
    fc.double({ max: 0, noNaN: true }),
    fc.constantFrom(0, -0, -1, -0.5, Number.NEGATIVE_INFINITY),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3), exponent)), (asked) => {
      const powers = new Powers();
      for (const [at, one] of asked) expect(powers.of(itemAt(at), one, at + 1)).toBe(2 ** one);
    }),
  );
});

it('entries are in order however far and in whatever order somebody looks', () => {
  const bases = fc.array(fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.25, 0.5)), {
    maxLength: 300,
    size: 'max',
  });
  fc.assert(
    fc.property(
      bases,
      fc.array(fc.oneof(fc.integer({ min: -1, max: 310 }), fc.constantFrom(127, 128, 129)), { maxLength: 6 }),
      fc.nat(310),
      (given, asked, count) => {
        const items = given.map((_, at) => itemAt(at));
        const scored = { items, bases: Float64Array.from(given), from: (at: number) => [`source ${at}`] };
        const entries = new Entries(scored);
        const expected = given
          .map((base, at) => ({ item: items[at] as Item, base, from: [`source ${at}`] }))
          .sort((a, b) => b.base - a.base || (a.item.id < b.item.id ? -1 : 1));
        for (const place of asked) expect(entries.at(place)).toEqual(place < 0 ? undefined : expected[place]);
        expect(entries.first(count)).toEqual(expected.slice(0, count));
        expect(entries.first(given.length)).toEqual(expected);
        expect(entries.length).toBe(given.length);
        for (const item of items.slice(0, 3)) expect(expected[entries.placeOf(item)]?.item).toBe(item);
        expect(entries.placeOf(itemAt(999))).toBe(-1);
      },
    ),
    // Three hundred entries take minutes to shrink.
    { endOnFailure: true },
  );
});
