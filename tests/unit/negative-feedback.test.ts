// What a user does not want: reasons of "not interested", skips, blocks and reports, and how large their effect on the feed is.
import { describe, expect, it } from 'vitest';
import { refusalOf, refusalsOf } from '../../processors/feed/ranking/filters/list.ts';
import {
  effectOn,
  evidenceWithout,
  type Feedback,
  feedbackOf,
  whatOf,
} from '../../processors/feed/ranking/negative-effect.ts';
import { rank } from '../../processors/feed/ranking/rank.ts';
import { requestOf } from '../../processors/feed/ranking/request.ts';
import { type Evidence, viewerOf } from '../../processors/feed/ranking/viewer.ts';
import { day, type Given, given, hour, now } from '../feed-given.ts';

const categories = ['food', 'gaming', 'music', 'travel'];

/** Videos v0, v1, … in four topics by turns, of five creators, all but food less liked. */
function town(count = 200): Given {
  const world = given();
  for (let n = 0; n < count; n++) {
    const category = categories[n % 4] ?? 'food';
    const tags = [`${category}-${n % 3}`];
    world.video({ id: `v${n}`, creator: `c${n % 5}`, category, tags, at: now - (n % 40) * hour });
    world.act({ user: 'crowd', action: 'like', video: `v${n}` }, n % 4 === 0 ? 4 : n % 3);
  }
  return world;
}

const itemsFor = (world: Given, evidence: Evidence = world.evidence('u'), limit = 20) => {
  const catalogue = world.catalogue();
  const viewer = viewerOf(evidence, catalogue);
  return rank({ catalogue, viewer, now, limit, served: new Set() }).items.map(({ item }) => item);
};
const share = (world: Given, of: { category?: string; creatorId?: string }, limit = 20): number => {
  const items = itemsFor(world, world.evidence('u'), limit);
  const isOf = (item: (typeof items)[number]) => item.category === of.category || item.creatorId === of.creatorId;
  return items.filter(isOf).length / items.length;
};
const requestFor = (world: Given) => {
  const catalogue = world.catalogue();
  return requestOf({ catalogue, viewer: viewerOf(world.evidence('u'), catalogue), now, limit: 10, served: new Set() });
};
const reasonFor = (world: Given, video: string) => {
  const request = requestFor(world);
  const item = request.catalogue.get(video);
  return item && refusalOf(item, request);
};
const not = (reason: string | undefined, video: string, more: object = {}) => ({
  user: 'u',
  action: 'not_interested',
  video,
  ...(reason && { reason }),
  ...more,
});

describe('"not interested" in a topic', () => {
  it.each([
    ['a stranger', () => town()],
    [
      'somebody who liked it',
      () => [0, 4, 8].reduce((w, n) => w.act({ user: 'u', action: 'like', video: `v${n}` }), town()),
    ],
  ])('lowers its share for %s by more than half, and does not take it away', (_, world) => {
    const before = share(world(), { category: 'food' });
    expect(before).toBeGreaterThanOrEqual(0.25);
    const after = world().act(not('topic', 'v12'));
    expect(share(after, { category: 'food' })).toBeLessThan(before / 2);
    expect(share(after, { category: 'food' }, 150)).toBeGreaterThan(0);
  });

  it('fades with the half-life of interests: a part of 1 − 2^(−2.5 · 2^(−age / 14 days)) is held back', () => {
    const heldBack = (days: number) => {
      const world = town()
        .act(not('topic', 'v12', { at: now - days * day }))
        .act({ user: 'u', action: 'view', video: 'v1', watchMs: 1_000, at: now });
      return viewerOf(world.evidence('u'), world.catalogue()).aversions.topics.get('food');
    };
    expect(heldBack(0)).toBeCloseTo(1 - 2 ** -2.5, 10);
    expect(heldBack(14)).toBeCloseTo(1 - 2 ** -1.25, 10);
    expect(heldBack(56)).toBeCloseTo(1 - 2 ** -(2.5 / 16), 10);
  });

  it('is forgiven by likes in the topic', () => {
    const world = town().act(not('topic', 'v12'));
    const part = () => viewerOf(world.evidence('u'), world.catalogue()).aversions.topics.get('food') ?? 0;
    const first = part();
    world.act({ user: 'u', action: 'like', video: 'v16' });
    expect(part()).toBeCloseTo(1 - 2 ** -2, 6);
    expect(part()).toBeLessThan(first);
    for (const n of [20, 24, 28, 32]) world.act({ user: 'u', action: 'like', video: `v${n}` });
    expect(part()).toBe(0);
  });

  it('holds the same videos back whenever it is asked, and says why', () => {
    const world = town().act(not('topic', 'v12'));
    const held = (w: Given) => [...w.candidates.keys()].filter((id) => reasonFor(w, id) === 'topic_not_interested');
    const first = held(world);
    expect(first.length / 50).toBeGreaterThan(0.65);
    expect(first.length).toBeLessThan(50);
    expect(held(world)).toEqual(first);
  });

  it('comes back when nothing else is left', () => {
    const world = given();
    for (let n = 0; n < 30; n++) world.video({ id: `f${n}`, category: 'food' });
    expect(new Set(world.act(not('topic', 'f0')).ids('u', { limit: 29 })).size).toBe(29);
  });
});

