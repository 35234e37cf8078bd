// One person's repetitions count once in rates, trends and leaderboards, and neither a ring nor a date moves them further than that.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Engagement, evolve as engage, initialState as noEngagement } from '../../processors/engagement/domain.ts';
import { contributorsMax } from '../../processors/engagement/domain-contributors.ts';
import { scoreOf } from '../../processors/engagement/domain-points.ts';
import { engagement } from '../../processors/engagement/processor.ts';
import { engagementOf, ratesOf } from '../../processors/feed/ranking/engagement-rate.ts';
import { Batch, foldRecord, Poison } from '../../processors/runtime/fold.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import {
  halfLives,
  initialState as noTrend,
  rateAt,
  type Trending,
  evolve as trend,
} from '../../processors/trending/domain.ts';
import { trending } from '../../processors/trending/processor.ts';
import type { VideoEngagement } from '../../schemas/generated.ts';
import { engagementReading } from '../faults/independent-fold/engagement.ts';
import { Kept } from '../faults/independent-fold/record.ts';
import { trendingReading } from '../faults/independent-fold/trending.ts';
import { decodeJson, record } from '../memory-ports.ts';

const start = Date.UTC(2026, 0, 15);
const minute = 60_000;
type Deed = { user?: string; action: string; watchMs?: number; at?: number; source?: string; occurredAt?: number };

const eventOf = ({ user = 'ana', action, watchMs = 9_000, source = 'api', occurredAt = 0 }: Deed, n = 0) => ({
  eventId: `e${n}`,
  occurredAt,
  actorId: user,
  correlationId: 'c',
  source,
  ruleSet: 0,
  origin: null,
  videoId: 'v',
  userId: user,
  action,
  watchDurationMs: watchMs,
  reason: null,
  creatorId: 'creator',
  category: 'music',
  durationMs: 10_000,
  publishedAt: start,
});

function figured(deeds: readonly Deed[]): { figures: Engagement; rise: Trending } {
  let [figures, rise] = [noEngagement(), noTrend()];
  deeds.forEach((deed, offset) => {
    const at = { topic: 'video_engagement', partition: 0, offset, now: deed.at ?? start } as const;
    const event = eventOf(deed, offset) as unknown as VideoEngagement;
    figures = engage(figures, event, at);
    rise = trend(rise, event, at);
  });
  return { figures, rise };
}

const published: Deed = { action: 'published' };
const times = (count: number, deed: (n: number) => Deed): Deed[] => Array.from({ length: count }, (_, n) => deed(n));
const ring = (size: number, laps: number, action = 'view') =>
  times(size * laps, (n) => ({ user: `ring-${n % size}`, action }));

describe('one person', () => {
  it('who views 10,000 times is one viewer, with the best view; only the public counter counts all', () => {
    const many = figured([published, ...times(10_000, (n) => ({ action: 'view', watchMs: (n % 9) * 1_000 }))]).figures;
    expect(many).toMatchObject({ views: 10_000, viewers: 1, measuredViews: 1, completionMilli: 800 });
    const once = figured([published, { action: 'view', watchMs: 8_000 }]).figures;
    expect(ratesOf(many)).toEqual(ratesOf(once));
    expect(scoreOf(many)).toBe(1);
  });

  it('who views 10,000 times raises a trend by the first view', () => {
    const { rise } = figured(times(10_000, () => ({ action: 'view' })));
    expect(rise).toMatchObject({ events: 1, rates: { hour: 0.6, day: 0.6, week: 0.6 } });
  });

  it('who likes and unlikes 10,000 times is one like or none, and three points of trend', () => {
    const flips = times(10_000, (n) => ({ action: n % 2 ? 'unlike' : 'like' }));
    expect(figured(flips).figures.likes).toBe(0);
    expect(figured([...flips, { action: 'like' }]).figures.likes).toBe(1);
    expect(figured(flips).rise).toMatchObject({ events: 1, rates: { day: 3 } });
  });

  it.each(['share', 'comment', 'skip', 'not_interested'])('counts once for many of %s', (action) => {
    const name = { share: 'shares', comment: 'comments', skip: 'skips', not_interested: 'notInterested' }[action] ?? '';
    expect(figured(times(50, () => ({ action }))).figures).toMatchObject({ [name]: 1 });
  });

  it('who takes back a like that was never given takes nothing from others', () => {
    const likes = times(5, (n) => ({ user: `u${n}`, action: 'like' }));
    const { figures } = figured([...likes, { user: 'eve', action: 'view' }, { user: 'eve', action: 'unlike' }]);
    expect(figures.likes).toBe(5);
  });

  it('is measured once the length is known, whatever came before', () => {
    const { figures } = figured([{ action: 'view' }, published, { action: 'view', watchMs: 5_000 }]);
    expect(figures).toMatchObject({ viewers: 1, measuredViews: 1, completionMilli: 500 });
  });
});

