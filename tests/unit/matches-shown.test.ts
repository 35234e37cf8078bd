// A page of matches writes its JSON from ready texts: the very text that its fields make, whoever is in it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Services } from '../../api/ports.ts';
import { jsonOf } from '../../api/reusable.ts';
import { getMatches, type MatchesPage } from '../../api/services/dating.ts';
import type { DatingProfile } from '../../processors/dating/compat/person.ts';
import { type Random, seeded } from '../../producers/simulate/random.ts';
import { DatingCandidates } from '../../projections/dating-candidates.ts';
import { ageOn } from '../../schemas/dating.ts';
import { alike, givenWorld, nobody, givenNow as now } from '../dating-given.ts';

const words = ['jazz', 'a "quoted" word', 'back\\slash', 'née', '\u2028', '\u0000', '😀', '\ud800', '</script>', ''];

/** With every kind of text that somebody may write of themselves. */
const described = (random: Random, profile: DatingProfile): DatingProfile => {
  if (!profile.dating) return profile;
  const word = () => random.pick(words);
  const prompts = Array.from({ length: random.whole(3) }, () => ({ question: word(), answer: word() }));
  const videoId = random.next() < 0.5 ? 'video-1' : null;
  return { ...profile, dating: { ...profile.dating, name: word(), interests: [word(), 'jazz'], prompts, videoId } };
};

const servicesOf = (candidates: DatingCandidates) =>
  ({
    ...{ candidates, now: () => now, people: { isErased: () => false } },
    metrics: { matchesSeconds: { startTimer: () => () => undefined } },
  }) as unknown as Services;

const fieldsOf = ({ user_id, matches, next_cursor }: MatchesPage) => ({ user_id, matches, next_cursor });

describe('a page of matches as JSON', () => {
  it.each([
    ['with a model', alike],
    ['without', null],
  ])('is what its fields make, %s', async (_, model) => {
    let shown = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1e6 }), async (seed) => {
        const random = seeded(seed);
        const candidates = new DatingCandidates({ personality: () => model, excluded: nobody });
        const world = givenWorld(seed, 60).map((profile) => described(random, profile));
        for (const profile of world) candidates.set(profile);
        candidates.setBoost('user5', now + 1);
        for (const { userId, status } of world.slice(0, 8)) {
          if (status !== 'visible') continue;
          const page = (await getMatches(servicesOf(candidates), { user_id: userId, limit: 3 })) as MatchesPage;
          expect(jsonOf(page)).toBe(JSON.stringify(fieldsOf(page)));
          for (const { user_id: id, age } of page.matches)
            expect(age).toBe(ageOn(candidates.profile(id)?.dating?.birthDate ?? '', now));
          shown += page.matches.length;
        }
      }),
      { numRuns: 60 },
    );
    expect(shown).toBeGreaterThan(200);
  });
});
