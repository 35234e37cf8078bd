// Makes dating profiles of one city, the same for the same seed: denser in the middle, wishes as people have them, one in eight without answers.
import type { DatingProfile } from '../processors/dating/compat/person.ts';
import { type Random, seeded } from '../producers/simulate/random.ts';
import { cellOf } from '../schemas/cells.ts';
import { questions } from '../schemas/questionnaire.ts';

export type City = { readonly name: string; readonly latitude: number; readonly longitude: number };
export const berlin: City = { name: 'berlin', latitude: 52.52, longitude: 13.405 };
export const sydney: City = { name: 'sydney', latitude: -33.87, longitude: 151.21 };

/** Half of a city's people live within so many degrees of its middle, about 8 km. */
const spreadDegrees = 0.06;
const interestCount = 300;

/** About normal: the sum of four uniform numbers. */
const normal = ({ next }: Random): number => (next() + next() + next() + next() - 2) * 1.7;

export function* cityOf(city: City, count: number, seed = 1): Generator<DatingProfile> {
  const random = seeded(seed);
  for (let n = 0; n < count; n++) yield profileOf(random, city, n);
}

function profileOf(random: Random, { name, latitude, longitude }: City, n: number): DatingProfile {
  const age = 18 + Math.floor(35 * random.next() ** 1.5);
  const gender = random.next() < 0.49 ? 'woman' : random.next() < 0.96 ? 'man' : 'nonbinary';
  const evening = 17 + random.whole(6);
  const interests = Array.from({ length: 4 + random.whole(12) }, () => `interest${random.rank(interestCount, 0.8)}`);
  const answers = questions.map((question) => [
    question.name,
    question.min + random.whole(question.max - question.min + 1),
  ]);
  return {
    userId: `${name}${n}`,
    status: 'visible',
    ageBand: '25-34',
    online: Array.from({ length: 24 }, (_, hour) =>
      Math.abs(hour - evening) < 4 ? 5 * random.next() : random.next() / 2,
    ),
    offset: n,
    partition: 0,
    dating: {
      name: `Person ${n}`,
      birthDate: `${2026 - age}-01-${10 + random.whole(19)}`,
      gender,
      interests,
      aversions: Array.from({ length: random.whole(4) }, () => `interest${random.whole(interestCount)}`),
      prompts: [],
      videoId: null,
      cell: cellOf(latitude + spreadDegrees * normal(random), longitude + (spreadDegrees * normal(random)) / 0.6),
      answers: random.next() < 0.875 ? Object.fromEntries(answers) : {},
      wish: {
        genders: wishedBy(gender, random),
        ageMin: Math.max(18, age - 3 - random.whole(8)),
        ageMax: age + 3 + random.whole(8),
        distanceKm: random.pick([5, 10, 20, 30, 50, 100]),
        intention: random.pick(['open', 'open', 'relationship', 'relationship', 'casual']),
      },
    },
  };
}

function wishedBy(gender: string, random: Random): string[] {
  const draw = random.next();
  if (draw < 0.1) return ['woman', 'man', 'nonbinary'];
  const other = gender === 'woman' ? 'man' : 'woman';
  return [draw < 0.18 ? gender : other];
}
