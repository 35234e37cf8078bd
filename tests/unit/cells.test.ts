// Places become cells, distances are between cells and the same both ways, and spans miss no cell that is near: not at the poles, not at the antimeridian.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Cell,
  cellOf,
  centreOf,
  columnCount,
  distanceBetween,
  distanceKm,
  distanceKmMax,
  parseCell,
  rowCount,
  spansWithin,
} from '../../schemas/cells.ts';

const latitude = fc.double({ min: -90, max: 90, noNaN: true });
const longitude = fc.double({ min: -180, max: 180, noNaN: true });
const cell = fc.tuple(latitude, longitude).map(([north, east]) => cellOf(north, east));

/** Every cell whose row is at most so many rows away, by trying them all. */
function* rowsAround(name: string, rows: number): Generator<string> {
  const middle = parseCell(name)?.row ?? 0;
  for (let row = Math.max(0, middle - rows); row <= Math.min(rowCount - 1, middle + rows); row++)
    for (let column = 0; column < columnCount(row); column++) yield `r${row}c${column}`;
}

describe('cells', () => {
  test('a place has one cell, and the middle of a cell is in it', () => {
    expect(cellOf(52.52, 13.405)).toBe(cellOf(52.529, 13.408));
    fc.assert(
      fc.property(cell, (name) => {
        const { latitude: north, longitude: east } = centreOf(name);
        expect(cellOf(north, east)).toBe(name);
        expect(parseCell(name)).not.toBeNull();
      }),
    );
  });

  test('cells are about 2.2 km wide wherever they are', () => {
    for (const row of [0, 10, 1_000, 4_500, 7_125, 8_990, 8_999]) {
      const metres = (Math.cos((((row + 0.5) / 50 - 90) * Math.PI) / 180) * 40_030_228) / columnCount(row);
      expect(metres).toBeGreaterThan(1_500);
      expect(metres).toBeLessThan(2_700);
    }
  });

  test('the edges of the map belong to a cell, and 180° east is 180° west', () => {
    expect(cellOf(90, 0)).toMatch(/^r8999c/);
    expect(cellOf(-90, 0)).toMatch(/^r0c/);
    expect(cellOf(10, 180)).toBe(cellOf(10, -180));
    const nowhere = [
      [91, 0],
      [0, 181],
      [Number.NaN, 0],
    ] as const;
    for (const [north, east] of nowhere) expect(() => cellOf(north, east)).toThrow(RangeError);
  });

  test('names that are no cells are none', () => {
    for (const name of ['', 'r1', 'r-1c0', 'r01c0', 'r9000c0', 'r0c4', 'r4500c99999', ' r1c1']) {
      expect(parseCell(name)).toBeNull();
      expect(() => distanceKm(name, 'r1c1')).toThrow(RangeError);
    }
  });

  test('distances are whole km, at least 3, the same both ways, and known ones come out', () => {
    fc.assert(
      fc.property(cell, cell, (a, b) => {
        const km = distanceKm(a, b);
        expect(km).toBe(distanceKm(b, a));
        expect(Number.isInteger(km) && km >= 3 && km <= distanceKmMax).toBe(true);
      }),
    );
    expect(distanceKm('r100c3', 'r100c3')).toBe(3);
    const [berlin, paris] = [cellOf(52.52, 13.405), cellOf(48.8566, 2.3522)];
    expect(Math.abs(distanceKm(berlin, paris) - 878)).toBeLessThanOrEqual(3);
    expect(distanceKm(cellOf(90, 0), cellOf(-90, 0))).toBeGreaterThan(20_010);
  });
});

describe('spans', () => {
  test.each([
    ['a city', cellOf(52.52, 13.405), 9],
    ['the equator', cellOf(0.001, 0), 9],
    ['the antimeridian from the west', cellOf(-16.8, 179.99), 12],
    ['the antimeridian from the east', cellOf(-16.8, -179.99), 12],
    ['far north, where rows differ much', cellOf(89.5, 40), 80],
    ['the north pole', cellOf(89.999, 0), 9],
    ['the south pole', cellOf(-89.95, -120), 30],
  ])('hold each near cell once: %s', (_, name, km) => {
    const expected = [...rowsAround(name, Math.ceil(km / 2) + 1)].filter((other) => distanceKm(name, other) <= km);
    const centre = parseCell(name) as Cell;
    const found = [...spansWithin(centre, km)].flatMap(({ row, from, to }) =>
      Array.from({ length: to - from + 1 }, (_unused, n) => ({ row, column: from + n })),
    );
    const near = found.filter((other) => distanceBetween(centre, other) <= km);
    const named = (cells: readonly Cell[]) => cells.map(({ row, column }) => `r${row}c${column}`);
    expect(new Set(named(found)).size).toBe(found.length);
    expect(named(near).toSorted()).toEqual(expected.toSorted());
  });
});
