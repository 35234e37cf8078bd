// Symmetric positive definite matrices: their inverse by Cholesky, in place and row by row.

/** Inverts the matrix in place, reading its lower half. Time grows with size³: one second at 1,000. */
export function invert(matrix: Float64Array, size: number): void {
  const rows = Array.from({ length: size }, (_, row) => matrix.subarray(row * size, (row + 1) * size));
  factorise(rows);
  const inverses = invertLower(rows);
  // The inverse is (L⁻¹)ᵀ L⁻¹; `inverses` holds the columns of L⁻¹, which are the rows of its transpose.
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      const sum = dot(inverses[row] as Float64Array, inverses[column] as Float64Array, row, size);
      matrix[row * size + column] = sum;
      matrix[column * size + row] = sum;
    }
  }
}

function factorise(rows: readonly Float64Array[]): void {
  for (let row = 0; row < rows.length; row++) {
    const own = rows[row] as Float64Array;
    for (let column = 0; column < row; column++) {
      const other = rows[column] as Float64Array;
      own[column] = ((own[column] as number) - dot(own, other, 0, column)) / (other[column] as number);
    }
    own[row] = Math.sqrt(Math.max((own[row] as number) - dot(own, own, 0, row), 1e-12));
  }
}

/** Columns of the inverse of a lower triangle, each as an array of the whole size. */
function invertLower(rows: readonly Float64Array[]): Float64Array[] {
  return rows.map((_, column) => {
    const inverse = new Float64Array(rows.length);
    for (let row = column; row < rows.length; row++) {
      const own = rows[row] as Float64Array;
      const known = (row === column ? 1 : 0) - dot(own, inverse, column, row);
      inverse[row] = known / (own[row] as number);
    }
    return inverse;
  });
}

/** Four sums at once, as each alone would wait for its last addition. */
function dot(a: Float64Array, b: Float64Array, from: number, to: number): number {
  let [first, second, third, fourth] = [0, 0, 0, 0];
  let at = from;
  for (; at + 3 < to; at += 4) {
    first += (a[at] as number) * (b[at] as number);
    second += (a[at + 1] as number) * (b[at + 1] as number);
    third += (a[at + 2] as number) * (b[at + 2] as number);
    fourth += (a[at + 3] as number) * (b[at + 3] as number);
  }
  for (; at < to; at++) first += (a[at] as number) * (b[at] as number);
  return first + second + third + fourth;
}