describe('what is left when all else has been shown', () => {
  it('is what was held back, and what was seen only where even of that nothing is left', () => {
    const world = given();
    for (let n = 0; n < 40; n++) world.video({ id: `v${n}`, category: n % 2 ? 'food' : 'music' });
    for (let n = 0; n < 40; n += 2) world.act({ user: 'u', action: 'like', video: `v${n}` });
    world.act(not('topic', 'v1'));
    const ids = world.ids('u', { limit: 40 });
    expect(ids.map((id) => Number(id.slice(1)) % 2)).toEqual(Array(19).fill(1));
    for (const video of ids) world.act({ user: 'u', action: 'like', video });
    expect(world.ids('u', { limit: 40 })).toHaveLength(39);
  });
});

describe('"not interested" in a creator', () => {
  const turned = () => town().act({ ...not('creator', 'v12'), eventId: 'n1' });

  it('takes all of their videos away, and pushes the tie far down', () => {
    expect(reasonFor(turned(), 'v2')).toBe('creator_not_interested');
    expect(share(turned(), { creatorId: 'c2' }, 200)).toBe(0);
    const viewer = viewerOf(turned().evidence('u'), turned().catalogue());
    expect(viewer.ties.get('c2')?.points).toBeCloseTo(-3.4, 10);
  });

  it.each([
    ['a follow', { user: 'u', action: 'follow', creator: 'c2' }],
    ['a like of another of their videos', { user: 'u', action: 'like', video: 'v17' }],
    ['half a view of one', { user: 'u', action: 'view', video: 'v17', watchMs: 5_000 }],
  ])('until %s', (_, act) => {
    expect(reasonFor(turned().act(act), 'v2')).toBeNull();
  });

  it.each([
    ['a short view', { user: 'u', action: 'view', video: 'v17', watchMs: 4_999 }],
    ['a like of somebody else', { user: 'u', action: 'like', video: 'v18' }],
  ])('but not until %s', (_, act) => {
    expect(reasonFor(turned().act(act), 'v2')).toBe('creator_not_interested');
  });

  it('stands against an earlier follow', () => {
    const world = town().act({ user: 'u', action: 'follow', creator: 'c2' }).act(not('creator', 'v12'));
    expect(reasonFor(world, 'v2')).toBe('creator_not_interested');
  });
});

describe('"not interested" in a video', () => {
  it.each([['video'], [undefined], ['an older client’s own words']])('(%s) takes out that video alone', (reason) => {
    const world = town().act(not(reason, 'v12'));
    expect(reasonFor(world, 'v12')).toBe('not_interested');
    const refused = [...world.candidates.keys()].filter((id) => reasonFor(world, id) !== null);
    expect(refused).toEqual(['v12']);
  });

  it('is remembered through 4,000 later interactions, until a like', () => {
    const world = town().act(not('video', 'v12'));
    for (let n = 0; n < 4_000; n++) world.act({ user: 'u', action: 'view', video: `other${n}`, watchMs: 1 });
    expect(reasonFor(world, 'v12')).toBe('not_interested');
    world.act({ user: 'u', action: 'like', video: 'v12' });
    expect(reasonFor(world, 'v12')).toBe('seen');
  });
});

describe('skips at first sight', () => {
  const skipped = (videos: number[], watchMs = 500) =>
    videos.reduce((world, n) => world.act({ user: 'u', action: 'skip', video: `v${n}`, watchMs }), town());

  it('two are nothing, many hold back a part of the topic and of the creator', () => {
    const foods = (count: number) => Array.from({ length: count }, (_, n) => n * 4);
    const parts = (videos: number[]) => {
      const world = skipped(videos);
      return viewerOf(world.evidence('u'), world.catalogue()).aversions;
    };
    expect([...parts(foods(2)).topics.keys()]).toEqual([]);
    expect(parts(foods(10)).topics.get('food')).toBeCloseTo(1 - 2 ** -2, 10);
    expect(parts([2, 7, 17, 22, 27]).creators.get('c2')).toBeCloseTo(1 - 2 ** -0.75, 10);
    expect(share(skipped(foods(10)), { category: 'food' })).toBeLessThan(share(town(), { category: 'food' }));
  });

  it('late ones do not', () => {
    const world = skipped([0, 4, 8, 12, 16, 20], 3_000);
    expect([...viewerOf(world.evidence('u'), world.catalogue()).aversions.topics.keys()]).toEqual([]);
  });
});

