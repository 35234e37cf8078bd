// Item-to-item weights that predict each video of a user from the user's others, in closed form.
import { invert } from './matrix.ts';

/**
 * EASE (Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data"): B = -P / diag(P) with P = (XᵀX + λI)⁻¹.
 * With fewer users than videos P comes from the users' side: λP = I - Xᵀ(XXᵀ + λI)⁻¹X (Woodbury).
 * @param rows the columns of each user's videos
 * @returns per column the weights that each other column's video has for it; its own is 0
 */
export function easeOf(rows: readonly Int32Array[], columns: number, lambda: number): Float32Array[] {
  const inverse = rows.length < columns ? fromUsers(rows, columns, lambda) : fromVideos(rows, columns, lambda);
  return inverse.map((row, column) => {
    const diagonal = row[column] as number;
    const weights = Float32Array.from(row, (value) => -value / diagonal);
    weights[column] = 0;
    return weights;
  });
}

function fromVideos(rows: readonly Int32Array[], columns: number, lambda: number): Float64Array[] {
  const matrix = new Float64Array(columns * columns);
  for (const row of rows) {
    for (const a of row) for (const b of row) matrix[a * columns + b] = (matrix[a * columns + b] as number) + 1;
  }
  return inverseRows(matrix, columns, lambda);
}

function fromUsers(rows: readonly Int32Array[], columns: number, lambda: number): Float64Array[] {
  const inverse = inverseRows(sharedOf(rows, columns), rows.length, lambda);
  const viewers = viewersOf(rows, columns);
  // (XXᵀ + λI)⁻¹ X, then Xᵀ of that.
  const right = inverse.map((row) =>
    Float64Array.from(viewers, (users) => users.reduce((sum, user) => sum + (row[user] as number), 0)),
  );
  return viewers.map((users, column) => {
    const result = new Float64Array(columns);
    for (const user of users) {
      const row = right[user] as Float64Array;
      for (let at = 0; at < columns; at++) result[at] = (result[at] as number) - (row[at] as number);
    }
    result[column] = (result[column] as number) + 1;
    return result;
  });
}

/** How many videos each two users share. */
function sharedOf(rows: readonly Int32Array[], columns: number): Float64Array {
  const shared = new Float64Array(rows.length ** 2);
  for (const users of viewersOf(rows, columns)) {
    for (const a of users) {
      for (const b of users) shared[a * rows.length + b] = (shared[a * rows.length + b] as number) + 1;
    }
  }
  return shared;
}

export function viewersOf(rows: readonly Int32Array[], columns: number): number[][] {
  const viewers = Array.from({ length: columns }, (): number[] => []);
  rows.forEach((row, user) => {
    for (const column of row) viewers[column]?.push(user);
  });
  return viewers;
}

function inverseRows(matrix: Float64Array, size: number, lambda: number): Float64Array[] {
  for (let at = 0; at < size; at++) matrix[at * size + at] = (matrix[at * size + at] as number) + lambda;
  invert(matrix, size);
  return Array.from({ length: size }, (_, row) => matrix.subarray(row * size, (row + 1) * size));
}
