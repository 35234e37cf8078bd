// Feed and XAI recommendation: what to show a user, and why it was shown.
import type { Window } from '../../processors/trending/domain.ts';
import { InvalidCursor } from '../../projections/feed.ts';
import { isOthers } from '../access.ts';
import type { Metrics } from '../metrics.ts';
import type { Call, Feed, FeedPage, Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import type { Soon } from '../soon.ts';

export type GetFeed = {
  readonly user_id: string;
  readonly limit: number;
  readonly cursor?: string;
  readonly unseen?: boolean;
};
export type GetTrendingFeed = Pick<GetFeed, 'limit' | 'cursor'> & {
  readonly window: Window;
  readonly category?: string;
};

export function getFeed(services: Services, request: GetFeed, call: Call): Soon<FeedPage | Refusal> {
  const { user_id: userId, limit, cursor, unseen } = request;
  const first = { userId, limit, isFresh: call.hasWaited === true, now: services.now() };
  const isFirst = cursor === undefined && unseen === undefined;
  const more = isFirst ? null : { ...(cursor !== undefined && { cursor }), ...(unseen !== undefined && { unseen }) };
  const question = more ? { ...first, ...more } : first;
  return timed(services, (feed) => feed.rank(question));
}

export function getTrendingFeed(services: Services, request: GetTrendingFeed): Soon<FeedPage | Refusal> {
  const { category = null, ...page } = request;
  return timed(services, (feed) => feed.trending({ ...page, category, now: services.now() }));
}

export async function getRecommendations(services: Services, request: GetFeed, call: Call) {
  const page = await getFeed(services, request, call);
  if (page instanceof Refusal) return page;
  return { variant: page.variant, recommendations: page.videos, next_cursor: page.next_cursor };
}

/** A receipt is for the user whose page it belongs to. */
export async function explainRecommendation(services: Services, request: { readonly receipt_id: string }, call: Call) {
  const receipt = (await services.feed.receipt(request.receipt_id)) as { readonly user_id: string | null } | null;
  if (receipt && !isOthers(call.caller, receipt.user_id)) return receipt;
  const gone = 'there is no such receipt; receipts are kept for a while only';
  return new Refusal('not_found', gone, { field: 'receipt_id' });
}

function timed({ metrics, feed }: Services, ask: (feed: Feed) => Soon<FeedPage>): Soon<FeedPage | Refusal> {
  const begunAt = performance.now();
  const page = ask(feed);
  if (page instanceof Promise) return page.then((made) => told(metrics, made, begunAt)).catch(refusedCursor);
  return told(metrics, page, begunAt);
}

function told({ feedSeconds }: Metrics, page: FeedPage, begunAt: number): FeedPage {
  feedSeconds.observe((performance.now() - begunAt) / 1_000);
  return page;
}

function refusedCursor(error: unknown): Refusal {
  if (!(error instanceof InvalidCursor)) throw error;
  return new Refusal('invalid_field', error.message, { field: 'cursor' });
}
