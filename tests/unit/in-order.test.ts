// Sorting for a ranking: the same order as a sort with a comparison of numbers and ids.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { largest, largestFirst } from '../../processors/feed/ranking/in-order.ts';
import type { Item } from '../../processors/feed/ranking/item.ts';

it('puts the largest keys first, and of equal ones the smaller id', () => {
  const key = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(0, -0, 0.5, 0.5 + Number.EPSILON),
  );
  fc.assert(
    fc.property(fc.uniqueArray(fc.record({ key, id: fc.string() }), { selector: ({ id }) => id }), (given) => {
      const items = given.map(({ id }) => ({ id }) as Item);
      const order = largestFirst({ keys: Float64Array.from(given, (one) => one.key), items });
      const expected = given.toSorted((a, b) => (a.key < b.key ? 1 : a.key > b.key ? -1 : a.id < b.id ? -1 : 1));
      expect([...order].map((at) => given[at])).toEqual(expected);
    }),
  );
});

it('puts very many of the same key in the order of their ids', () => {
  const items = Array.from({ length: 2_000 }, (_, n) => ({ id: String((n * 1_217) % 2_000).padStart(4, '0') }) as Item);
  const order = largestFirst({ keys: new Float64Array(items.length).fill(0.5), items });
  expect([...order].map((at) => Number(items[at]?.id))).toEqual(items.map((_, n) => n));
});

it('puts first so many of the largest as sorting all would', () => {
  const key = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.constantFrom(0, -0, Number.MIN_VALUE, 0.5, 0.5 + Number.EPSILON, Number.MAX_VALUE),
  );
  const many = fc.uniqueArray(fc.record({ key, id: fc.string() }), {
    selector: ({ id }) => id,
    maxLength: 400,
    size: 'max',
  });
  fc.assert(
    fc.property(many, fc.nat(400), (given, count) => {
      const keyed = {
        keys: Float64Array.from(given, (one) => one.key),
        items: given.map(({ id }) => ({ id }) as Item),
      };
      expect([...largest(keyed, count)]).toEqual([...largestFirst(keyed)].slice(0, count));
    }),
    { numRuns: 500 },
  );
});

it('finds the largest among keys that are all the same', () => {
  const items = Array.from({ length: 300 }, (_, n) => ({ id: String(n).padStart(4, '0') }) as Item);
  const keys = new Float64Array(items.length).fill(0.25);
  expect([...largest({ keys, items }, 3)]).toEqual([0, 1, 2]);
});
