// A backtest's own rules: which weights may be tried, what was welcome, and how two pages are compared.
import { describe, expect, it } from 'vitest';
import { agreementOf, figuresOf, welcomeIn } from '../../operations/backtest/compare-pages.ts';
import { weightsOf } from '../../operations/backtest/weights-of.ts';
import { rank } from '../../processors/feed/ranking/rank.ts';
import { viewerOf } from '../../processors/feed/ranking/viewer.ts';
import { day, given, hour, now } from '../feed-given.ts';

describe('the weights that are tried', () => {
  it('are the document’s where they are not named', () => {
    expect(weightsOf('engagement=0.2, freshness=0.3')).toEqual({
      engagement: 0.2,
      content_similarity: 0.25,
      freshness: 0.3,
      creator_affinity: 0.15,
      trending: 0.05,
      diversity: 0.05,
    });
  });

  it.each([
    ['engagement=0.5', /must add up to 1, not 1.2/],
    ['likes=0.3', /"likes" is no factor/],
    ['engagement=much', /weight of engagement must be a number from 0 to 1, not "much"/],
    ['engagement=', /weight of engagement/],
  ])('%s is refused with what is wrong', (text, why) => expect(() => weightsOf(text)).toThrow(why));
});

describe('a page under other weights', () => {
  const world = given()
    .video({ id: 'old', at: now - 30 * day })
    .video({ id: 'new', at: now - hour })
    .act({ user: 'x', action: 'like', video: 'old' }, 60);
  const catalogue = world.catalogue();
  const viewer = viewerOf(world.evidence('u'), catalogue);
  const page = (text: string) =>
    rank({ catalogue, viewer, now, limit: 2, served: new Set(), weights: weightsOf(text) }).items;
  const idsOf = (items: ReturnType<typeof page>) => items.map(({ item }) => item.id);

  it('is ordered by them, and its scores are their sums', () => {
    const engaging = 'engagement=0.95,freshness=0,content_similarity=0,creator_affinity=0,trending=0';
    const fresh = 'engagement=0,freshness=0.95,content_similarity=0,creator_affinity=0,trending=0';
    expect([idsOf(page(engaging)), idsOf(page(fresh))]).toEqual([
      ['old', 'new'],
      ['new', 'old'],
    ]);
    for (const { score, factors } of page(fresh))
      expect(score).toBeCloseTo(0.95 * factors.freshness.value + 0.05 * factors.diversity.value, 12);
  });

  it('is compared with what it was', () => {
    const [old, fresh] = ['old', 'new'].map((id) => catalogue.get(id)) as [never, never];
    const pages = [{ viewer, now, before: [old, fresh], after: [fresh], welcome: new Set(['old']) }];
    expect(agreementOf(pages)).toEqual({ same: 0.5, moved: 1 });
    expect(figuresOf(pages)).toContainEqual({ name: 'welcome after that, of a page', before: 1, after: 0 });
    expect(figuresOf(pages)).toContainEqual({ name: 'different videos on all pages', before: 2, after: 1 });
  });
});

describe('what was welcome', () => {
  const one = (action: string, videoId: string, at: number, watchDurationMs = 0) =>
    ({ action, videoId, at, watchDurationMs, partition: 0, offset: at }) as never;

  it('was liked, shared, commented on or watched to half, within the day', () => {
    const done = [one('like', 'a', 5), one('view', 'b', 5, 4_000), one('view', 'c', 5, 6_000), one('like', 'd', 20)];
    expect([...welcomeIn(done, 0, 10, () => 10_000)]).toEqual(['a', 'c']);
  });
});