describe('a block', () => {
  const block = { user: 'u', action: 'block', target: 'c2', eventId: 'b1' };

  it('keeps all of that creator’s videos out, ends the follow, and wins over a later one', () => {
    const world = town().act({ user: 'u', action: 'follow', creator: 'c2' }).act(block);
    expect(reasonFor(world, 'v2')).toBe('blocked');
    expect(world.histories.get('u')?.follows).toEqual([]);
    world.act({ user: 'u', action: 'follow', creator: 'c2' });
    expect(world.histories.get('u')?.follows).toEqual([]);
    expect(share(world, { creatorId: 'c2' }, 200)).toBe(0);
    expect(reasonFor(world, 'v3')).toBeNull();
  });

  it('a report hides the creator until a follow', () => {
    const world = town().act({ ...block, action: 'report', reason: 'spam' });
    expect(reasonFor(world, 'v2')).toBe('reported');
    expect(reasonFor(world.act({ user: 'u', action: 'follow', creator: 'c2' }), 'v2')).toBeNull();
  });

  it('is listed with all other reasons', () => {
    const world = town().act(block).act(not('creator', 'v2'));
    const request = requestFor(world);
    const item = request.catalogue.get('v2');
    expect(item && refusalsOf(item, request)).toEqual(['blocked', 'not_interested', 'creator_not_interested', 'seen']);
  });
});

describe('the effect', () => {
  const effectOf = (world: Given, eventId: string) => {
    const catalogue = world.catalogue();
    const evidence = world.evidence('u');
    const feedback = feedbackOf(evidence, eventId) as Feedback;
    const what = whatOf(feedback, catalogue);
    if (!what) throw new Error('what it is about is unknown');
    return effectOn(what, itemsFor(world, evidenceWithout(evidence, feedback)), itemsFor(world), catalogue);
  };

  it('of a topic is its share before and after, as in the feed itself', () => {
    const before = share(town(), { category: 'food' });
    const world = town().act(not('topic', 'v12', { eventId: 'n1' }));
    const effect = effectOf(world, 'n1');
    expect(effect.what).toEqual({ kind: 'topic', id: 'food' });
    expect(effect.before).toMatchObject({ share: before, items: 20 });
    expect(effect.after).toMatchObject({ share: share(world, { category: 'food' }), items: 20 });
    expect(effect.sentence).toContain(
      `Without it ${before * 20} of the next 20 videos would be in the topic "food", the first at place ${effect.before.rank_of_first}; with it ${effect.after.share * 20} of`,
    );
  });

  it('of a creator and of a block is zero after', () => {
    const world = town()
      .act(not('creator', 'v12', { eventId: 'n1' }))
      .act({
        user: 'u',
        action: 'block',
        target: 'c1',
        eventId: 'b1',
      });
    for (const [id, creator] of [
      ['n1', 'c2'],
      ['b1', 'c1'],
    ] as const) {
      const { what, before, after } = effectOf(world, id);
      expect(what).toEqual({ kind: 'creator', id: creator });
      expect(before.share).toBeGreaterThan(0);
      expect(after).toEqual({ share: 0, items: 20, rank_of_first: null });
    }
  });

  it('of a video and of a skip is its place, and the likeness of the rest to it', () => {
    const [first] = itemsFor(town());
    const id = first?.id ?? '';
    for (const act of [not('video', id, { eventId: 'n1' }), { user: 'u', action: 'skip', video: id, eventId: 'n1' }]) {
      const { what, before, after } = effectOf(town().act(act), 'n1');
      expect(what).toEqual({ kind: 'video', id });
      // The video's own figures, which the event moved too, are the same in both.
      expect(before.rank_of_first).toBeGreaterThanOrEqual(1);
      expect(after.rank_of_first).toBeNull();
      expect(after.share).toBeLessThan(before.share);
    }
  });

  it('is unknown for another’s id, and for what is not negative', () => {
    const world = town().act({ user: 'u', action: 'like', video: 'v1', eventId: 'l1' });
    expect(feedbackOf(world.evidence('u'), 'l1')).toBeNull();
    expect(feedbackOf(world.evidence('u'), 'nothing')).toBeNull();
  });
});
