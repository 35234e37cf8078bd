// The page as a whole: who sees what and what not, in which order, with which arithmetic and words, and the same every time.
import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../processors/feed/ranking/filters/list.ts';
import { rank } from '../../processors/feed/ranking/rank.ts';
import { rankTrending } from '../../processors/feed/ranking/rank-trending.ts';
import { receiptOf } from '../../processors/feed/ranking/receipt.ts';
import { requestOf } from '../../processors/feed/ranking/request.ts';
import { inWords } from '../../processors/feed/ranking/scorers/freshness.ts';
import { viewerOf } from '../../processors/feed/ranking/viewer.ts';
import { factorNames, weights } from '../../processors/feed/ranking/weights.ts';
import { day, type Given, given, hour, now } from '../feed-given.ts';

const categories = ['food', 'gaming', 'music', 'travel'];

/** Videos v0, v1, … of five creators, some liked by a crowd. */
function town(count: number): Given {
  const world = given();
  for (let n = 0; n < count; n++) {
    const category = categories[n % 4] ?? 'food';
    world.video({ id: `v${n}`, creator: `c${n % 5}`, category, tags: [`t${n % 7}`, `s${n % 3}`], at: now - n * hour });
    world.act({ user: 'crowd', action: 'view', video: `v${n}`, watchMs: 1_000 * (n % 11) }, n % 13);
    world.act({ user: 'crowd', action: 'like', video: `v${n}` }, n % 5);
  }
  return world;
}

const cook = (count = 60) =>
  town(count)
    .act({ user: 'u', action: 'like', video: 'v4' })
    .act({ user: 'u', action: 'view', video: 'v8', watchMs: 10_000 })
    .act({ user: 'u', action: 'skip', video: 'v1' })
    .act({ user: 'u', action: 'follow', creator: 'c3' });

describe('the score', () => {
  it('is the exact sum of weight × value, its weights sum to 1, and no later place has a higher one', () => {
    const { items } = cook().page('u', { limit: 30 });
    expect(factorNames.reduce((sum, name) => sum + weights[name], 0)).toBeCloseTo(1, 12);
    for (const { factors, score } of items) {
      const sum = factorNames.reduce((total, name) => total + weights[name] * factors[name].value, 0);
      expect(Math.abs(sum - score)).toBeLessThan(1e-9);
    }
    const scores = items.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
  });

  it('is the same for the same events, in whatever order the videos arrive', () => {
    const world = cook();
    const receipts = [...[...world.candidates.keys()].entries()].slice(0, 5).map(([turn]) => {
      const ids = [...world.candidates.keys()];
      const catalogue = world.catalogue([...ids.slice(turn * 7), ...ids.slice(0, turn * 7)].reverse());
      const evidence = world.evidence('u');
      const shuffled = { ...evidence, interactions: [...evidence.interactions].reverse() };
      const page = rank({ catalogue, viewer: viewerOf(shuffled, catalogue), now, limit: 20, served: new Set() });
      return page.items.map((one) => receiptOf(one, { ...page, receiptId: 'r', userId: 'u', now, position: 1 }));
    });
    for (const other of receipts) expect(JSON.stringify(other)).toBe(JSON.stringify(receipts[0]));
  });

  it('one more like moves only what it should, and is cited', () => {
    const before = cook().page('u', { limit: 60 }).items;
    const after = cook().act({ user: 'crowd', action: 'like', video: 'v20' });
    const offset = after.engagement.get('v20')?.offset;
    for (const { item, factors, sources } of after.page('u', { limit: 60 }).items) {
      const old = before.find((one) => one.item.id === item.id)?.factors;
      for (const name of ['content_similarity', 'freshness', 'creator_affinity'] as const) {
        expect(factors[name]).toEqual(old?.[name]);
      }
      if (item.id !== 'v20') expect(factors.engagement).toEqual(old?.engagement);
      else {
        expect(factors.engagement.value).toBeGreaterThan(old?.engagement.value ?? 1);
        expect(sources).toContainEqual({ topic: 'video_engagement', partition: 0, offset });
      }
    }
  });
});

