// Logistic regression with a ridge, by Newton's method: few weights, all shrunk, the bias alone is free.
import { sigmoid } from '../processors/dating/compat/personality-model.ts';

export type Fitted = { readonly bias: number; readonly weights: readonly number[] };

const stepsMax = 25;
const settled = 1e-7;

/**
 * Hoerl and Kennard (1970) for the ridge, le Cessie and van Houwelingen (1992) for its use in logistic regression.
 * @param rows vectors of one length @param labels 0 or 1 @param ridge added to the curvature of every weight
 */
export function fitLogistic(rows: readonly Float64Array[], labels: ArrayLike<number>, ridge: number): Fitted {
  const width = (rows[0]?.length ?? 0) + 1;
  const weights = new Float64Array(width);
  for (let step = 0; step < stepsMax; step++) {
    const { gradient, curvature } = slopesOf(rows, labels, weights, ridge);
    const move = solved(curvature, gradient, width);
    let largest = 0;
    for (let at = 0; at < width; at++) {
      weights[at] = (weights[at] as number) + (move[at] as number);
      largest = Math.max(largest, Math.abs(move[at] as number));
    }
    if (largest < settled) break;
  }
  return { bias: weights[width - 1] as number, weights: [...weights.subarray(0, width - 1)] };
}

function slopesOf(rows: readonly Float64Array[], labels: ArrayLike<number>, weights: Float64Array, ridge: number) {
  const width = weights.length;
  const gradient = new Float64Array(width);
  const curvature = new Float64Array(width * width);
  const whole = new Float64Array(width);
  whole[width - 1] = 1;
  for (let row = 0; row < rows.length; row++) {
    whole.set(rows[row] as Float64Array);
    let sum = 0;
    for (let at = 0; at < width; at++) sum += (weights[at] as number) * (whole[at] as number);
    const chance = sigmoid(sum);
    const error = (labels[row] as number) - chance;
    const weight = Math.max(1e-9, chance * (1 - chance));
    for (let at = 0; at < width; at++) {
      const value = whole[at] as number;
      gradient[at] = (gradient[at] as number) + error * value;
      const weighted = weight * value;
      const line = at * width;
      for (let other = 0; other <= at; other++)
        curvature[line + other] = (curvature[line + other] as number) + weighted * (whole[other] as number);
    }
  }
  for (let at = 0; at < width; at++) {
    const own = at === width - 1 ? 1e-6 : ridge;
    gradient[at] = (gradient[at] as number) - own * (weights[at] as number);
    curvature[at * width + at] = (curvature[at * width + at] as number) + own;
  }
  return { gradient, curvature };
}

/** Cholesky: the lower half of a positive matrix is overwritten with its factor. */
function solved(matrix: Float64Array, right: Float64Array, width: number): Float64Array {
  for (let row = 0; row < width; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * width + column] as number;
      for (let at = 0; at < column; at++)
        sum -= (matrix[row * width + at] as number) * (matrix[column * width + at] as number);
      matrix[row * width + column] =
        row === column ? Math.sqrt(Math.max(sum, 1e-12)) : sum / (matrix[column * width + column] as number);
    }
  }
  const answer = Float64Array.from(right);
  for (let row = 0; row < width; row++) {
    let sum = answer[row] as number;
    for (let at = 0; at < row; at++) sum -= (matrix[row * width + at] as number) * (answer[at] as number);
    answer[row] = sum / (matrix[row * width + row] as number);
  }
  for (let row = width - 1; row >= 0; row--) {
    let sum = answer[row] as number;
    for (let at = row + 1; at < width; at++) sum -= (matrix[at * width + row] as number) * (answer[at] as number);
    answer[row] = sum / (matrix[row * width + row] as number);
  }
  return answer;
}
