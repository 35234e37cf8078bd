// Who may suit a user: a page of candidates, each with the arithmetic of its score, and never more of a place than a distance.

import type { Match } from '../../projections/dating-candidates.ts';
import { isDatingPlace } from '../../projections/dating-walks.ts';
import { decodeCursor, encodeCursor, wrongCursor } from '../cursors.ts';
import { matchShown, type Parts, pushMatch } from '../matches-shown.ts';
import type { Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { asJson, type WritesItself } from '../reusable.ts';
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
  return new MatchesPage(userId, page.matches, page.next && encodeCursor(of, page.next));
}

/** Its matches are made into objects for those alone who read them; REST sends the text. */
export class MatchesPage implements WritesItself {
  readonly user_id: string;
  readonly next_cursor: string | null;
  readonly #matches: readonly Match[];
  #shown: readonly ReturnType<typeof matchShown>[] | null = null;

  constructor(userId: string, matches: readonly Match[], nextCursor: string | null) {
    this.user_id = userId;
    this.#matches = matches;
    this.next_cursor = nextCursor;
  }

  get matches() {
    this.#shown ??= this.#matches.map(matchShown);
    return this.#shown;
  }

  [asJson](): string {
    const parts: Parts = ['{"user_id":', JSON.stringify(this.user_id), ',"matches":['];
    for (const [i, match] of this.#matches.entries()) {
      if (i > 0) parts.push(',');
      pushMatch(parts, match);
    }
    parts.push('],"next_cursor":', JSON.stringify(this.next_cursor), '}');
    return parts.join('');
  }
}

const expiredCursor = (): Refusal =>
  new Refusal('invalid_field', 'the cursor is too old: begin again without', { field: 'cursor' });
