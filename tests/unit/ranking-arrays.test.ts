// The arrays that a ranking keeps between requests answer as maps made anew for each would, whatever was asked before.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { initialState } from '../../processors/feed/domain.ts';
import { Catalogue } from '../../processors/feed/ranking/catalogue.ts';
import { Entries } from '../../processors/feed/ranking/entries.ts';
import type { Item } from '../../processors/feed/ranking/item.ts';
import { Columns } from '../../processors/feed/ranking/learned/columns.ts';
import type { ModelItem } from '../../processors/feed/ranking/learned/model.ts';
import { Marks } from '../../processors/feed/ranking/marks.ts';
import { type Numbered, Summing, withNumber } from '../../processors/feed/ranking/numbered.ts';
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

const numbers = fc.array(fc.tuple(index, fc.double({ noNaN: true })));
const numberedFrom = (map: ReadonlyMap<number, number>): Numbered => ({
  keys: Int32Array.from(map.keys()),
  values: Float64Array.from(map.values()),
});

it('of two viewers asked about in turn each has their own numbers', () => {
  const map = numbers.map((entries) => new Map(entries));
  const turns = fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 0, max: most })), { maxLength: 12 });
  fc.assert(
    fc.property(fc.array(map, { minLength: 3, maxLength: 3 }), turns, (maps, asked) => {
      const spread = new Spread();
      const all = maps.map(numberedFrom);
      for (const [which, more] of asked) {
        const found = spread.of(all[which] as Numbered, most + more);
        for (let at = 0; at < most + more; at++) expect(found[at]).toBe(maps[which]?.get(at) ?? 0);
      }
    }),
  );
});

it('sums by key are those of a map, in its order, whatever was summed before', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(numbers, numbers, fc.nat(most)), { maxLength: 5 }), (rounds) => {
      const summing = new Summing();
      for (const [before, added, more] of rounds) {
        const expected = new Map(before);
        const from = numberedFrom(expected);
        const kept = numberedFrom(expected);
        summing.begin(most + more, expected.size > 0 ? from : undefined);
        for (const [key, number] of added) {
          summing.add(key, number);
          expected.set(key, (expected.get(key) ?? 0) + number);
        }
        expect(summing.end()).toEqual(numberedFrom(expected));
        expect(from).toEqual(kept);
      }
    }),
  );
});

it('one number in the place of another leaves the others as they are', () => {
  fc.assert(
    fc.property(numbers, index, fc.double({ noNaN: true }), (entries, key, value) => {
      const map = new Map(entries);
      const from = numberedFrom(map);
      expect(withNumber(from, key, value)).toEqual(numberedFrom(new Map(map).set(key, value)));
      expect(from).toEqual(numberedFrom(map));
    }),
  );
});

it('columns are those of the model, whatever was asked before', () => {
  const columns = fc.array(fc.tuple(index, fc.integer({ min: -1, max: most })));
  fc.assert(
    fc.property(columns, fc.array(index), (entries, asked) => {
      const items = new Map(entries.map(([at, column]) => [`v${at}`, { column } as ModelItem]));
      const known = new Columns({ items, statistics: { tokens: new Map([['music', 0.5]]) } });
      for (const at of asked) expect(known.of(itemAt(at))).toBe(items.get(`v${at}`)?.column ?? -1);
      for (const [token, part] of [0.5, 1e-3, 0.5].entries())
        expect(known.usualPartOf(token, { nameOf: (one) => (one === 1 ? 'dance' : 'music') })).toBe(part);
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

it('rows of videos are what their tags and figures say, whatever has been listed, changed and asked since', () => {
  const tags = fc.uniqueArray(
    fc.nat(11).map((tag) => `t${tag}`),
    { maxLength: 8 },
  );
  const publishedAt = fc.nat(9).map((day) => day * 86_400_000);
  const isListed = fc.boolean();
  const change = fc.record({ at: fc.nat(40), tags, publishedAt, isListed });
  const interests = fc.array(fc.double({ noNaN: true, min: -9, max: 9 }), { minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), interests, (changes, values) => {
      const catalogue = new Catalogue();
      const { vocabulary, figures } = catalogue;
      const numbers = { keys: Int32Array.from(values.keys()), values: Float64Array.from(values) };
      for (const { at, isListed, ...of } of changes) {
        const status = isListed ? 'published' : 'removed';
        catalogue.setCandidate(`v${at}`, { ...initialState(), ...of, status, category: 'unknown' }, 0);
        for (const item of changes.flatMap((other) => catalogue.get(`v${other.at}`) ?? [])) {
          const squares = item.tokens.reduce((sum, token) => sum + vocabulary.scaleOf(token) ** 2, 0);
          const product = item.tokens.reduce((sum, token) => sum + (values[token] ?? 0), 0);
          expect(vocabulary.lengthOf(item)).toBe(Math.sqrt(squares));
          expect(vocabulary.productOf(numbers, item)).toBe(product === 0 ? 0 : product / Math.sqrt(squares));
          expect(figures.publishedAtOf(item)).toBe(item.publishedAt);
          expect(figures.halfLifeMsOf(item)).toBe(item.halfLifeMs);
          expect(figures.engagementOf(item)).toBe(item.engagementValue);
          expect(figures.trendKeyOf(item)).toBe(item.trendKeys.day);
        }
      }
    }),
    { numRuns: 40 },
  );
});
