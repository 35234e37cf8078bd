// Found among rows of numbers or by looking at everybody in turn: the same people in the same order, with the same scores and words, to the last bit.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compatibility } from '../../processors/dating/compat/compatibility.ts';
import { interestFigures } from '../../processors/dating/compat/components.ts';
import { suit } from '../../processors/dating/compat/eligible.ts';
import { type DatingProfile, dayOf, type Person, personOf } from '../../processors/dating/compat/person.ts';
import { type Random, seeded } from '../../producers/simulate/random.ts';
import { DatingCandidates, type Match } from '../../projections/dating-candidates.ts';
import { Crowd } from '../../projections/dating-crowd.ts';
import { Grid } from '../../projections/dating-grid.ts';
import { Marks } from '../../projections/dating-marks.ts';
import { Names } from '../../projections/dating-names.ts';
import { kmBetween, reachOf } from '../../projections/dating-outlook.ts';
import { Shell } from '../../projections/dating-shell.ts';
import type { DatingPlace } from '../../projections/dating-walks.ts';
import { distanceBetween } from '../../schemas/cells.ts';
import { alike, givenWorld, nobody, givenNow as now } from '../dating-given.ts';
import { plainly } from './dating-plainly.ts';

const words = Array.from({ length: 40 }, (_, n) => `word${n}`);
const some = (random: Random, share: number) => words.filter(() => random.next() < share);

/** Near each other, with everything there can be: much and nothing liked, liked and avoided at once, ages at every border. */
function crowdedWorld(random: Random, count: number): DatingProfile[] {
  return givenWorld(random.whole(1e6), count).map((profile) => {
    if (!profile.dating) throw new Error('a world of profiles with details');
    const likes = some(random, random.pick([0, 0.1, 0.5]));
    const aversions = some(random, random.pick([0, 0.05, 0.3]));
    const birthDate =
      random.next() < 0.2
        ? random.pick(['2008-06-15', '2008-06-16', '2012-01-01', '1996-06-15'])
        : profile.dating.birthDate;
    const { wish } = profile.dating;
    const distanceKm = wish.distanceKm + random.pick([0, 0, 0.4]);
    const [ageMin, ageMax] =
      random.next() < 0.4 ? [random.pick([12, 18, 30]), random.pick([29, 30, 60])] : [wish.ageMin, wish.ageMax];
    const online = random.next() < 0.3 ? new Array(24).fill(0) : profile.online;
    return {
      ...profile,
      online,
      dating: {
        ...profile.dating,
        interests: likes,
        aversions,
        birthDate,
        wish: { ...wish, ageMin, ageMax, distanceKm },
      },
    };
  });
}

/** Some go, some come back, some move, some were online, some like something else. */
function changed(random: Random, world: DatingProfile[], index: DatingCandidates): void {
  for (let n = 0; n < world.length; n++) {
    const at = random.whole(world.length);
    const [one, other] = [world[at] as DatingProfile, world[random.whole(world.length)] as DatingProfile];
    if (!one.dating || !other.dating) continue;
    const changes: DatingProfile[] = [
      { ...one, online: other.online },
      { ...one, dating: { ...one.dating, cell: other.dating.cell } },
      { ...one, dating: { ...one.dating, wish: other.dating.wish } },
      { ...one, dating: { ...one.dating, interests: other.dating.interests, answers: other.dating.answers } },
      { ...one, dating: { ...one.dating, aversions: other.dating.aversions, gender: other.dating.gender } },
      { ...one, status: one.status === 'visible' ? 'paused' : 'visible' },
    ];
    world[at] = random.pick(changes);
    if (random.next() < 0.2) index.remove(one.userId);
    index.set(world[at] as DatingProfile);
  }
}

