// The personality model on invented waves: it finds what is there, nothing where nothing is, says the same both ways, and reads its allow-list alone.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { aucGainOf, aucOf, calibrationOf, logLossOf } from '../../learning/judged.ts';
import { fitLogistic } from '../../learning/logistic.ts';
import { coloursOf, type JudgedMeeting } from '../../learning/meetings.ts';
import { chancesOf, foldsOf, tooLittle, trainPersonality } from '../../learning/personality.ts';
import { randomOf } from '../../learning/random.ts';
import { shuffled } from '../../learning/train.ts';
import { learnableFrom } from '../../operations/train-dating/read-log.ts';
import { personalityOf } from '../../processors/dating/compat/personality.ts';
import { type Traits, traitNames } from '../../processors/dating/compat/personality-features.ts';
import {
  type PersonalityModel,
  personalityModelFrom,
  rankAmong,
} from '../../processors/dating/compat/personality-model.ts';
import type { UserActivity } from '../../schemas/generated.ts';
import { answerProblemOf, questions } from '../../schemas/questionnaire.ts';
import { traitsDrawn, type World, world } from './dating-worlds.ts';

/** Fun people are wanted, and those who rate themselves attractive are choosy. */
const taste = (own: Traits, other: Traits) =>
  -0.3 + 0.35 * ((other.self_fun ?? 5) - 5.5) - 0.2 * ((own.self_attractive ?? 5) - 5.5);
const learned = world(6, 10, 1, taste);
const unseen = world(4, 10, 2, taste);
let model: PersonalityModel;

beforeAll(() => {
  model = trainPersonality({ ...learned, version: 'one' });
});

const matches = ({ meetings }: World) => meetings.map(({ match }) => match);
const matchChances = (by: PersonalityModel, { people, meetings }: World) =>
  chancesOf(by, people, meetings).map(({ match }) => match);
const traits = fc.integer({ min: 1, max: 1_000_000 }).map((seed) => traitsDrawn(randomOf(seed), seed % 2 === 0));

describe('on waves it has not seen', () => {
  test('it finds what is there, for the match and for one side’s yes', () => {
    expect(aucOf(matchChances(model, unseen), matches(unseen))).toBeGreaterThan(0.7);
    const yes = chancesOf(model, unseen.people, unseen.meetings).map((chance) => chance.yes);
    expect(
      aucOf(
        yes,
        unseen.meetings.map((meeting) => meeting.yes),
      ),
    ).toBeGreaterThan(0.7);
  });

  test('it beats the age gap, by more than chance over whole dates', () => {
    const gaps = unseen.meetings.map(({ person, partner }) => {
      const age = (id: string) => unseen.traits.get(id)?.age ?? 0;
      return -Math.abs(age(person) - age(partner));
    });
    const dates = unseen.meetings.map(({ person, partner }) => [person, partner].sort().join(' '));
    const ours = matchChances(model, unseen);
    const { lower } = aucGainOf({ ours, theirs: gaps }, matches(unseen), dates, { seed: 1, samples: 300 });
    expect(lower).toBeGreaterThan(0);
  });

  test('of shuffled outcomes it learns nothing that holds', () => {
    const aucs = [1, 2, 3, 4].map((seed) => {
      const outcomes = shuffled(
        learned.meetings.map(({ yes, match }) => ({ yes, match })),
        randomOf(seed),
      );
      const meetings = learned.meetings.map((meeting, at) => ({ ...meeting, ...outcomes[at] }) as JudgedMeeting);
      const blind = trainPersonality({ people: learned.people, meetings, version: 'blind' });
      return aucOf(matchChances(blind, unseen), matches(unseen));
    });
    const mean = aucs.reduce((sum, auc) => sum + auc, 0) / aucs.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.1);
  });

  test('what came of the dates that are scored changes no score', () => {
    const turned = unseen.meetings.map((meeting) => ({ ...meeting, yes: 1 - meeting.yes, match: 1 - meeting.match }));
    expect(chancesOf(model, unseen.people, turned)).toEqual(chancesOf(model, unseen.people, unseen.meetings));
  });

  test('a person without any answer, and a wave of two, are scored all the same', () => {
    const lone = [{ person: 'x', partner: 'y', wave: 'w' }];
    const [chance] = chancesOf(model, new Map(), lone);
    expect(chance?.match).toBeGreaterThan(0);
    expect(chance?.match).toBeLessThan(1);
  });
});