describe('the sentences', () => {
  it('say what contributes most first, with the figures of the inputs', () => {
    for (const { sentences, factors } of cook().page('u', { limit: 40 }).items) {
      const { engagement, content_similarity, freshness, creator_affinity, trending, diversity } = factors;
      const percent = (part: unknown) => Math.round(Number(part) * 100);
      const sayings: Record<string, string[]> = {
        engagement: [
          `Highly engaging (${percent(engagement.inputs.engagement_rate)}% engagement rate)`,
          `Engaging (${percent(engagement.inputs.engagement_rate)}% engagement rate)`,
          `One to discover (${percent(engagement.inputs.engagement_rate)}% engagement rate so far)`,
        ],
        content_similarity: [`Matches your interests (${percent(content_similarity.inputs.similarity)}% similarity)`],
        freshness: [`Recently posted (${inWords(Number(freshness.inputs.age_ms))} ago)`],
        creator_affinity: [
          'From a creator you follow',
          `From a creator you watch (${creator_affinity.inputs.videos} video${creator_affinity.inputs.videos === 1 ? '' : 's'} so far)`,
        ],
        trending: [`Trending now (place ${trending.inputs.place} today)`],
        diversity: [`Adds variety (${percent(1 - diversity.value)}% repetition of this page and your last videos)`],
      };
      const said = sentences.map((sentence) => factorNames.find((name) => sayings[name]?.includes(sentence)));
      expect(said).not.toContain(undefined);
      const contributions = said.map((name) => (name ? factors[name].contribution : 0));
      expect(contributions).toEqual([...contributions].sort((a, b) => b - a));
      expect(sentences.length).toBeGreaterThan(0);
    }
  });

  it('name the match, the follow and the age', () => {
    const all = cook()
      .page('u', { limit: 60 })
      .items.flatMap(({ sentences }) => sentences);
    expect(all).toContain('From a creator you follow');
    expect(all.some((text) => text.startsWith('Matches your interests'))).toBe(true);
    expect(all).toContain('Recently posted (3 hours ago)');
  });
});

describe('the filters', () => {
  const reasonFor = (world: Given, video: string, at = now) => {
    const catalogue = world.catalogue();
    const viewer = viewerOf(world.evidence('u'), catalogue);
    const item = catalogue.get(video);
    return item && refusalOf(item, requestOf({ catalogue, viewer, now: at, limit: 10, served: new Set(['v2']) }));
  };
  const uploaded = { videoId: 'raw', action: 'processed', creatorId: 'c', durationMs: 5 } as never;

  it.each([
    ['seen', cook(), 'v8'],
    ['seen', cook(), 'v1'],
    ['not_interested', cook().act({ user: 'u', action: 'not_interested', video: 'v9' }), 'v9'],
    ['removed', cook().removed('v9'), 'v9'],
    ['moderated', cook().moderated('v9'), 'v9'],
    ['processing', cook().upload(uploaded), 'raw'],
    ['own', cook().video({ id: 'mine', creator: 'u' }), 'mine'],
    ['not_yet_published', cook().video({ id: 'soon', at: now + hour }), 'soon'],
    ['on_an_earlier_page', cook(), 'v2'],
    [null, cook(), 'v9'],
  ])('%s', (reason, world, video) => {
    expect(reasonFor(world, video)).toBe(reason);
    if (reason && reason !== 'on_an_earlier_page') expect(world.ids('u', { limit: 20 })).not.toContain(video);
  });

  it('turn away a creator after several videos that were not of interest, but not one that is followed', () => {
    const bored = ['v0', 'v5', 'v10'].reduce(
      (world, video) => world.act({ user: 'u', action: 'not_interested', video }),
      town(60),
    );
    expect(reasonFor(bored, 'v15')).toBe('creator_not_interested');
    expect(bored.page('u', { limit: 20 }).items.filter(({ item }) => item.creatorId === 'c0')).toEqual([]);
    expect(reasonFor(bored.act({ user: 'u', action: 'follow', creator: 'c0' }), 'v15')).toBeNull();
  });

  it('let what was seen come back only where there is nothing else, and never what was not of interest', () => {
    const world = given()
      .video({ id: 'a' })
      .video({ id: 'b' })
      .video({ id: 'c', at: now - 400 * day })
      .video({ id: 'd' });
    world.act({ user: 'u', action: 'view', video: 'a' }).act({ user: 'u', action: 'like', video: 'b' });
    world.act({ user: 'u', action: 'not_interested', video: 'd' });
    const before = world.page('u');
    expect(before.items.map(({ item }) => item.id)).toEqual(['c']);
    expect(before.more).toBe(false);
    expect(world.ids('u', { served: ['c'] })).toEqual([]);
    world.act({ user: 'u', action: 'skip', video: 'c' });
    const [first, ...others] = world.ids('u', { limit: 1 });
    expect(others).toEqual([]);
    const rest = world.ids('u', { served: [first ?? ''] });
    expect([first, ...rest].sort()).toEqual(['a', 'b', 'c']);
  });
});

