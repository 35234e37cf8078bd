// The dating profiles of the demo's people, all in one city, and some swipes with a match among them. Pure.
import { cellOf } from '../../schemas/cells.ts';
import { ageBandOf, ageOn, type DatingDetails, type Gender } from '../../schemas/dating.ts';
import { currentRuleSet } from '../../schemas/money.ts';
import { hobbyNames, preferenceNames, selfRatingNames } from '../../schemas/questionnaire.ts';
import type { UserActivityInput } from '../activity.ts';
import type { PaymentInput } from '../payments.ts';
import { people } from './people.ts';
import { type Random, seeded } from './random.ts';

/** Berlin; people live up to so many degrees around its middle. */
const city = { latitude: 52.52, longitude: 13.405, spread: 0.09 };
/** One in four of them has not answered the questions; the named people, with whom a tour begins, have. */
const others = 30;

type Sketch = {
  readonly userId: string;
  readonly name: string;
  readonly gender: Gender;
  readonly age: number;
  readonly likes: readonly Gender[];
  readonly interests: readonly string[];
  readonly aversions: readonly string[];
  /** The questionnaire: whose answers are missing has an unknown personality, and every score with them says so. */
  readonly hasAnswered: boolean;
};

const named: Readonly<Record<string, Omit<Sketch, 'userId' | 'interests' | 'hasAnswered'>>> = {
  test: { name: 'Toni', gender: 'man', age: 29, likes: ['woman'], aversions: ['football'] },
  user1: { name: 'Uwe', gender: 'man', age: 33, likes: ['woman', 'man'], aversions: [] },
  ana: { name: 'Ana', gender: 'woman', age: 28, likes: ['man', 'nonbinary'], aversions: ['comedy'] },
  ben: { name: 'Ben', gender: 'man', age: 31, likes: ['woman'], aversions: ['football'] },
  chi: { name: 'Chi', gender: 'woman', age: 26, likes: ['man', 'woman'], aversions: [] },
  dev: { name: 'Dev', gender: 'nonbinary', age: 30, likes: ['woman', 'man', 'nonbinary'], aversions: ['fitness'] },
};

const pastimes = ['music', 'cooking', 'football', 'travel', 'code', 'comedy', 'science', 'fitness', 'hiking', 'art'];
const names = [
  'Alex',
  'Bea',
  'Caro',
  'Dan',
  'Eli',
  'Fin',
  'Gia',
  'Hal',
  'Ida',
  'Jo',
  'Kim',
  'Lou',
  'Max',
  'Nia',
  'Olu',
];

function sketches(random: Random): Sketch[] {
  const known = people.map(({ userId, likes }): Sketch => {
    const sketch = named[userId] as (typeof named)[string];
    return {
      userId,
      hasAnswered: true,
      ...sketch,
      interests: [...likes, 'hiking', ...(random.next() < 0.5 ? ['art'] : [])],
    };
  });
  const strangers = Array.from({ length: others }, (_, i): Sketch => {
    const gender: Gender = i % 2 === 0 ? 'woman' : 'man';
    const likes: Gender[] =
      random.next() < 0.2 ? ['woman', 'man', 'nonbinary'] : [gender === 'woman' ? 'man' : 'woman'];
    const interests = [...new Set([0, 1, 2, 3].map(() => random.pick(pastimes)))];
    const aversions = random.next() < 0.4 ? pastimes.filter((one) => !interests.includes(one)).slice(0, 1) : [];
    const name = names[i % names.length] as string;
    const about = { name, gender, age: 22 + random.whole(20), likes, interests, aversions };
    return { userId: `demo_user_${i + 1}`, ...about, hasAnswered: random.next() >= 0.25 };
  });
  return [...known, ...strangers];
}

/** A profile of everybody; who they are is in the event as ciphertext only. */
export function demoProfiles(seed: number, nowMs: number): UserActivityInput[] {
  const random = seeded(seed + 2);
  return sketches(random).map((sketch, i): UserActivityInput => {
    const dating = detailsOf(random, sketch, nowMs);
    const ageBand = ageBandOf(ageOn(dating.birthDate, nowMs) ?? sketch.age);
    const envelope = { source: 'simulator', eventId: `demo_dating_${seed}_${i}`, ...(ageBand && { ageBand }) };
    return { action: 'dating_profile', userId: sketch.userId, status: 'visible', dating, ...envelope };
  });
}

function detailsOf(
  random: Random,
  { name, gender, age, likes, interests, aversions, hasAnswered }: Sketch,
  nowMs: number,
): DatingDetails {
  const near = () => (random.next() + random.next() - 1) * city.spread;
  const year = new Date(nowMs).getUTCFullYear() - age;
  return {
    ...{ name, gender, interests, aversions },
    birthDate: `${year}-01-${String(1 + random.whole(28)).padStart(2, '0')}`,
    prompts: [{ question: 'A perfect Sunday?', answer: `${interests[0]}, then ${interests.at(-1)}` }],
    videoId: null,
    cell: cellOf(city.latitude + near(), city.longitude + near() * 1.6),
    wish: { genders: likes, ageMin: Math.max(18, age - 8), ageMax: age + 10, distanceKm: 30, intention: 'open' },
    answers: hasAnswered ? answersOf(random) : {},
  };
}

function answersOf(random: Random): Record<string, number> {
  const answers: Record<string, number> = {};
  for (const question of preferenceNames) answers[question] = 10 + random.whole(15);
  for (const question of [...selfRatingNames, ...hobbyNames]) answers[question] = 2 + random.whole(9);
  return answers;
}

const purse = { COIN: 500, CREDIT: 400 } as const;

/** What the named people can spend. */
export const demoPurses = (seed: number): PaymentInput[] =>
  people.flatMap(({ userId }) =>
    (['COIN', 'CREDIT'] as const).map((asset): PaymentInput => {
      const eventId = `demo_purse_${seed}_${userId}_${asset}`;
      const bought = { asset, amount: purse[asset], provider: 'local', ruleSet: currentRuleSet };
      return { type: 'coin_purchase', accountId: userId, ...bought, source: 'simulator', eventId };
    }),
  );

/** Whose days the free swipes are counted by. */
export const demoTimeZones = (seed: number): PaymentInput[] =>
  people.map(({ userId }): PaymentInput => {
    const eventId = `demo_zone_${seed}_${userId}`;
    return { type: 'time_zone', accountId: userId, timeZone: 'Europe/Berlin', source: 'simulator', eventId };
  });

/** Two who like each other, one who waits for an answer, one who does not care. */
const swipes = [
  ['chi', 'test', 'RIGHT'],
  ['test', 'chi', 'RIGHT'],
  ['ben', 'ana', 'RIGHT'],
  ['dev', 'ana', 'SUPER_LIKE'],
  ['chi', 'user1', 'LEFT'],
] as const;

export const demoSwipes = (seed: number): PaymentInput[] =>
  swipes.map(([accountId, counterpartyId, direction], i): PaymentInput => {
    const key = `demo_swipe_${seed}_${i}`;
    const asked = { direction, counterpartyKnown: true, idempotencyKey: key, ruleSet: currentRuleSet };
    return { type: 'swipe', accountId, counterpartyId, ...asked, source: 'simulator', eventId: key };
  });
