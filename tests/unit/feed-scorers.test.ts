// Tables for each scorer: what the value is for which figures, and that the figures told are those it was computed from.
import { describe, expect, it } from 'vitest';
import type { Query } from '../../processors/feed/ranking/request.ts';
import { requestOf } from '../../processors/feed/ranking/request.ts';
import { scorers } from '../../processors/feed/ranking/scorers/list.ts';
import { viewerOf } from '../../processors/feed/ranking/viewer.ts';
import type { FactorName } from '../../processors/feed/ranking/weights.ts';
import { day, type Given, given, hour, now } from '../feed-given.ts';

function finding(world: Given, factor: FactorName, { video = 'v', user = 'u', at = now } = {}) {
  const catalogue = world.catalogue();
  const viewer = viewerOf(world.evidence(user), catalogue);
  const query: Query = { catalogue, viewer, now: at, limit: 10, served: new Set() };
  const item = catalogue.get(video);
  const scorer = scorers.find(({ name }) => name === factor);
  if (!item || !scorer) throw new Error('no such video or scorer');
  const found = scorer.explain(item, requestOf(query));
  expect(found.value).toBe(scorer.value(item, requestOf(query)));
  return found;
}

describe('engagement', () => {
  const viewed = (times: number, watchMs: number) =>
    given().video({ id: 'v' }).act({ user: 'x', action: 'view', video: 'v', watchMs }, times);

  it.each([
    ['nobody has seen it', given().video({ id: 'v' }), 0.3615],
    ['one complete view does not make 100 %', viewed(1, 10_000), 0.3704],
    ['a hundred complete views', viewed(100, 10_000), 0.4862],
    ['a hundred views left at once', viewed(100, 0), 0.0696],
    ['every view liked', viewed(100, 10_000).act({ user: 'x', action: 'like', video: 'v' }, 100), 0.7558],
  ])('%s', (_, world, value) => {
    expect(finding(world, 'engagement').value).toBeCloseTo(value, 4);
  });

  it('grows with likes and shares, falls with skips', () => {
    const value = (action: string) =>
      finding(viewed(50, 5_000).act({ user: 'x', action, video: 'v' }, 20), 'engagement').value;
    const plain = finding(viewed(50, 5_000), 'engagement').value;
    expect(value('like')).toBeGreaterThan(plain);
    expect(value('share')).toBeGreaterThan(plain);
    expect(value('skip')).toBeLessThan(plain);
    expect(value('not_interested')).toBeLessThan(plain);
  });

  it('follows from the inputs it names', () => {
    const { value, inputs, sentence } = finding(
      viewed(40, 9_000).act({ user: 'x', action: 'like', video: 'v' }, 30),
      'engagement',
    );
    const n = (name: string) => Number(inputs[name]);
    expect(n('completion')).toBeCloseTo((n('completion_milli') / 1000 + 20 * 0.4) / (n('measured_views') + 20), 12);
    expect(n('like_rate')).toBeCloseTo((n('likes') + 20 * 0.05) / (n('views') + 20), 12);
    expect(n('share_rate')).toBeCloseTo((n('shares') + 20 * 0.01) / (n('views') + 20), 12);
    const likes = (n('like_rate') * 1.1) / (n('like_rate') + 0.1);
    const shares = (n('share_rate') * 1.03) / (n('share_rate') + 0.03);
    expect(value).toBeCloseTo(0.5 * n('completion') + 0.3 * likes + 0.2 * shares, 12);
    expect(sentence).toBe(`Highly engaging (${Math.round(value * 100)}% engagement rate)`);
  });
});

describe('content similarity', () => {
  const world = () =>
    given()
      .video({ id: 'v', category: 'food', tags: ['pasta', 'italy'] })
      .video({ id: 'same', category: 'food', tags: ['pasta', 'italy'] })
      .video({ id: 'half', category: 'food', tags: ['sushi', 'japan'] })
      .video({ id: 'other', category: 'gaming', tags: ['chess'] });
  const like = (video: string) => ({ user: 'u', action: 'like', video });

  it('is 1 for what is exactly what was liked, and 0 for the wholly different', () => {
    expect(finding(world().act(like('same')), 'content_similarity').value).toBeCloseTo(1, 12);
    expect(finding(world().act(like('other')), 'content_similarity').value).toBe(0);
    const half = finding(world().act(like('half')), 'content_similarity').value;
    expect(half).toBeGreaterThan(0.1);
    expect(half).toBeLessThan(0.9);
  });

  it('is 0 for a stranger, and certain of nothing', () => {
    expect(finding(world(), 'content_similarity')).toMatchObject({
      value: 0,
      certainty: 0,
      sentence: null,
      evidence: [],
    });
  });

  it.each(['skip', 'not_interested'])('a %s turns the interest away', (action) => {
    const mixed = world().act(like('half')).act({ user: 'u', action, video: 'same' });
    expect(finding(mixed, 'content_similarity').value).toBeLessThan(
      finding(world().act(like('half')), 'content_similarity').value,
    );
  });

  it('counts a like more than a long view, and that more than a short one', () => {
    const value = (act: object) =>
      finding(
        world()
          .act({ user: 'u', action: 'like', video: 'other' })
          .act({ user: 'u', video: 'same', action: 'view', ...act }),
        'content_similarity',
      ).value;
    const [short, long, liked] = [value({ watchMs: 1_000 }), value({ watchMs: 10_000 }), value({ action: 'like' })];
    expect(short).toBeLessThan(long);
    expect(long).toBeLessThan(liked);
  });

  it('fades with time before the last interaction, not with time since', () => {
    const value = (at: number, asked = now) =>
      finding(
        world()
          .act({ ...like('same'), at })
          .act({ ...like('other'), at: now - hour }),
        'content_similarity',
        { at: asked },
      ).value;
    expect(value(now - 60 * day)).toBeLessThan(value(now - 2 * hour));
    expect(value(now - 2 * hour, now + 3_650 * day)).toBe(value(now - 2 * hour));
  });

  it('an unlike takes the like back', () => {
    const undone = world().act(like('same')).act({ user: 'u', action: 'unlike', video: 'same' });
    expect(finding(undone, 'content_similarity').value).toBe(0);
  });

  it('cites the interactions that speak most for it', () => {
    const { evidence, inputs } = finding(world().act(like('other')).act(like('same')), 'content_similarity');
    expect(evidence).toEqual([{ topic: 'user_activity', partition: 0, offset: 1 }]);
    expect(inputs).toMatchObject({ interactions: 2, strongest: [{ video_id: 'same', action: 'like', offset: 1 }] });
  });
});