describe('paging', () => {
  it('shows every video that was not seen once, and then ends', () => {
    const world = cook(40);
    const served: string[] = [];
    for (let more = true; more; ) {
      const page = world.page('u', { limit: 5, served });
      served.push(...page.items.map(({ item }) => item.id));
      more = page.more;
    }
    expect(new Set(served).size).toBe(served.length);
    expect(served).toHaveLength(37);
  });
});

describe('newcomers', () => {
  it('a stranger gets a page by engagement, freshness and trend, in sentences', () => {
    const page = town(60).page('nobody', { limit: 10 });
    expect(page.items).toHaveLength(10);
    expect(page.items[0]?.factors.content_similarity.value).toBe(0);
    expect(page.items.every(({ sentences }) => sentences.length > 0)).toBe(true);
    expect(page.items[0]?.confidence).toBeLessThan(cook().page('u').items[0]?.confidence ?? 0);
  });

  it('an empty platform gives an empty page, a new video alone is shown', () => {
    expect(given().page('u')).toMatchObject({ items: [], more: false });
    expect(
      given()
        .video({ id: 'first', at: now - 60_000 })
        .ids('u'),
    ).toEqual(['first']);
  });

  it('serves an import of years ago: interests, engagement and trend still order it', () => {
    const then = now - 1_500 * day;
    const world = given();
    for (let n = 0; n < 30; n++) {
      world.video({ id: `v${n}`, category: n % 2 ? 'drama' : 'war', at: then - n * day });
      world.act({ user: 'crowd', action: 'like', video: `v${n}`, at: then }, n);
    }
    world.act({ user: 'u', action: 'like', video: 'v1', at: then });
    const { items } = world.page('u', { limit: 5 });
    expect(items.map(({ item }) => item.category)).toEqual(Array(5).fill('drama'));
    expect(items[0]?.sentences).toContain('Matches your interests (100% similarity)');
  });
});

