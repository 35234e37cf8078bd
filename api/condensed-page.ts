// A page that is kept for later: its videos as one text outside the heap, where no garbage is looked for, made into objects again for whoever reads them.
import type { FeedItem, FeedPage } from '../projections/feed.ts';
import { reusable } from './reusable.ts';

export type Condensed = {
  readonly page: FeedPage;
  /** Of the text of its videos. */
  readonly bytes: number;
};

/** The same page for every reader. Of what is in use its videos are the same objects, too. */
export function condensed(whole: FeedPage): Condensed {
  const text = Buffer.from(JSON.stringify(whole.videos));
  let alive = new WeakRef(frozen(whole.videos));
  const again = (): readonly FeedItem[] => {
    const made = frozen(JSON.parse(text.toString()) as readonly FeedItem[]);
    alive = new WeakRef(made);
    return made;
  };
  // In the place where the field stood: JSON names the fields in their order.
  const page = Object.defineProperty({ ...whole }, 'videos', { get: () => alive.deref() ?? again() });
  return { page: reusable(page), bytes: text.length };
}

function frozen(videos: readonly FeedItem[]): readonly FeedItem[] {
  for (const video of videos) Object.freeze(video);
  return Object.freeze(videos);
}
