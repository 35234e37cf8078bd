// Who may suit a user: a page of candidates, each with the arithmetic of its score, and never more of a place than a distance.

import type { DatingProfile } from '../../processors/dating/compat/person.ts';
import { type Component, components } from '../../processors/dating/compat/rules.ts';
import type { Match } from '../../projections/dating-candidates.ts';
import { isDatingPlace } from '../../projections/dating-walks.ts';
import { ageOn } from '../../schemas/dating.ts';
import { decodeCursor, encodeCursor, wrongCursor } from '../cursors.ts';
import type { Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { noProfile } from './dating-refusals.ts';
import { refusedIfDeleted } from './deleted-account.ts';

export type GetMatches = { readonly user_id: string; readonly limit: number; readonly cursor?: string };

export async function getMatches(services: Services, { user_id: userId, limit, cursor }: GetMatches) {
  const deleted = refusedIfDeleted(services, userId);
  if (deleted) return deleted;
  const of = { list: 'matches', id: userId } as const;
  const after = cursor === undefined ? null : decodeCursor(of, cursor, isDatingPlace);
  if (cursor !== undefined && !after) return wrongCursor();
  const now = services.now();
  const stop = services.metrics.matchesSeconds.startTimer();
  const page = await services.candidates.page(userId, { limit, after, now });
  if ('refused' in page) {
    if (page.refused === 'cursor_expired') return expiredCursor();
    // Whose profile is not here may be folded anew: nobody is told then that there is none.
    const isVisible = page.refused === 'no_profile' ? await services.profiles.isVisible(userId) : false;
    return isVisible === false ? noProfile() : new Refusal('not_ready', 'profiles are still being read');
  }
  stop();
  const matches = page.matches.map((match) => shown(match, now));
  return { user_id: userId, matches, next_cursor: page.next && encodeCursor(of, page.next) };
}

const expiredCursor = (): Refusal =>
  new Refusal('invalid_field', 'the cursor is too old: begin again without', { field: 'cursor' });

function shown({ profile, compatibility, isBoosted, rankScore }: Match, now: number) {
  const { score, factors, reasons, unknown, distanceKm, ageFits } = compatibility;
  const factor = (name: Component) => {
    const { value, weight } = factors[name];
    const both = name === 'age' ? { of_yours: ageFits.ofFirst, of_theirs: ageFits.ofSecond } : {};
    return [name, { value, weight, contribution: value * weight, ...both }];
  };
  return {
    user_id: profile.userId,
    ...person(profile, now),
    compatibility_score: score,
    rank_score: rankScore,
    boosted: isBoosted,
    factors: Object.fromEntries(components.map(factor)),
    reasons,
    unknown: unknown.map(({ component, why }) => ({ factor: component, why })),
    distance_km: distanceKm,
    rule_set: compatibility.ruleSet,
    personality_model: compatibility.personalityVersion,
  };
}

/** What a profile shows to others: no birth date, no cell, no wishes. */
function person({ dating }: DatingProfile, now: number) {
  return {
    name: dating?.name ?? null,
    age: dating && ageOn(dating.birthDate, now),
    gender: dating?.gender ?? null,
    interests: dating?.interests ?? [],
    prompts: dating?.prompts ?? [],
    video_id: dating?.videoId ?? null,
  };
}
