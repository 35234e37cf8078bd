// What holds for every catalogue and every user, however made: values in [0, 1], exact sums, exact leaders.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Catalogue } from '../../processors/feed/ranking/catalogue.ts';
import { firm, refusalOf } from '../../processors/feed/ranking/filters/list.ts';
import { requestOf } from '../../processors/feed/ranking/request.ts';
import { viewerOf } from '../../processors/feed/ranking/viewer.ts';
import { factorNames } from '../../processors/feed/ranking/weights.ts';
import { initialState as noTrending } from '../../processors/trending/domain.ts';
import { type Given, given, now } from '../feed-given.ts';

const id = (prefix: string, most: number) => fc.integer({ min: 0, max: most }).map((n) => `${prefix}${n}`);
const time = fc.integer({ min: 0, max: now + 1e10 });

const videos = fc.array(
  fc.record({
    id: id('v', 40),
    creator: id('c', 5),
    category: fc.constantFrom('', 'food', 'news', 'toString', '__proto__'),
    tags: fc.array(fc.string({ maxLength: 3 }), { maxLength: 6 }),
    durationMs: fc.constantFrom(0, 1, 15_000, 86_400_000),
    at: time,
  }),
  { maxLength: 40 },
);

const acts = fc.array(
  fc.record({
    user: id('u', 2),
    action: fc.constantFrom(
      'view',
      'skip',
      'like',
      'unlike',
      'share',
      'comment',
      'not_interested',
      'follow',
      'unfollow',
    ),
    video: id('v', 45),
    creator: id('c', 5),
    watchMs: fc.integer({ min: 0, max: 86_400_000 }),
    at: time,
  }),
  { maxLength: 120 },
);

const requestFor = (world: Given) => {
  const catalogue = world.catalogue();
  const viewer = viewerOf(world.evidence('u1'), catalogue);
  return requestOf({ catalogue, viewer, now, limit: 50, served: new Set() });
};

const between0and1 = (value: number) => {
  expect(value).toBeGreaterThanOrEqual(0);
  expect(value).toBeLessThanOrEqual(1);
};

describe('every page', () => {
  it('has values, confidence and score in [0, 1], exact sums, no repeats and falling scores', () => {
    fc.assert(
      fc.property(videos, acts, fc.integer({ min: 1, max: 50 }), (shown, done, limit) => {
        const world = given();
        for (const video of shown) world.video(video);
        for (const act of done) world.act(act);
        const { items } = world.page('u1', { limit });
        for (const { factors, score, confidence, sentences } of items) {
          for (const name of factorNames) between0and1(factors[name].value);
          between0and1(confidence);
          expect(score).toBeLessThanOrEqual(1 + 1e-9);
          expect(factorNames.reduce((sum, name) => sum + factors[name].contribution, 0)).toBe(score);
          expect(sentences.length).toBeGreaterThan(0);
        }
        expect(new Set(items.map(({ item }) => item.id)).size).toBe(items.length);
      }),
      { numRuns: 300 },
    );
  });
});

describe('what was seen', () => {
  it('never returns until nothing else is left, and what is unwanted or blocked not even then', () => {
    const objections = fc.array(
      fc.record({ video: id('v', 40), reason: fc.constantFrom('video', 'creator', 'topic', 'else') }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(videos, acts, objections, id('c', 5), (shown, done, objected, target) => {
        const world = given();
        for (const video of shown) world.video(video);
        for (const act of done) world.act(act);
        for (const one of objected) world.act({ user: 'u1', action: 'not_interested', ...one });
        world.act({ user: 'u1', action: 'block', target });
        const { items } = world.page('u1', { limit: 50 });
        const met = new Set(world.evidence('u1').interactions.map(({ videoId }) => videoId));
        const isMet = items.map(({ item }) => met.has(item.id));
        expect(new Set(isMet).size).toBeLessThan(2);
        const shownIds = new Set(items.map(({ item }) => item.id));
        for (const { item } of items) expect(item.creatorId).not.toBe(target);
        for (const { video } of objected) expect(shownIds).not.toContain(video);
        const request = requestFor(world);
        for (const item of request.catalogue.live())
          if (!met.has(item.id) && isMet.includes(true) && refusalOf(item, request, firm) === null)
            expect(shownIds).toContain(item.id);
      }),
      { numRuns: 300 },
    );
  });
});

describe('leaders', () => {
  it('are the true leaders whatever changes and goes', () => {
    const change = fc.tuple(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 1_000 }));
    const changes = fc.array(change, { minLength: 3_000, maxLength: 9_000, size: 'max' });
    fc.assert(
      fc.property(changes, (all) => {
        const world = given().video({ id: 'x' });
        const candidate = world.candidates.get('x');
        const catalogue = new Catalogue();
        const rates = new Map<string, number>();
        for (const [turn, [n, rate]] of all.entries()) {
          if (!candidate) break;
          const status = rate < 50 ? 'removed' : 'published';
          catalogue.setCandidate(`v${n}`, { ...candidate, status }, 0);
          const figures = { ...noTrending(), at: now, rates: { hour: 0, day: rate, week: 0 }, events: 1, offset: turn };
          catalogue.setTrending(`v${n}`, figures, 0);
          if (status === 'published') rates.set(`v${n}`, rate);
          else rates.delete(`v${n}`);
          // Asked for after many changes, after few, and after one.
          if (turn % 1_000 === 0 || (turn > 2_500 && n % 8 === 0)) catalogue.trending.order();
        }
        const expected = [...rates].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name);
        const order = catalogue.trending.order().map((item) => item.id);
        expect(order).toEqual(expected.slice(0, order.length));
        expect(order.length).toBeGreaterThanOrEqual(Math.min(768, expected.length));
      }),
      { numRuns: 10 },
    );
  });
});
