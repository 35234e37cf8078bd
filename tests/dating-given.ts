// Dating profiles for tests: named people who suit each other unless something else is said, and small random worlds.
import type { DatingDetails, DatingProfile, DatingWish } from '../processors/dating/compat/person.ts';
import { seeded } from '../producers/simulate/random.ts';
import { cellOf } from '../schemas/cells.ts';

export const givenNow = Date.UTC(2026, 5, 15, 12);
export const berlin = { latitude: 52.52, longitude: 13.405 };

type Differences = Partial<Omit<DatingProfile, 'dating'>> & {
  readonly dating?: Partial<Omit<DatingDetails, 'wish'>> & { readonly wish?: Partial<DatingWish> };
};

export function givenProfile(userId: string, { dating = {}, ...differences }: Differences = {}): DatingProfile {
  const { wish, ...details } = dating;
  return {
    userId,
    status: 'visible',
    ageBand: '25-34',
    online: Array.from({ length: 24 }, (_, hour) => (hour >= 18 ? 2 : 0)),
    offset: 1,
    partition: 0,
    ...differences,
    dating: {
      name: userId,
      birthDate: '1996-03-01',
      gender: 'woman',
      interests: ['hiking', 'jazz', 'cooking'],
      aversions: ['smoking'],
      prompts: [],
      videoId: null,
      cell: cellOf(berlin.latitude, berlin.longitude),
      answers: { goes_out: 3 },
      ...details,
      wish: { genders: ['woman', 'man'], ageMin: 20, ageMax: 40, distanceKm: 50, intention: 'open', ...wish },
    },
  };
}

const interests = ['hiking', 'jazz', 'cooking', 'film', 'chess', 'yoga', 'smoking', 'karaoke'];
const genders = ['woman', 'man', 'other'];

/** People around a place, some far off, some with nothing known, most with narrow wishes. */
export function givenWorld(seed: number, count: number, around = berlin): DatingProfile[] {
  const random = seeded(seed);
  const some = <T>(items: readonly T[], share: number) => items.filter(() => random.next() < share);
  return Array.from({ length: count }, (_, n) => {
    const spread = random.next() < 0.8 ? 0.2 : 3;
    const year = 1975 + random.whole(34);
    const ageMin = 18 + random.whole(15);
    return givenProfile(`user${n}`, {
      status: random.next() < 0.95 ? 'visible' : 'paused',
      online: Array.from({ length: 24 }, () => (random.next() < 0.3 ? random.whole(4) : 0)),
      dating: {
        birthDate: `${year}-0${1 + random.whole(9)}-1${random.whole(10)}`,
        gender: random.pick(genders),
        interests: some(interests, 0.4),
        aversions: some(interests, 0.1),
        cell: cellOf(
          around.latitude + spread * (random.next() - 0.5),
          ((around.longitude + spread * (random.next() - 0.5) + 540) % 360) - 180,
        ),
        answers: random.next() < 0.8 ? { goes_out: random.whole(8) } : {},
        wish: {
          genders: some(genders, 0.7),
          ageMin,
          ageMax: ageMin + 5 + random.whole(40),
          distanceKm: 3 + random.whole(120),
          intention: random.pick(['open', 'serious', 'casual']),
        },
      },
    });
  });
}

/** Who goes out as often as the other goes together perfectly; without that answer nothing is known. */
export const alike = {
  version: 'alike-1',
  score(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): number | null {
    const [one, other] = [a.goes_out, b.goes_out];
    return typeof one === 'number' && typeof other === 'number' ? 1 - Math.abs(one - other) / 7 : null;
  },
};

export const nobody = async (): Promise<ReadonlySet<string>> => new Set();
