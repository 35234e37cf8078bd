// Two hundred observers at places of their choice learn of somebody's place no more than the cell, whatever they read and whatever they wish for.
import { describe, expect, test } from 'vitest';
import { seeded } from '../../producers/simulate/random.ts';
import { DatingCandidates } from '../../projections/dating-candidates.ts';
import { cellOf, centreOf, distanceKm } from '../../schemas/cells.ts';
import { alike, berlin, givenNow, givenProfile, nobody } from '../dating-given.ts';

type Place = { readonly latitude: number; readonly longitude: number };
type Reading = {
  readonly km: number;
  readonly location: number;
  readonly score: number;
  readonly rank: number;
  readonly reach: number;
};

const observers = 200;
const random = seeded(8);
const kmPerDegree = 111.195;
const targetCell = cellOf(berlin.latitude, berlin.longitude);
const middle = centreOf(targetCell);

/** Half of them near, where distances tell most, the others up to 60 km off. */
const places: Place[] = Array.from({ length: observers }, (_, n) => {
  const [angle, off] = [random.next() * 2 * Math.PI, (n % 2 ? 0.05 : 0.5) * Math.sqrt(random.next())];
  return {
    latitude: middle.latitude + off * Math.cos(angle),
    longitude: middle.longitude + (off * Math.sin(angle)) / 0.61,
  };
});

const wish = { ageMin: 18, ageMax: 90, distanceKm: 200 };
const bystanders = ['x', 'y'].map((id, n) => givenProfile(id, { dating: { cell: cellOf(52.4 + n / 5, 13.3), wish } }));

/** Everything the API would tell the observer, the smallest own distance wish with which the target is still shown included. */
async function read(target: Place, observer: Place): Promise<Reading> {
  const index = new DatingCandidates({ personality: () => alike, excluded: nobody });
  const at = (place: Place) => cellOf(place.latitude, place.longitude);
  for (const profile of bystanders) index.set(profile);
  index.set(givenProfile('target', { dating: { cell: at(target), wish } }));
  const look = async (distanceKm: number) => {
    index.set(givenProfile('observer', { dating: { cell: at(observer), wish: { ...wish, distanceKm } } }));
    const page = await index.page('observer', { limit: 100, after: null, now: givenNow });
    if ('refused' in page) throw new Error(page.refused);
    const rank = page.matches.findIndex(({ profile }) => profile.userId === 'target');
    return { rank, found: page.matches[rank]?.compatibility };
  };
  const { rank, found } = await look(200);
  if (!found) throw new Error('the target is not shown');
  let [hidden, reach] = [0, 200];
  while (reach - hidden > 0.01) {
    const tried = (hidden + reach) / 2;
    if ((await look(tried)).found) reach = tried;
    else hidden = tried;
  }
  const { distanceKm: km, factors, score } = found;
  return { km, location: factors.location.value, score, rank, reach };
}

const metric = (a: Place, b: Place): number =>
  Math.hypot(a.latitude - b.latitude, (a.longitude - b.longitude) * Math.cos((middle.latitude * Math.PI) / 180)) *
  kmPerDegree;

/** Gauss and Newton from the middle of the observers: the place whose distances agree best with those that were read. */
function fitted(readings: readonly number[], from: readonly Place[]): Place {
  let [latitude, longitude] = [middle.latitude + 0.1, middle.longitude - 0.1];
  const east = Math.cos((middle.latitude * Math.PI) / 180);
  for (let round = 0; round < 100; round++) {
    let [aa, ab, bb, ra, rb] = [0, 0, 0, 0, 0];
    for (const [n, place] of from.entries()) {
      const off = Math.max(1e-6, metric({ latitude, longitude }, place));
      const [a, b] = [
        ((latitude - place.latitude) * kmPerDegree) / off,
        ((longitude - place.longitude) * east * kmPerDegree) / off,
      ];
      // Rounded up: half a km too much on average.
      const residual = (readings[n] ?? 0) - 0.5 - off;
      [aa, ab, bb, ra, rb] = [aa + a * a, ab + a * b, bb + b * b, ra + a * residual, rb + b * residual];
    }
    const determinant = aa * bb - ab * ab;
    latitude += (bb * ra - ab * rb) / determinant / kmPerDegree;
    longitude += (aa * rb - ab * ra) / determinant / kmPerDegree / east;
  }
  return { latitude, longitude };
}

/** Places of one cell, its corners among them. */
const inCell: Place[] = Array.from({ length: 60 }, () => ({
  latitude: middle.latitude + 0.0199 * (random.next() - 0.5),
  longitude: middle.longitude + 0.032 * (random.next() - 0.5),
}));

describe('a place', () => {
  test('is one of many in a cell, and all that is read is the same wherever in it somebody is', async () => {
    for (const place of inCell) expect(cellOf(place.latitude, place.longitude)).toBe(targetCell);
    for (const observer of places.slice(0, 10)) {
      const readings = await Promise.all(inCell.slice(0, 5).map((place) => read(place, observer)));
      for (const reading of readings) expect(reading).toStrictEqual(readings[0]);
    }
  });

  test('is not found by least squares of two hundred observers any better than by knowing the cell', async () => {
    const readings = await Promise.all(places.map((observer) => read(inCell[0] as Place, observer)));
    for (const [n, { km, location, reach }] of readings.entries()) {
      const observer = places[n] as Place;
      expect(km).toBe(distanceKm(cellOf(observer.latitude, observer.longitude), targetCell));
      expect(location).toBe(1 - km / 200);
      // The own wish as a question: it answers the same whole km.
      expect(Math.abs(reach - km)).toBeLessThanOrEqual(0.011);
    }
    const snapped = places.map((place) => centreOf(cellOf(place.latitude, place.longitude)));
    const estimate = fitted(
      readings.map(({ km }) => km),
      snapped,
    );
    expect(metric(estimate, middle)).toBeLessThan(1);
    const squared = (from: Place) => inCell.reduce((sum, place) => sum + metric(from, place) ** 2, 0) / inCell.length;
    // Over the places of the cell the middle has the least error there can be; all observers together do not get below.
    const mean = (of: 'latitude' | 'longitude') => inCell.reduce((sum, place) => sum + place[of], 0) / inCell.length;
    const best = squared({ latitude: mean('latitude'), longitude: mean('longitude') });
    expect(squared(estimate)).toBeGreaterThanOrEqual(best - 1e-9);
    expect(Math.sqrt(best)).toBeGreaterThan(0.7);
  });

  test('would be found if distances were exact: the observers can do it', () => {
    const place = inCell[0] as Place;
    const estimate = fitted(
      places.map((observer) => metric(place, observer) + 0.5),
      places,
    );
    expect(metric(estimate, place)).toBeLessThan(0.01);
  });
});
