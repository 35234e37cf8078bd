// Who may suit a user: the page of candidates as it is answered, or why there is none.
import type { Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { noProfile } from './dating-refusals.ts';

export type GetMatches = { readonly user_id: string; readonly limit: number; readonly cursor?: string };

export async function getMatches(services: Services, { user_id: userId, limit, cursor }: GetMatches) {
  const stop = services.metrics.matchesSeconds.startTimer();
  const asked = { userId, limit, now: services.now(), ...(cursor !== undefined && { cursor }) };
  const page = await services.candidates.page(asked);
  if (page === 'no_profile') return noProfile();
  if (page === 'wrong_cursor')
    return new Refusal('invalid_field', 'cursor must be the next_cursor of a page', { field: 'cursor' });
  stop();
  return { user_id: userId, ...page };
}
