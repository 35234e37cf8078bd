// What a receipt says of who watched what: the videos it names are among its inputs, and none is one of no interest.
import { describe, expect, it } from 'vitest';
import type { Model } from '../../processors/feed/ranking/learned/model.ts';
import type { PublishedModel } from '../../processors/feed/ranking/published-model.ts';
import { rank } from '../../processors/feed/ranking/rank.ts';
import { viewerOf } from '../../processors/feed/ranking/viewer.ts';
import { given, now } from '../feed-given.ts';

/** Whoever watched `bored` or `liked` watched `next`. */
function published(): PublishedModel {
  const none = new Float32Array(3);
  const item = (videoId: string, column: number, views: Float32Array) => ({
    videoId,
    column,
    related: { ease_views: views, ease_likes: none, cosine_likes: none, cosine_views: none, sequence: none },
    factors: null,
    counts: new Float32Array(5),
    firstWeek: 0,
    weeks: new Float32Array(0),
    firstAt: 0,
    lastLikedAt: 0,
  });
  const items = [item('bored', 0, none), item('liked', 1, none), item('next', 2, Float32Array.of(0.9, 0.4, 0))];
  const statistics = {
    users: 10,
    likeRate: 0.1,
    dislikeRate: 0.1,
    firstWeekAt: 0,
    weeks: new Float32Array(0),
    counts: new Float32Array(5),
    tokens: new Map(),
    gram: new Float32Array(0),
  };
  const model: Model = {
    version: 'v1',
    trainedAt: now,
    ranker: null,
    statistics,
    columns: ['bored', 'liked', 'next'],
    items: new Map(items.map((one) => [one.videoId, one])),
  };
  return { model, position: { topic: 'models', partition: 0, offset: 0 } } as unknown as PublishedModel;
}

function nextFor(actions: readonly { action: string; video: string }[]) {
  const world = given().video({ id: 'bored' }).video({ id: 'liked' }).video({ id: 'next' });
  for (const act of actions) world.act({ user: 'u', ...act });
  const catalogue = world.catalogue();
  const viewer = viewerOf(world.evidence('u'), catalogue);
  const { items } = rank({ catalogue, viewer, now, limit: 3, served: new Set(), published: published() });
  return items.find(({ item }) => item.id === 'next');
}

describe('who watched what', () => {
  it('names the video that speaks most, which is among the inputs', () => {
    const next = nextFor([{ action: 'like', video: 'liked' }]);
    expect(next?.sentences.join()).toContain('others who watched "Title of liked" watched it, too');
    // A weight of 0.4 with the constant 0.1 is bent to 0.4 / 0.5.
    expect(next?.factors.content_similarity.inputs).toMatchObject({
      watched_together: [{ video_id: 'liked', part: expect.closeTo(0.8, 6) }],
      together_similarity: expect.closeTo(0.8, 6),
      together_share: 0.8,
    });
  });

  it('never names one of no interest, neither in words nor as what speaks for it', () => {
    const next = nextFor([
      { action: 'not_interested', video: 'bored' },
      { action: 'like', video: 'liked' },
    ]);
    expect(next?.sentences.join()).not.toContain('Title of bored');
    expect(next?.factors.content_similarity.inputs.strongest).toMatchObject([{ video_id: 'liked' }]);
    expect(next?.counterfactual?.without.video_id).toBe('liked');
  });

  it('is nothing in favour of what goes with a video of no interest', () => {
    const next = nextFor([{ action: 'not_interested', video: 'bored' }]);
    expect(next?.factors.content_similarity.value).toBe(0);
  });
});
