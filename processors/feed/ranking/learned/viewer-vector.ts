// A viewer's factor vector, folded in from what was watched and liked, as the training does for everyone in the log.
import type { Weighed } from '../viewer.ts';
import type { Model } from './model.ts';
import { isLiked } from './taste.ts';

/** How much more than an unwatched video a watched one counts: Hu, Koren, Volinsky (2008), "Collaborative filtering for implicit feedback". */
export const confidence = { liked: 12, watched: 8 };

export function vectorOfViewer(watched: readonly Weighed[], model: Model): Float32Array | null {
  const rank = Math.round(Math.sqrt(model.statistics.gram.length));
  const vectors: Float32Array[] = [];
  const weights: number[] = [];
  for (const opinion of watched) {
    const factors = model.items.get(opinion.videoId)?.factors;
    if (!factors || factors.length !== rank) continue;
    vectors.push(factors);
    weights.push(isLiked(opinion) ? confidence.liked : confidence.watched);
  }
  return vectors.length === 0 ? null : foldIn(model.statistics.gram, vectors, weights);
}

/** The vector x that solves (gram + Σ weight y yᵀ) x = Σ (1 + weight) y over the given vectors y. */
export function foldIn(gram: Float32Array, vectors: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const rank = Math.round(Math.sqrt(gram.length));
  const matrix = Float64Array.from(gram);
  const right = new Float64Array(rank);
  vectors.forEach((vector, at) => {
    const weight = weights[at] as number;
    for (let row = 0; row < rank; row++) {
      const scaled = weight * (vector[row] as number);
      right[row] = (right[row] as number) + (1 + weight) * (vector[row] as number);
      for (let column = 0; column <= row; column++) {
        const place = row * rank + column;
        matrix[place] = (matrix[place] as number) + scaled * (vector[column] as number);
      }
    }
  });
  return Float32Array.from(solve(matrix, right));
}

/** Solves by Cholesky, reading the lower half of the matrix; both arguments are used up. */
export function solve(matrix: Float64Array, right: Float64Array): Float64Array {
  const size = right.length;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * size + column] as number;
      for (let k = 0; k < column; k++)
        sum -= (matrix[row * size + k] as number) * (matrix[column * size + k] as number);
      matrix[row * size + column] =
        row === column ? Math.sqrt(Math.max(sum, 1e-12)) : sum / (matrix[column * size + column] as number);
    }
    let known = right[row] as number;
    for (let k = 0; k < row; k++) known -= (matrix[row * size + k] as number) * (right[k] as number);
    right[row] = known / (matrix[row * size + row] as number);
  }
  for (let row = size - 1; row >= 0; row--) {
    let known = right[row] as number;
    for (let k = row + 1; k < size; k++) known -= (matrix[k * size + row] as number) * (right[k] as number);
    right[row] = known / (matrix[row * size + row] as number);
  }
  return right;
}