test('the same meetings make the same model, byte for byte', () => {
  expect(JSON.stringify(trainPersonality({ ...learned, version: 'one' }))).toBe(JSON.stringify(model));
});

test('a model survives its record; one of other traits or with a missing number is refused', () => {
  const record = JSON.parse(JSON.stringify(model));
  expect(personalityModelFrom(record)).toEqual(model);
  expect(() => personalityModelFrom({ ...record, traits: [...traitNames.slice(1), 'race'] })).toThrow('other traits');
  expect(() => personalityModelFrom({ ...record, yes: { bias: 0, weights: [1] } })).toThrow('missing');
  expect(() => personalityModelFrom({})).toThrow('format');
});

describe('a score', () => {
  test('is the same both ways, to the last bit, and in [0, 1]', () => {
    const personality = personalityOf(model);
    fc.assert(
      fc.property(traits, traits, (a, b) => {
        const score = personality.score(a, b);
        expect(score).toBe(personality.score(b, a));
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('is unknown where one has answered too little', () => {
    const whole = traitsDrawn(randomOf(1), true);
    expect(personalityOf(model).score(whole, { age: 30, self_fun: 8 })).toBeNull();
    expect(personalityOf(model).score(whole, {})).toBeNull();
  });

  test('is not touched by anything outside the allow-list', () => {
    const [a, b] = [traitsDrawn(randomOf(1), true), traitsDrawn(randomOf(2), false)];
    const more = { ...b, race: 3, religion: 2, ethnicity: 1 } as Traits;
    expect(personalityOf(model).score(a, more)).toBe(personalityOf(model).score(a, b));
  });

  test('is a rank: half of the pairs that were tried are below one half', () => {
    const scores = matchChances(model, unseen).map((chance) => rankAmong(model.quantiles, chance));
    const below = scores.filter((score) => score < 0.5).length / scores.length;
    expect(below).toBeGreaterThan(0.3);
    expect(below).toBeLessThan(0.7);
  });
});

describe('the parts', () => {
  test('AUC counts pairs of a yes and a no, equal ones half', () => {
    expect(aucOf([1, 2, 3, 4], [0, 0, 1, 1])).toBe(1);
    expect(aucOf([4, 3, 2, 1], [0, 0, 1, 1])).toBe(0);
    expect(aucOf([1, 1, 1, 2], [0, 1, 0, 1])).toBe(0.75);
    expect(aucOf([1, 2], [1, 1])).toBeNaN();
  });

  test('log loss of one half is ln 2; bins say what was foreseen and what came', () => {
    expect(logLossOf([0.5, 0.5], [0, 1])).toBeCloseTo(Math.LN2, 12);
    expect(calibrationOf([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], 2)).toEqual([
      { count: 2, foreseen: expect.closeTo(0.15), came: 0 },
      { count: 2, foreseen: expect.closeTo(0.85), came: 1 },
    ]);
  });

  test('a model has no gain over itself', () => {
    const ours = [0.1, 0.4, 0.3, 0.9];
    const gain = aucGainOf({ ours, theirs: ours }, [0, 1, 0, 1], ['a', 'b', 'c', 'd'], { seed: 1 });
    expect(gain).toEqual({ gain: 0, lower: 0, upper: 0 });
  });

  test('logistic regression finds the log odds of a table, and a ridge draws them to 0', () => {
    const rows = [0, 0, 0, 0, 1, 1, 1, 1].map((value) => Float64Array.of(value));
    const labels = [0, 0, 0, 1, 0, 1, 1, 1];
    const { bias, weights } = fitLogistic(rows, labels, 1e-9);
    expect(bias).toBeCloseTo(-Math.log(3), 4);
    expect(weights[0]).toBeCloseTo(2 * Math.log(3), 4);
    expect(Math.abs(fitLogistic(rows, labels, 100).weights[0] as number)).toBeLessThan(0.05);
  });

  test('folds are of whole waves, each in one', () => {
    const folds = foldsOf(learned.meetings);
    const waves = folds.flatMap((fold) => [...fold]);
    expect(waves.toSorted()).toEqual(['0', '1', '2', '3', '4', '5']);
  });

  test('three people who all met are of no two groups', () => {
    const met = (person: string, partner: string) => ({ person, partner, wave: 'w' });
    expect(coloursOf([met('a', 'b'), met('b', 'c'), met('c', 'a')])).toEqual([]);
    expect(coloursOf([met('a', 'b'), met('b', 'c')])).toEqual([
      new Map([
        ['a', -1],
        ['b', 1],
        ['c', -1],
      ]),
    ]);
  });
});

describe('from the platform’s own log', () => {
  const details = (self_fun: number) => ({ dating: { birthDate: '2000-01-01', answers: { self_fun, race: 3 } } });
  const at = Date.UTC(2026, 0, 5);
  const profile = (userId: string) =>
    ({ action: 'dating_profile', userId, status: 'visible', personal: Buffer.from('x') }) as unknown as UserActivity;
  const swipe = (userId: string, targetUserId: string, direction: string) =>
    ({ action: 'swipe', userId, targetUserId, direction }) as unknown as UserActivity;
  const seen = (...events: UserActivity[]) => events.map((event) => ({ event, at }));

  test('pairs who both swiped and both have answers are learned from, and no others', () => {
    const { meetings, people } = learnableFrom(
      seen(
        ...['a', 'b', 'c'].map(profile),
        swipe('a', 'b', 'RIGHT'),
        swipe('b', 'a', 'SUPER_LIKE'),
        swipe('a', 'c', 'RIGHT'),
        swipe('d', 'a', 'LEFT'),
        swipe('a', 'd', 'LEFT'),
      ),
      () => details(7),
    );
    expect(meetings.map(({ person, partner, yes, match }) => [person, partner, yes, match])).toEqual([
      ['a', 'b', 1, 1],
      ['b', 'a', 1, 1],
    ]);
    const values = people.get('a');
    expect(values?.[traitNames.indexOf('age')]).toBe(26);
    expect(values?.[traitNames.indexOf('self_fun')]).toBe(7);
    expect(values).toHaveLength(traitNames.length);
    expect(tooLittle(meetings, people)).toContain('1 pairs');
  });

  test('nothing is learned from who was erased or has left, nor from a swipe that was undone', () => {
    const both = [swipe('a', 'b', 'RIGHT'), swipe('b', 'a', 'RIGHT')];
    const events = seen(profile('a'), profile('b'), ...both);
    expect(learnableFrom(events, (id) => (id === 'a' ? 'erased' : details(5))).meetings).toEqual([]);
    const left = { action: 'dating_status', userId: 'a', status: 'deleted' } as unknown as UserActivity;
    expect(learnableFrom([...events, ...seen(left)], () => details(5)).meetings).toEqual([]);
    const undone = { action: 'undo', userId: 'a', targetUserId: 'b' } as unknown as UserActivity;
    expect(learnableFrom([...events, ...seen(undone)], () => details(5)).meetings).toEqual([]);
  });
});

describe('the questionnaire', () => {
  test('asks nothing of race, ethnicity or religion, and is all that a profile can answer', () => {
    for (const { name, text } of questions) expect(`${name} ${text}`).not.toMatch(/\brace|ethni|relig/i);
    expect(answerProblemOf({ self_fun: 8 })).toBeNull();
    expect(answerProblemOf({ race: 1 })).toEqual({ name: 'race', why: 'is no question of the questionnaire' });
    expect(answerProblemOf({ self_fun: 11 })).toEqual({ name: 'self_fun', why: 'must be a number from 1 to 10' });
    expect(answerProblemOf({ self_fun: '8' })?.name).toBe('self_fun');
  });
});
