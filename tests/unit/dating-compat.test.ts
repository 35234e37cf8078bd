// Compatibility of two people: five components in [0, 1] whose weighted sum is the score, the same both ways, honest about what is unknown.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compatibility } from '../../processors/dating/compat/compatibility.ts';
import { ageFit, interestFigures, interestsFrom } from '../../processors/dating/compat/components.ts';
import { suit } from '../../processors/dating/compat/eligible.ts';
import {
  ageOn,
  type DatingProfile,
  dayOf,
  onlineShares,
  type Person,
  personOf,
} from '../../processors/dating/compat/person.ts';
import { compatRuleSets, components } from '../../processors/dating/compat/rules.ts';
import { Names } from '../../projections/dating-names.ts';
import { cellOf, distanceBetween } from '../../schemas/cells.ts';
import { alike, givenNow, givenProfile, givenWorld } from '../dating-given.ts';

const day = dayOf(givenNow);
const names = new Names();
const personFrom = (profile: DatingProfile): Person => personOf(profile, (name) => names.take(name)) as Person;
const person = (userId: string, differences?: Parameters<typeof givenProfile>[1]) =>
  personFrom(givenProfile(userId, differences));
const compared = (a: Person, b: Person, personality: typeof alike | null = alike) =>
  compatibility(a, b, { km: distanceBetween(a.cell, b.cell), day, personality });

const twoPeople = fc.integer({ min: 1, max: 1_000_000 }).map((seed) => {
  const [a, b] = givenWorld(seed, 2).map(personFrom);
  return [a as Person, b as Person] as const;
});

describe('of any two people', () => {
  test('every component is in [0, 1], and the weighted sum is the score', () => {
    fc.assert(
      fc.property(twoPeople, ([a, b]) => {
        const { score, factors } = compared(a, b);
        let sum = 0;
        for (const name of components) {
          const { value, weight } = factors[name];
          expect(value >= 0 && value <= 1).toBe(true);
          sum += value * weight;
        }
        expect(Math.abs(sum - score)).toBeLessThan(1e-6);
        expect(score >= 0 && score <= 1 + 1e-12).toBe(true);
      }),
    );
  });

  test('it is the same both ways, bit for bit; the two directions of age change places', () => {
    fc.assert(
      fc.property(twoPeople, ([a, b]) => {
        const [there, back] = [compared(a, b), compared(b, a)];
        const turned = { ofFirst: back.ageFits.ofSecond, ofSecond: back.ageFits.ofFirst };
        expect(Object.is(there.score, back.score)).toBe(true);
        // Whom the words speak to changes places as well.
        const named = ({ unknown }: typeof there) => unknown.map(({ component }) => component);
        expect(named(there)).toEqual(named(back));
        expect(there).toStrictEqual({ ...back, ageFits: turned, unknown: there.unknown });
      }),
    );
  });

  test('what is unknown is named, counts a half and gives no reason', () => {
    fc.assert(
      fc.property(twoPeople, fc.boolean(), ([a, b], hasModel) => {
        const { factors, unknown, reasons } = compared(a, b, hasModel ? alike : null);
        const named = new Set(unknown.map(({ component }) => component));
        expect(named.has('interests')).toBe(a.interests.length === 0 || b.interests.length === 0);
        expect(named.has('activity')).toBe(!a.online || !b.online);
        expect(named.has('personality')).toBe(!hasModel || !a.answers || !b.answers);
        for (const component of named) expect(factors[component].value).toBe(0.5);
        expect(reasons).toHaveLength(5 - named.size);
      }),
    );
  });

  test('interests agree with sets', () => {
    fc.assert(
      fc.property(twoPeople, ([a, b]) => {
        const [ofA, ofB, not, nor] = [a.interests, b.interests, a.aversions, b.aversions].map((list) => new Set(list));
        const all = new Set([...(ofA ?? []), ...(ofB ?? [])]);
        const conflicts = [...all].filter(
          (name) => (ofA?.has(name) && nor?.has(name)) || (ofB?.has(name) && not?.has(name)),
        );
        const shared = [...all].filter((name) => ofA?.has(name) && ofB?.has(name));
        expect(interestFigures(a, b)).toEqual({ shared: shared.length, conflicts: conflicts.length, all: all.size });
      }),
    );
  });

  test('who suits whom is the same both ways', () => {
    fc.assert(
      fc.property(twoPeople, ([a, b]) => {
        const km = distanceBetween(a.cell, b.cell);
        expect(suit(a, b, { km, day })).toBe(suit(b, a, { km, day }));
      }),
    );
  });
});

