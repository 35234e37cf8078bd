// What two rankings of the same pages differ in, and what the users did after that with what each would have shown. Pure.
import type { Item } from '../../processors/feed/ranking/item.ts';
import type { Interaction } from '../../processors/feed/ranking/opinion.ts';
import type { Viewer } from '../../processors/feed/ranking/viewer.ts';

/** One user's page at one moment, by either ranking, and what the user did in the span after. */
export type Pages = {
  readonly viewer: Viewer;
  readonly now: number;
  readonly before: readonly Item[];
  readonly after: readonly Item[];
  /** Videos that the user liked, shared or watched to at least half in the span after. */
  readonly welcome: ReadonlySet<string>;
};

const hourMs = 3_600_000;
const welcomeActions = new Set(['like', 'share', 'comment']);

export function welcomeIn(
  interactions: readonly Interaction[],
  from: number,
  to: number,
  durationOf: (id: string) => number,
) {
  const welcome = interactions.filter(({ videoId, action, watchDurationMs, at }) => {
    if (at < from || at >= to) return false;
    const durationMs = durationOf(videoId);
    return welcomeActions.has(action) || (action === 'view' && durationMs > 0 && watchDurationMs * 2 >= durationMs);
  });
  return new Set(welcome.map(({ videoId }) => videoId));
}

export type Figure = { readonly name: string; readonly before: number; readonly after: number };

export function figuresOf(all: readonly Pages[]): Figure[] {
  const both = (name: string, of: (items: readonly Item[], pages: Pages) => number): Figure => ({
    name,
    before: mean(all.map((pages) => of(pages.before, pages))),
    after: mean(all.map((pages) => of(pages.after, pages))),
  });
  const distinct = (side: 'before' | 'after') => new Set(all.flatMap((pages) => pages[side].map(({ id }) => id))).size;
  return [
    both('welcome after that, of a page', (items, { welcome }) => items.filter(({ id }) => welcome.has(id)).length),
    both('age of a video, hours', (items, { now }) => mean(items.map((item) => (now - item.publishedAt) / hourMs))),
    both('categories on a page', (items) => new Set(items.map(({ category }) => category)).size),
    both('creators on a page', (items) => new Set(items.map(({ creatorId }) => creatorId)).size),
    both(
      'by creators who are followed',
      (items, { viewer }) => items.filter(({ creatorId }) => viewer.follows.has(creatorId)).length,
    ),
    both('engagement factor', (items) => mean(items.map(({ engagementValue }) => engagementValue))),
    { name: 'different videos on all pages', before: distinct('before'), after: distinct('after') },
  ];
}

/** Part of a page's videos that are on the other one, too, and of those the mean number of places moved. */
export function agreementOf(all: readonly Pages[]): { readonly same: number; readonly moved: number } {
  const moves: number[] = [];
  const same = all.map(({ before, after }) => {
    const places = new Map(after.map((item, place) => [item, place]));
    const kept = before.flatMap((item, place) => {
      const other = places.get(item);
      return other === undefined ? [] : [Math.abs(other - place)];
    });
    moves.push(...kept);
    return before.length === 0 ? 1 : kept.length / before.length;
  });
  return { same: mean(same), moved: mean(moves) };
}

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