describe('freshness', () => {
  it.each([
    ['two hours', 2 * hour, 'comedy', 0.97, 'Recently posted (2 hours ago)'],
    ['one minute', 60_000, 'comedy', 1, 'Recently posted (1 minute ago)'],
    ['two days', 2 * day, 'comedy', 0.5, 'Recently posted (2 days ago)'],
    ['two days of news', 2 * day, 'News', 0.0625, null],
    ['a month', 30 * day, 'comedy', 0, null],
    ['a week of education', 7 * day, 'education', 0.71, 'Recently posted (7 days ago)'],
    ['three years', 1_100 * day, 'comedy', 0, null],
  ])('after %s', (_, age, category, value, sentence) => {
    const found = finding(given().video({ id: 'v', category, at: now - age }), 'freshness');
    expect(found.value).toBeCloseTo(value, 2);
    expect(found.sentence).toBe(sentence);
    expect(found.value).toBe(2 ** (-Number(found.inputs.age_ms) / Number(found.inputs.half_life_ms)));
  });
});

describe('creator affinity', () => {
  const world = () =>
    given().video({ id: 'v', creator: 'c' }).video({ id: 'w', creator: 'c' }).video({ id: 'x', creator: 'c' });
  const follow = { user: 'u', action: 'follow', creator: 'c' };

  it('knows a follow and cites it', () => {
    const found = finding(world().act(follow), 'creator_affinity');
    expect(found).toMatchObject({ value: 0.6, sentence: 'From a creator you follow', certainty: 1 });
    expect(found.evidence).toEqual([{ topic: 'user_activity', partition: 0, offset: 0 }]);
  });

  it('grows with watching, with and without a follow', () => {
    const watched = { user: 'u', action: 'like', video: 'w' };
    const watching = finding(
      world()
        .act(watched)
        .act({ ...watched, video: 'x' }),
      'creator_affinity',
    );
    expect(watching.value).toBeCloseTo(0.35, 6);
    expect(watching.sentence).toBe(`From a creator you watch (${watching.inputs.videos} videos so far)`);
    expect(finding(world().act(follow).act(watched), 'creator_affinity').value).toBeGreaterThan(0.6);
  });

  it('is 0 after an unfollow, for a stranger, and for skipping alone', () => {
    expect(
      finding(
        world()
          .act(follow)
          .act({ ...follow, action: 'unfollow' }),
        'creator_affinity',
      ).value,
    ).toBe(0);
    expect(finding(world(), 'creator_affinity').value).toBe(0);
    expect(finding(world().act({ user: 'u', action: 'skip', video: 'w' }), 'creator_affinity').value).toBe(0);
  });
});

describe('trending', () => {
  const world = (likes: number, at = now - hour) =>
    given()
      .video({ id: 'top', at })
      .video({ id: 'v', at })
      .act({ user: 'x', action: 'like', video: 'top', at }, 40)
      .act({ user: 'x', action: 'like', video: 'v', at }, likes);

  it.each([
    ['nothing', 0, 0],
    ['a quarter of the top', 10, 0.5],
    ['as much as the top', 40, 1],
  ])('with %s', (_, likes, value) => {
    expect(finding(world(likes), 'trending').value).toBeCloseTo(value, 6);
  });

  it('stays sensible where all events are years old', () => {
    const old = finding(world(10, now - 1_500 * day), 'trending');
    expect(old.value).toBeCloseTo(0.5, 6);
    expect(old.sentence).toBeNull();
  });

  it('tells its place', () => {
    expect(finding(world(40), 'trending', { video: 'top' }).sentence).toBe('Trending now (place 1 today)');
  });
});
