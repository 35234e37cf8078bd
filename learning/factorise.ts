// Factor vectors of users and videos by alternating least squares on what was watched.
import { foldIn } from '../processors/feed/ranking/learned/viewer-vector.ts';
import { viewersOf } from './ease.ts';
import { randomOf } from './random.ts';

export type Factors = { readonly gram: Float32Array; readonly vectors: readonly Float32Array[] };
export type FactorSettings = {
  readonly rank: number;
  readonly rounds: number;
  readonly regularisation: number;
  readonly seed: number;
};

/**
 * Hu, Koren, Volinsky (2008), "Collaborative filtering for implicit feedback datasets".
 * @param rows the columns of each user's videos
 * @param weights for each of them how much more it counts than what was not watched
 */
export function factorise(
  rows: readonly Int32Array[],
  weights: readonly Float32Array[],
  columns: number,
  { rank, rounds, regularisation, seed }: FactorSettings,
): Factors {
  const random = randomOf(seed);
  let videos: Float32Array[] = Array.from({ length: columns }, () =>
    Float32Array.from({ length: rank }, () => (random() - 0.5) * 0.2),
  );
  const viewers = viewersOf(rows, columns);
  const places = placesOf(rows, columns);
  for (let round = 0; round < rounds; round++) {
    const ofVideos = gramOf(videos, rank, regularisation);
    const users = rows.map((row, user) => {
      const own = Array.from(row, (column) => videos[column] as Float32Array);
      return foldIn(ofVideos, own, Array.from(weights[user] as Float32Array));
    });
    const ofUsers = gramOf(users, rank, regularisation);
    videos = viewers.map((own, column) => {
      const vectors = own.map((user) => users[user] as Float32Array);
      const confidences = own.map((user, at) => weights[user]?.[places[column]?.[at] as number] as number);
      return foldIn(ofUsers, vectors, confidences);
    });
  }
  return { gram: gramOf(videos, rank, regularisation), vectors: videos };
}

/** Per column, where it stands in the row of each of its viewers. */
function placesOf(rows: readonly Int32Array[], columns: number): number[][] {
  const places = Array.from({ length: columns }, (): number[] => []);
  for (const row of rows) {
    row.forEach((column, place) => {
      places[column]?.push(place);
    });
  }
  return places;
}

function gramOf(vectors: readonly Float32Array[], rank: number, regularisation: number): Float32Array {
  const gram = new Float64Array(rank * rank);
  for (const vector of vectors) {
    for (let row = 0; row < rank; row++) {
      for (let column = 0; column < rank; column++) {
        const place = row * rank + column;
        gram[place] = (gram[place] as number) + (vector[row] as number) * (vector[column] as number);
      }
    }
  }
  for (let row = 0; row < rank; row++) gram[row * rank + row] = (gram[row * rank + row] as number) + regularisation;
  return Float32Array.from(gram);
}