test('the weights add up to 1, and rule set 1 is what it was', () => {
  const { weights } = compatRuleSets[1];
  expect(Object.values(weights).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
  expect(weights).toEqual({ interests: 0.3, location: 0.2, age: 0.15, activity: 0.15, personality: 0.2 });
});

describe('components', () => {
  test.each([
    [30, 1],
    [25, 1],
    [35, 1],
    [37.5, 0.75],
    [20, 0.5],
    [40, 0.5],
    [42.5, 0.25],
    [45, 0],
    [60, 0],
  ])('somebody of %d years fits the wish 20 to 40 by %d', (age, fit) => {
    expect(ageFit({ ageMin: 20, ageMax: 40 }, age)).toBeCloseTo(fit, 12);
  });

  test('a wish for one age alone is met by that age', () => {
    expect(ageFit({ ageMin: 30, ageMax: 30 }, 30)).toBe(1);
    expect(ageFit({ ageMin: 30, ageMax: 30 }, 31)).toBeCloseTo(0.4, 12);
  });

  test('interests are compared without case and repetition, and conflicts take their share', () => {
    const a = person('a', { dating: { interests: ['Jazz', ' jazz', 'hiking', 'film'], aversions: ['Chess'] } });
    const b = person('b', { dating: { interests: ['JAZZ', 'chess'], aversions: [] } });
    expect(interestFigures(a, b)).toEqual({ shared: 1, conflicts: 1, all: 4 });
    expect(interestsFrom(interestFigures(a, b))).toBeCloseTo((1 / 4) * (3 / 4), 12);
  });

  test('ages are whole years at the time of the request, a birthday counts from its day on', () => {
    const born = (birthDate: string) => person('a', { dating: { birthDate } });
    expect(ageOn(dayOf(Date.UTC(2026, 2, 1) - 1), born('2000-03-01'))).toBe(25);
    expect(ageOn(dayOf(Date.UTC(2026, 2, 1)), born('2000-03-01'))).toBe(26);
    expect(ageOn(dayOf(Date.UTC(2026, 1, 28)), born('2000-02-29'))).toBe(25);
    expect(ageOn(dayOf(Date.UTC(2026, 2, 1)), born('2000-02-29'))).toBe(26);
  });

  test('online times are smoothed around midnight and add up to 1; a few hours say nothing', () => {
    const at = (hours: number, hour: number) => Array.from({ length: 24 }, (_, h) => (h === hour ? hours : 0));
    const shares = onlineShares(at(4, 0));
    expect([shares?.[23], shares?.[0], shares?.[1], shares?.[2]]).toEqual([0.25, 0.5, 0.25, 0]);
    expect(onlineShares(at(2.9, 0))).toBeNull();
    expect(onlineShares([])).toBeNull();
  });

  test('a model that says nonsense is taken for what it can mean', () => {
    const [a, b] = [person('a'), person('b')];
    const saying = (score: number) => compared(a, b, { ...alike, score: () => score });
    expect(saying(7).factors.personality.value).toBe(1);
    expect(saying(-1).factors.personality.value).toBe(0);
    expect(saying(Number.NaN).unknown.map(({ component }) => component)).toEqual(['personality']);
  });

  test('a model that is not quite the same both ways is asked one way only', () => {
    const lopsided = { version: '1', score: (a: { goes_out?: number }) => (a.goes_out ?? 0) / 10 };
    const [a, b] = [
      person('a', { dating: { answers: { goes_out: 1 } } }),
      person('b', { dating: { answers: { goes_out: 7 } } }),
    ];
    const score = (one: Person, other: Person) =>
      compatibility(one, other, { km: 3, day, personality: lopsided }).score;
    expect(score(a, b)).toBe(score(b, a));
  });
});

describe('reasons', () => {
  test('are in plain words with the figures that were computed, what counts most first', () => {
    const interests = Array.from({ length: 17 }, (_, n) => `i${n}`);
    const a = person('a', { dating: { interests: [...interests, 'x', 'y'], answers: { goes_out: 3 } } });
    const b = person('b', { dating: { interests: [...interests, 'z'], answers: { goes_out: 4.26 } } });
    expect(compared(a, b).reasons).toEqual([
      '85% shared interests',
      'Only 3 km away',
      'Great chemistry predicted (82% compatibility)',
      'Perfect age match',
      'Online at the same hours (100% overlap)',
    ]);
  });

  test('say what speaks against it as well', () => {
    const a = person('a', {
      dating: { interests: ['jazz', 'smoking'], aversions: [], wish: { ageMin: 29, ageMax: 60 } },
    });
    const b = person('b', {
      online: Array.from({ length: 24 }, (_, hour) => (hour < 6 ? 2 : 0)),
      dating: {
        interests: ['chess', 'film'],
        aversions: ['smoking'],
        answers: { goes_out: 0 },
        cell: cellOf(52.72, 13.405),
        wish: { ageMin: 30 },
      },
    });
    const { reasons } = compared(a, b);
    expect(reasons).toContain('No shared interests; 1 of 4 is what one of you avoids');
    expect(reasons).toContain('23 km away');
    expect(reasons).toContain('Good chemistry predicted (57% compatibility)');
    expect(reasons.join()).toMatch(/At the edge of the ages looked for \(5\d%\)/);
    expect(reasons.join()).toMatch(/Seldom online together \(\d+% overlap\)/);
  });
});

describe('eligible', () => {
  const viewer = person('viewer', { dating: { gender: 'man', wish: { genders: ['woman'], intention: 'serious' } } });
  const suits = (differences: Parameters<typeof givenProfile>[1], km = 10) =>
    suit(viewer, person('other', differences), { km, day });

  test('both sides look for what the other is', () => {
    expect(suits({})).toBe(true);
    expect(suits({ dating: { gender: 'man' } })).toBe(false);
    expect(suits({ dating: { wish: { genders: ['woman'] } } })).toBe(false);
    expect(suits({ dating: { birthDate: '1980-01-01' } })).toBe(false);
    expect(suits({ dating: { wish: { ageMin: 31 } } })).toBe(false);
    expect(suits({ dating: { wish: { distanceKm: 9 } } })).toBe(false);
    expect(suits({}, 51)).toBe(false);
    expect(suits({ dating: { wish: { intention: 'casual' } } })).toBe(false);
    expect(suits({ dating: { wish: { intention: 'serious' } } })).toBe(true);
    expect(suit(viewer, viewer, { km: 3, day })).toBe(false);
  });

  test('nobody under age, whatever is wished', () => {
    const child = { dating: { birthDate: '2010-01-01' } };
    const wishing = person('w', { dating: { wish: { ageMin: 0, ageMax: 99 } } });
    const young = person('c', { ...child, dating: { ...child.dating, wish: { ageMin: 0, ageMax: 99 } } });
    expect(suit(wishing, young, { km: 3, day })).toBe(false);
  });

  test.each([
    ['a birth date that is none', { birthDate: '1990-02-30' }],
    ['a cell that is none', { cell: 'r1c99999' }],
  ])('%s makes a profile unreadable', (_, dating) => {
    expect(personOf(givenProfile('a', { dating }), () => 0)).toBeNull();
  });
});