describe('the counterfactual', () => {
  it('is the place in a ranking of a viewer without that interaction, who knows the video otherwise', () => {
    const world = cook().act({ user: 'u', action: 'view', video: 'v1', watchMs: 4_000 });
    const { items } = world.page('u', { limit: 60 });
    const without = (gone: number | undefined) => {
      const evidence = world.evidence('u');
      const interactions = evidence.interactions.filter(({ offset }) => offset !== gone);
      const catalogue = world.catalogue();
      const withIt = new Set([...evidence.interactions.map(({ videoId }) => videoId)]);
      const viewer = viewerOf({ ...evidence, interactions }, catalogue);
      const page = rank({ catalogue, viewer: { ...viewer, seen: withIt }, now, limit: 60, served: new Set() });
      const base = ({ factors }: (typeof page.items)[number]) =>
        factorNames.slice(0, 5).reduce((sum, name) => sum + factors[name].contribution, 0);
      const unseen = page.items.filter(({ item }) => !withIt.has(item.id));
      return [...unseen].sort((a, b) => base(b) - base(a)).map(({ item }) => item.id);
    };
    const answered = items.slice(0, 5).filter(({ counterfactual }) => counterfactual);
    expect(answered.length).toBeGreaterThan(0);
    for (const { item, counterfactual } of answered) {
      const places = without(counterfactual?.without.offset);
      expect(counterfactual?.rank_without).toBe(places.indexOf(item.id) + 1);
      expect(counterfactual?.sentence).toMatch(
        /^Without your (like|view) of "Title of v\d" it would (still )?rank \d+(st|nd|rd|th)$/,
      );
    }
  });
});

describe('what a receipt cites', () => {
  const world = () => {
    const shelf = given();
    for (let n = 0; n < 12; n++) shelf.video({ id: `v${n}`, creator: `c${n}`, category: 'food', tags: [`t${n % 3}`] });
    return shelf;
  };
  const cited = (of: Given) => of.page('u').items.flatMap(({ counterfactual }) => counterfactual ?? []);

  it('is what still stands, never a like that was taken back', () => {
    const view = { user: 'u', action: 'view', video: 'v0', watchMs: 9_000 };
    const back = world()
      .act(view)
      .act({ user: 'u', action: 'like', video: 'v0' })
      .act({ user: 'u', action: 'unlike', video: 'v0' });
    expect(new Set(cited(back).map(({ without }) => without.action))).toEqual(new Set(['view']));
    const again = back.act({ user: 'u', action: 'like', video: 'v0' });
    expect(new Set(cited(again).map(({ without }) => without.offset))).toEqual(new Set([3]));
  });

  it('is the like that came after a "not interested"', () => {
    const reconciled = world()
      .act({ user: 'u', action: 'not_interested', video: 'v0' })
      .act({ user: 'u', action: 'like', video: 'v0' });
    const sentences = cited(reconciled).map(({ sentence }) => sentence);
    expect(sentences.length).toBeGreaterThan(0);
    for (const sentence of sentences) expect(sentence).toMatch(/^Without your like of/);
  });

  it('takes the follow away with a follow from a video', () => {
    const shelf = given().video({ id: 'other', creator: 'c0', category: '', at: now - 2 * day });
    for (let n = 0; n < 5; n++) shelf.video({ id: `v${n}`, creator: `c${n}`, category: '' });
    const follower = shelf.act({ user: 'u', action: 'follow', video: 'v0', creator: 'c0' });
    const item = follower.page('u', { limit: 20 }).items.find((one) => one.item.id === 'other');
    expect(item?.factors.creator_affinity.value).toBeGreaterThan(0.6);
    expect(item?.counterfactual?.sentence).toMatch(/^Without your follow from "Title of v0" it would rank/);
    expect(item?.counterfactual).toMatchObject({ rank: 1, rank_without: 5 });
  });
});

describe('the trending feed', () => {
  it('goes by decayed rate, is the same for all, and pages without repeats', () => {
    const world = town(30);
    const catalogue = world.catalogue();
    const viewer = viewerOf(world.evidence(''), catalogue);
    const served = new Set<string>();
    for (let more = true; more; ) {
      const page = rankTrending({ catalogue, viewer, now, limit: 7, served: new Set(served) });
      for (const { item } of page.items) {
        expect(served.has(item.id)).toBe(false);
        served.add(item.id);
      }
      more = page.more;
    }
    expect(served.size).toBe(30);
    const keys = [...served].map((id) => catalogue.get(id)?.trendKeys.day ?? 0);
    expect(keys).toEqual([...keys].sort((a, b) => b - a));
  });
});