describe('a ring of accounts', () => {
  it.each([2, 20, contributorsMax])('of %i is as many as it has, however long it goes on', (size) => {
    const { figures, rise } = figured(ring(size, 40));
    expect(figures.viewers).toBe(size);
    expect(rise.events).toBe(size);
    expect(figured(ring(size, 40, 'like')).figures.likes).toBe(size);
  });

  it('of 200, more than are remembered, counts each round as so many strangers, and rates are still rates', () => {
    const { figures } = figured([published, ...ring(200, 10, 'like')]);
    expect(figures.likes).toBe(2_000);
    expect(engagementOf(figures)).toBeLessThanOrEqual(1);
  });

  it('gives each of its people at most 1 + n / (contributorsMax + 1) of n counted actions', () => {
    const sequence = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 500, maxLength: 3_000, size: 'max' });
    fc.assert(
      fc.property(sequence, fc.integer({ min: 1, max: 3 }), (users, often) => {
        let state = noTrend();
        let mine = 0;
        users.forEach((user, offset) => {
          const who = user % often === 0 ? 'eve' : `u${user}`;
          const at = { topic: 'video_engagement', partition: 0, offset, now: start } as const;
          const next = trend(state, eventOf({ user: who, action: 'like' }) as unknown as VideoEngagement, at);
          if (who === 'eve') mine += next.events - state.events;
          state = next;
        });
        expect(mine).toBeLessThanOrEqual(1 + state.events / (contributorsMax + 1));
      }),
      { numRuns: 30 },
    );
  });

  it('costs a state of bounded size', () => {
    const { figures, rise } = figured(times(5_000, (n) => ({ user: `user-${n}`, action: 'view' })));
    expect(figures.viewers).toBeGreaterThanOrEqual(4_990);
    expect(JSON.stringify(figures).length).toBeLessThan(1_700);
    expect(JSON.stringify(rise).length).toBeLessThan(900);
  });
});

const noneBeside = { record: { ...record(0, { eventId: 'e' }) }, memo: () => null };

/** As the runner folds them: the moment is made from the record, not by the test. */
function folded(deeds: readonly (Deed & { appended: number })[]): Trending {
  const batch = new Batch();
  const committed = {
    state: () => undefined,
    ids: () => undefined,
    memo: () => null,
    watermarks: new Map(),
    skips: new Map(),
  };
  const processor = trending as unknown as Processor;
  const context = { processor, partition: 0, lane: 'l', committed, decode: decodeJson, skipped: new Set<number>() };
  for (const [offset, { appended, ...deed }] of deeds.entries()) {
    const input = { ...record(offset, eventOf(deed, offset)), key: 'v', time: appended };
    foldRecord({ ...context, encode: () => Buffer.alloc(0) }, batch, input);
  }
  return batch.states.get('v') as Trending;
}

