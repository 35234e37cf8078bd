// The fields of requests of dating.
import { adultAge, ageMax, genders, intentions, profileLimits } from '../schemas/dating.ts';
import { swipeDirections, unlockModes } from '../schemas/ids.ts';
import { questions } from '../schemas/questionnaire.ts';
import { type JsonSchema, objectOf, oneOf } from './fields.ts';

/** What a report can be about. */
export const reportReasons = ['fake_profile', 'under_age', 'harassment', 'spam', 'offensive_content', 'other'] as const;

export const datingField = {
  direction: oneOf(swipeDirections),
  mode: oneOf(unlockModes, { default: 'both' }),
  reason: oneOf(reportReasons),
  text: { type: 'string', minLength: 1, maxLength: 2_000, description: '1 to 2,000 characters' },
} as const satisfies Record<string, JsonSchema>;

const { distanceKmMin, distanceKmMax, questionLength, answerLength, prompts } = profileLimits;
const ages = { type: 'integer', minimum: adultAge, maximum: ageMax, description: `from ${adultAge} to ${ageMax}` };
const wished = ['genders', 'age_min', 'age_max', 'distance_km', 'intention'];
const words = (max: number) => ({ type: 'string', minLength: 1, maxLength: max });

/** The inner parts of a profile as the documentation shows them; the profile's service checks them, which can name the one that is wrong. */
export const profileParts = {
  wish: objectOf(
    {
      genders: { type: 'array', minItems: 1, maxItems: genders.length, items: { type: 'string', enum: genders } },
      age_min: ages,
      age_max: { ...ages, description: `${ages.description}, not less than age_min` },
      distance_km: {
        ...{ type: 'integer', minimum: distanceKmMin, maximum: distanceKmMax },
        description: `from ${distanceKmMin} to ${distanceKmMax}`,
      },
      intention: oneOf(intentions),
    },
    wished,
  ),
  answers: objectOf(
    Object.fromEntries(
      questions.map(({ name, text, min, max, ends: [low, high] }) => [
        name,
        { type: 'number', minimum: min, maximum: max, description: `${text} ${min} ${low}, ${max} ${high}` },
      ]),
    ),
  ),
  prompts: {
    ...{ type: 'array', maxItems: prompts },
    items: objectOf({ question: words(questionLength), answer: words(answerLength) }, ['question', 'answer']),
  },
} as const;

/** A profile as it can be put. */
export const profileExample = {
  ...{ user_id: 'eva', name: 'Eva', birth_date: '1998-04-30', gender: 'woman', latitude: 52.52, longitude: 13.4 },
  ...{ interests: ['music', 'hiking'], aversions: ['football'], time_zone: 'Europe/Berlin' },
  prompts: [{ question: 'A perfect Sunday?', answer: 'Music, then hiking' }],
  wish: { genders: ['man', 'nonbinary'], age_min: 24, age_max: 38, distance_km: 30, intention: 'open' },
  answers: { prefers_fun: 30, self_fun: 7, hobby_music: 9, goes_out: 3 },
} as const;
