// A kept page is the same for every reader, also when nothing but its text is left of it.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { condensed } from '../../api/condensed-page.ts';
import type { FeedPage } from '../../projections/feed.ts';

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

const factor = { value: 0.1 + 0.2, weight: 1 / 3, contribution: 5e-324 };
const pageOf = (): FeedPage => ({
  variant: 'fixed',
  videos: [
    {
      video_id: 'v1',
      creator_id: 'c1',
      title: 'Größe “1”',
      final_score: 0.7,
      explanation: ['a', 'b'],
      confidence: 0.5,
      receipt_id: null,
      factors: { engagement: factor } as never,
    },
  ],
  next_cursor: 'next',
});

/** What was made in this turn of the event loop is kept until it is over. */
const nextTurn = () => new Promise((done) => setImmediate(done));

describe('a condensed page', () => {
  it('has the very videos that it was made of, frozen, while they are in use', () => {
    const { videos, ...rest } = pageOf();
    const { page } = condensed({ ...rest, videos });
    expect(page.videos).toBe(videos);
    expect([page, page.videos, page.videos[0]].every(Object.isFrozen)).toBe(true);
  });

  it('is the same, with the same fields in the same order, after they are gone', async () => {
    const gone = new WeakRef(pageOf());
    const { page, bytes } = condensed(gone.deref() as FeedPage);
    const watched = new WeakRef(page.videos);
    await nextTurn();
    collectGarbage();
    expect([gone.deref(), watched.deref()]).toEqual([undefined, undefined]);
    expect(JSON.stringify(page)).toBe(JSON.stringify(pageOf()));
    expect(page.videos).toBe(page.videos);
    expect(Object.isFrozen(page.videos[0])).toBe(true);
    expect(bytes).toBe(Buffer.byteLength(JSON.stringify(pageOf().videos)));
  });
});