describe('event times', () => {
  const live = times(6, (n) => ({ user: `u${n}`, action: 'like', appended: start + n * minute }) as Deed) as (Deed & {
    appended: number;
  })[];

  it('that a client gives, years ago or ahead of its clock, change nothing', () => {
    const plain = folded(live);
    for (const offset of [-50 * 365 * 86_400_000, -minute, 4 * minute]) {
      expect(folded(live.map((deed) => ({ ...deed, occurredAt: deed.appended + offset })))).toEqual(plain);
    }
  });

  it('further ahead than clocks differ are refused, of an import too', () => {
    for (const source of ['api', 'import']) {
      const ahead = [{ user: 'u', action: 'like', source, occurredAt: start + 6 * minute, appended: start }];
      expect(() => folded(ahead)).toThrow(Poison);
    }
  });

  it('of an import never push the rates ahead of the log', () => {
    const ahead = { user: 'i', action: 'like', source: 'import', occurredAt: start + 4 * minute, appended: start };
    expect(folded([ahead]).at).toBe(start);
  });

  it('of an import long past add what is left of them', () => {
    const late = { user: 'i', action: 'like', source: 'import', occurredAt: start - 43_200_000, appended: start };
    const rise = folded([{ user: 'u', action: 'like', appended: start }, late]);
    expect(rise.at).toBe(start);
    expect(rise.rates.day).toBeCloseTo(3 + 1.5, 9);
    expect(rise.rates.hour).toBeCloseTo(3, 5);
  });

  it('halve a rate each half-life', () => {
    const { rise } = figured([{ action: 'share' }]);
    for (const window of ['hour', 'day', 'week'] as const)
      expect(rateAt(rise, window, start + halfLives[window])).toBeCloseTo(2.5, 9);
  });
});

describe('the independent fold', () => {
  const actions = [
    'view',
    'view',
    'like',
    'unlike',
    'share',
    'comment',
    'skip',
    'not_interested',
    'published',
    'removed',
  ];
  const deed = fc.record({
    user: fc.integer({ min: 0, max: 300 }).map((n) => `user-${n}`),
    action: fc.constantFrom(...actions),
    watchMs: fc.integer({ min: 0, max: 20_000 }),
    at: fc.integer({ min: start - 7_200_000, max: start + 7_200_000 }),
    creator: fc.constantFrom('c1', 'c2'),
  });

  it('agrees on every state and every board', () => {
    fc.assert(
      fc.property(fc.array(deed, { minLength: 200, maxLength: 800, size: 'max' }), (deeds) => {
        for (const [processor, reading] of [
          [engagement, engagementReading],
          [trending, trendingReading],
        ] as const) {
          const kept = new Kept();
          const boards = new Map<string, number>();
          let state: unknown = processor.initialState();
          deeds.forEach((each, offset) => {
            const event = { ...eventOf(each, offset), creatorId: each.creator } as unknown as VideoEngagement;
            const at = { topic: 'video_engagement', partition: 0, offset, now: each.at } as const;
            const before = state;
            state = (processor as Processor).evolve(before, event, at, noneBeside);
            for (const write of (processor as Processor).writes(state, event, at, before)) {
              if (write.kind !== 'score' && write.kind !== 'increment') continue;
              const name = `${write.board} ${write.member}`;
              if (write.kind === 'increment') boards.set(name, (boards.get(name) ?? 0) + write.by);
              else if (write.score === null) boards.delete(name);
              else boards.set(name, write.score);
            }
            reading.take(kept, event, { key: 'v', partition: 0, offset, now: each.at });
          });
          expect(JSON.parse(JSON.stringify(state))).toEqual(JSON.parse(JSON.stringify(kept.states.get('v'))));
          const must = [...kept.boards].flatMap(([board, of]) => [...of].map(([who, n]) => [`${board} ${who}`, n]));
          expect(Object.fromEntries(boards)).toEqual(Object.fromEntries(must));
        }
      }),
      { numRuns: 25 },
    );
  });
});
