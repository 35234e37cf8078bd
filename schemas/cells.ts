// The grid that places are snapped to before anything keeps them, and the only distances there are: between cells, in whole km.

/** Rows of 0.02° (2.2 km) from the south pole up; columns about as wide, from 180° west. */
const rowsPerDegree = 50;
export const rowCount = 180 * rowsPerDegree;
/** Mean radius of the earth, km (IUGG). */
const earthKm = 6_371.0088;
/** Nothing is shown nearer than this: within a cell and its neighbours all are alike. */
export const distanceKmMin = 3;
/** Half around the earth, rounded up. */
export const distanceKmMax = 20_016;
/** A little wider than a distance says, so that no rounding loses a cell; what is too far is sorted out by distance. */
const marginKm = 0.001;

export type Cell = { readonly row: number; readonly column: number };
/** Columns `from` to `to` of a row, both included. */
export type Span = { readonly row: number; readonly from: number; readonly to: number };

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const latitudeOf = (row: number): number => (row + 0.5) / rowsPerDegree - 90;

const columnsOf = (row: number): number =>
  Math.max(4, Math.round(360 * rowsPerDegree * Math.cos(radians(latitudeOf(row)))));
/** Worked out once: each distance asks for two. */
const columnCounts = Uint16Array.from({ length: rowCount }, (_, row) => columnsOf(row));

/** How many columns a row has: fewer towards the poles, 4 in the last. */
export const columnCount = (row: number): number => columnCounts[row] ?? columnsOf(row);

const nameOf = ({ row, column }: Cell): string => `r${row}c${column}`;

/** @param latitude from -90 to 90; @param longitude from -180 to 180, in degrees */
export function cellOf(latitude: number, longitude: number): string {
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) throw new RangeError('not a place on earth');
  const row = Math.min(rowCount - 1, Math.floor((latitude + 90) * rowsPerDegree));
  const columns = columnCount(row);
  return nameOf({ row, column: Math.floor(((longitude + 180) / 360) * columns) % columns });
}

/** The row and column of a cell's name; null where there is no such cell. */
export function parseCell(name: string): Cell | null {
  const found = /^r(0|[1-9]\d{0,3})c(0|[1-9]\d{0,4})$/.exec(name);
  if (!found) return null;
  const cell = { row: Number(found[1]), column: Number(found[2]) };
  return cell.row < rowCount && cell.column < columnCount(cell.row) ? cell : null;
}

function cellNamed(name: string): Cell {
  const cell = parseCell(name);
  if (!cell) throw new RangeError(`no cell ${name}`);
  return cell;
}

const longitudeOf = ({ row, column }: Cell): number => ((column + 0.5) * 360) / columnCount(row) - 180;

/** The middle of a cell, in degrees. */
export function centreOf(name: string): { readonly latitude: number; readonly longitude: number } {
  const cell = cellNamed(name);
  return { latitude: latitudeOf(cell.row), longitude: longitudeOf(cell) };
}

/** Whole km between the middles of two cells (haversine), rounded up, at least 3; the same both ways, bit for bit. */
export function distanceBetween(a: Cell, b: Cell): number {
  const [latitudeA, latitudeB] = [radians(latitudeOf(a.row)), radians(latitudeOf(b.row))];
  const north = Math.sin((latitudeA - latitudeB) / 2) ** 2;
  const east = Math.sin(radians(longitudeOf(a) - longitudeOf(b)) / 2) ** 2;
  const haversine = Math.min(1, north + Math.cos(latitudeA) * Math.cos(latitudeB) * east);
  return Math.max(distanceKmMin, Math.ceil(2 * earthKm * Math.asin(Math.sqrt(haversine))));
}

export const distanceKm = (a: string, b: string): number => distanceBetween(cellNamed(a), cellNamed(b));

/** Columns around a middle one, cut in two where they cross the antimeridian. */
function spansAround(row: number, middle: number, reach: number): Span[] {
  const columns = columnCount(row);
  if (2 * reach + 1 >= columns) return [{ row, from: 0, to: columns - 1 }];
  const [from, to, last] = [middle - reach, middle + reach, columns - 1];
  const westward = { row, from: from + columns, to: last };
  const eastward = { row, from: 0, to: to - columns };
  if (from < 0) return [{ row, from: 0, to }, westward];
  if (to > last) return [{ row, from, to: last }, eastward];
  return [{ row, from, to }];
}

/** The parts of rows that hold every cell within so many km of a cell, and a few cells beyond; over the poles too. */
export function* spansWithin(centre: Cell, km: number): Generator<Span> {
  const angle = (km + marginKm) / earthKm;
  const latitude = radians(latitudeOf(centre.row));
  const rows = Math.ceil(((angle * 180) / Math.PI) * rowsPerDegree);
  const [south, north] = [Math.max(0, centre.row - rows), Math.min(rowCount - 1, centre.row + rows)];
  const haversine = Math.sin(Math.min(Math.PI, angle) / 2) ** 2;
  for (let row = south; row <= north; row++) {
    const other = radians(latitudeOf(row));
    const left = haversine - Math.sin((latitude - other) / 2) ** 2;
    if (left < 0) continue;
    const sine = Math.sqrt(left / (Math.cos(latitude) * Math.cos(other)));
    const columns = columnCount(row);
    const reach = sine >= 1 ? columns : Math.ceil(((2 * Math.asin(sine)) / (2 * Math.PI)) * columns) + 1;
    yield* spansAround(row, Math.floor(((longitudeOf(centre) + 180) / 360) * columns), reach);
  }
}