async function walked(index: DatingCandidates, userId: string): Promise<Match[]> {
  const found: Match[] = [];
  for (let after: DatingPlace | null = null; ; ) {
    const page = await index.page(userId, { limit: 20, after, now });
    if ('refused' in page) throw new Error(page.refused);
    found.push(...page.matches);
    after = page.next;
    if (!after) return found;
  }
}

const figuresOf = (matches: readonly Match[]) =>
  matches.map(({ profile, compatibility: { score, distanceKm: km }, rankScore: rank }) => ({
    ...{ userId: profile.userId, km, score, rank },
  }));

describe('the quick way equals looking at everybody', () => {
  test.each([
    ['with a model', alike],
    ['without', null],
  ])('%s', async (_, model) => {
    let shown = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1e6 }), async (seed) => {
        const random = seeded(seed);
        const world = crowdedWorld(random, 150);
        const index = new DatingCandidates({ personality: () => model, excluded: nobody });
        const boosted = new Set(['user3', 'user50', 'user80']);
        for (const id of ['user3', 'user7']) index.setBoost(id, now + 1);
        for (const profile of world) index.set(profile);
        for (const id of ['user50', 'user80']) index.setBoost(id, now + 1);
        index.setBoost('user7', null);
        index.setBoost('user9', now);
        changed(random, world, index);
        for (const { userId, status } of world.slice(0, 12)) {
          if (status !== 'visible') continue;
          const found = await walked(index, userId);
          expect(figuresOf(found)).toStrictEqual(plainly(world, userId, { model, boosted, now }));
          shown += found.length;
        }
      }),
      { numRuns: 40 },
    );
    expect(shown).toBeGreaterThan(1_000);
  });

  test('what is shared and what is in conflict is counted the same by marks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const random = seeded(seed);
        const names = new Names();
        for (let n = 0; n < random.whole(300); n++) names.take(`before${n}`);
        const people = crowdedWorld(random, 12).map((one) => personOf(one, (name) => names.take(name)) as Person);
        const crowd = new Crowd();
        for (const person of people) crowd.add(person, { kind: 0, mayBeBoosted: false });
        for (const viewer of people)
          for (const [n, person] of crowd.people.entries()) {
            const { shared, conflicts, all } = new Marks(viewer).figures(crowd, n);
            expect({ shared, conflicts, all }).toStrictEqual(interestFigures(viewer, person));
          }
      }),
    );
  });

  test('a shell holds whom `suit` lets in, and nobody else', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const [names, grid, day] = [new Names(), new Grid(), dayOf(now)];
        const world = crowdedWorld(seeded(seed), 100);
        const people = world.map((one) => personOf(one, (name) => names.take(name)) as Person);
        for (const person of people) grid.add(person, false);
        for (const viewer of people.slice(0, 20)) {
          const outlook = { viewer, day, personality: null, isBoosted: () => false };
          const shell = new Shell(grid, outlook, { from: 0, to: reachOf(viewer), self: viewer });
          const suiting = people.filter((one) => suit(viewer, one, { km: kmBetween(viewer, one), day }));
          expect(shell.userIds.toSorted()).toEqual(suiting.map(({ userId }) => userId).toSorted());
        }
      }),
      { numRuns: 40 },
    );
  });

  test('what is told of each is what two people alone would be told', async () => {
    const world = crowdedWorld(seeded(5), 150);
    const index = new DatingCandidates({ personality: () => alike, excluded: nobody });
    for (const profile of world) index.set(profile);
    const names = new Names();
    const personOfId = (userId: string) =>
      personOf(index.profile(userId) as DatingProfile, (name) => names.take(name)) as Person;
    for (const { userId, status } of world.slice(0, 40)) {
      if (status !== 'visible') continue;
      for (const { profile, compatibility: found } of await walked(index, userId)) {
        const [a, b] = [personOfId(userId), personOfId(profile.userId)];
        const about = { km: distanceBetween(a.cell, b.cell), day: dayOf(now), personality: alike };
        expect(found).toStrictEqual(compatibility(a, b, about));
      }
    }
  });
});
