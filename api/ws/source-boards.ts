// The leaderboards: merged of all partitions, so that their sequence is the sum of the places that these have come to.
import type { Side, Window } from '../../projections/gift-boards.ts';
import { sides, windows } from '../../projections/gift-boards.ts';
import type { Services } from '../ports.ts';
import { getTopCreators, getTopVideos } from '../services/leaderboards.ts';
import { getGiftBoard } from '../services/money-figures.ts';
import type { ValueSource } from './sources.ts';

const lookMs = 1_000;
const limit = 10;
const dayMs = 86_400_000;

const giftBoards = sides.flatMap((side) => windows.map((window) => `gifts_${side}_${window}` as const));
export const boardNames = ['top_videos', 'top_creators', ...giftBoards] as const;
export type BoardName = (typeof boardNames)[number];

const engagement = { processor: 'engagement', topic: 'video_engagement' } as const;
const statements = { processor: 'statements', topic: 'ledger_entries' } as const;

export function boardSource(name: BoardName, services: Services): ValueSource {
  const folding = name.startsWith('gifts_') ? statements : engagement;
  const place = async () => {
    const { generation, next } = await services.positions.ofAll(folding);
    // Days and weeks begin by themselves.
    const index = folding === statements ? Math.floor(services.now() / dayMs) : 0;
    return { generation, offset: next - 1, index };
  };
  return {
    kind: 'value',
    isExact: true,
    // First the place: the board can only know more.
    read: async () => ({ sequence: await place(), data: await boardOf(name, services) }),
    changes: (listener) => looking(place, listener),
    fingerprint: (data) => JSON.stringify(data),
  };
}

function boardOf(name: BoardName, services: Services): Promise<object> {
  if (name === 'top_videos') return getTopVideos(services, { limit });
  if (name === 'top_creators') return getTopCreators(services, { limit });
  const [, side, window] = name.split('_') as [string, Side, Window];
  return getGiftBoard(services, { side, window, limit });
}

/** Looks every second whether anything was folded. */
function looking(place: () => Promise<object>, listener: () => void): () => void {
  let seen = '';
  const timer = setInterval(() => {
    place().then(
      (now) => {
        if (JSON.stringify(now) !== seen) listener();
        seen = JSON.stringify(now);
      },
      () => undefined,
    );
  }, lookMs).unref();
  return () => clearInterval(timer);
}
