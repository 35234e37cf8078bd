// Experiments without servers: who gets which variant, what runs, what an exposed user's outcomes add up to.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseShares } from '../../operations/experiment/arguments.ts';
import {
  evolve as addUp,
  type ExperimentSums,
  initialState as nothing,
  perUserMax,
} from '../../processors/experiments/domain.ts';
import { assignedVariant, bucketOf } from '../../processors/feed/ranking/assignment.ts';
import { evolve, type History, initialState } from '../../processors/history/domain.ts';
import { attributionMs, exposuresMax, metricNames, watchMsMax } from '../../processors/history/domain-exposures.ts';
import { history } from '../../processors/history/processor.ts';
import { ExperimentLifecycle, type Step } from '../../projections/experiment-lifecycle.ts';
import { resultsOf } from '../../projections/experiment-results.ts';
import { chiSquareAbove } from '../../projections/experiment-statistics.ts';
import type { ExperimentChange, ExperimentOutcome, UserActivity } from '../../schemas/generated.ts';

const users = (count: number) => Array.from({ length: count }, (_, i) => `user_${i}`);

/** How often each of 100 cells occurs. */
function countsOf(cells: readonly number[]): number[] {
  const counts = new Array<number>(100).fill(0);
  for (const cell of cells) counts[cell] = (counts[cell] ?? 0) + 1;
  return counts;
}

/** How likely counts at least so uneven are, if all cells are equally likely. */
function evenness(counts: readonly number[]): number {
  const expected = counts.reduce((a, b) => a + b, 0) / counts.length;
  const statistic = counts.reduce((total, each) => total + (each - expected) ** 2 / expected, 0);
  return chiSquareAbove(statistic, counts.length - 1);
}

describe('an assignment', () => {
  it.each(['first', 'second', 'a', 'colour-2026'])('spreads users evenly over the buckets of %s', (salt) => {
    const cells = users(100_000).map((user) => Math.floor(bucketOf(salt, user) / 100));
    expect(evenness(countsOf(cells))).toBeGreaterThan(0.001);
  });

  it.each([
    ['first', 'second'],
    ['exp1', 'exp2'],
    ['a', 'b'],
  ])('under %s says nothing about the one under %s', (one, other) => {
    const tenth = (salt: string, user: string) => Math.floor(bucketOf(salt, user) / 1_000);
    const cells = users(100_000).map((user) => tenth(one, user) * 10 + tenth(other, user));
    expect(evenness(countsOf(cells))).toBeGreaterThan(0.001);
  });

  it('gives each variant its share, and a user the same one always', () => {
    const division = { salt: 's', variants: ['fixed', 'learned'], buckets: [9_000, 1_000] };
    const given = users(20_000).map((user) => assignedVariant(division, user));
    expect(given.filter((variant) => variant === 'learned').length / 20_000).toBeCloseTo(0.1, 2);
    expect(users(20_000).map((user) => assignedVariant({ ...division }, user))).toEqual(given);
  });

  it('is what it was when this test was written: users keep their variants across builds', () => {
    expect(['user1', 'user2', 'test'].map((user) => bucketOf('first', user))).toEqual([2_470, 2_530, 9_205]);
  });
});

describe('shares as typed', () => {
  it('are read to the hundredth of a percent', () => {
    expect(parseShares('fixed=66.67,learned=33.33')).toEqual({
      variants: ['fixed', 'learned'],
      buckets: [6_667, 3_333],
    });
  });

  it.each([
    'fixed=50',
    'fixed=50,learned=49',
    'fixed=50,fixed=50',
    'fixed=50,best=50',
    'fixed=100,learned=0',
    'fixed:50,learned:50',
    'fixed=-50,learned=150',
    '',
  ])('%j are refused', (text) => expect(() => parseShares(text)).toThrow());
});

const started = (experimentId: string, more: object = {}) =>
  ({
    kind: 'started',
    experimentId,
    variants: ['fixed', 'learned'],
    buckets: [5_000, 5_000],
    control: 'fixed',
    salt: experimentId,
    why: null,
    ...more,
  }) as unknown as ExperimentChange & Extract<Step, { kind: 'started' }>;
const stopped = (experimentId: string) =>
  ({ kind: 'stopped', experimentId, why: 'enough' }) as unknown as ExperimentChange;

describe('the log of experiments', () => {
  it('runs one at a time; the first in the log counts', () => {
    const lifecycle = new ExperimentLifecycle();
    expect(lifecycle.take(started('a'), 0, 100)).toBeNull();
    expect(lifecycle.take(started('b'), 1, 101)).toMatch(/a runs already/);
    expect(lifecycle.take(stopped('b'), 2, 102)).toMatch(/b does not run/);
    expect(lifecycle.running).toMatchObject({ experimentId: 'a', startedAt: 100, startedOffset: 0 });
    expect(lifecycle.take(stopped('a'), 3, 103)).toBeNull();
    expect(lifecycle.running).toBeNull();
    expect(lifecycle.find('a')).toMatchObject({ stoppedAt: 103, conclusion: 'enough' });
    expect(lifecycle.take(started('a'), 4, 104)).toMatch(/another name/);
    expect(lifecycle.take(started('b'), 5, 105)).toBeNull();
    expect(lifecycle.list(10).map(({ experimentId }) => experimentId)).toEqual(['b', 'a']);
  });

  it.each([
    [{ buckets: [5_000, 4_999] }, /add up to 99.99 %/],
    [{ buckets: [10_000] }, /share/],
    [{ buckets: [10_000, 0] }, /share/],
    [{ variants: ['fixed', 'fixed'] }, /different/],
    [{ control: 'other' }, /control/],
  ])('takes no experiment with %j', (wrong, why) => {
    expect(new ExperimentLifecycle().take(started('a', wrong), 0, 1)).toMatch(why);
  });
});

type Doing = Readonly<Record<string, unknown>> & { readonly action: string };
type Past = { state: History; outcomes: ExperimentOutcome[]; rows: number };

/** Folds what one user does, each with its append time, as the runner would. */
function fold(doings: readonly (readonly [now: number, doing: Doing])[], userId = 'u'): Past {
  const past: Past = { state: initialState(), outcomes: [], rows: 0 };
  doings.forEach(([now, doing], offset) => {
    const event = { userId, occurredAt: now, videoId: 'v', eventId: `e${offset}`, ...doing } as unknown as UserActivity;
    const at = { topic: 'user_activity', partition: 0, offset, now } as const;
    const before = past.state;
    past.state = evolve(before, event, at);
    past.rows += history.writes(past.state, event, at, before).length;
    for (const { topic, event: emitted } of history.emits(past.state, event, at))
      if (topic === 'experiment_outcomes') past.outcomes.push(emitted as unknown as ExperimentOutcome);
  });
  return past;
}

const exposed = (variant = 'fixed', experimentId = 'x'): Doing => ({ action: 'exposed', experimentId, variant });
const view = (watchDurationMs = 1_000): Doing => ({ action: 'view', watchDurationMs });
const like: Doing = { action: 'like' };
const totalsOf = ({ state }: Past, index = 0) => state.exposures[index]?.totals;

describe('an exposed user', () => {
  it('is counted from the first exposure on, each outcome beside what was before', () => {
    const past = fold([
      [1, like],
      [2, exposed()],
      [3, view(700)],
      [4, like],
    ]);
    expect(past.outcomes.map(({ kind }) => kind)).toEqual(['exposed', 'outcome', 'outcome']);
    expect(past.outcomes[2]).toMatchObject({
      experimentId: 'x',
      variant: 'fixed',
      userId: 'u',
      likes: 1,
      likesBefore: 0,
    });
    expect(past.outcomes[2]).toMatchObject({ views: 1, viewsBefore: 1, watchMs: 700, watchMsBefore: 700 });
  });

  it('is told of once, however often the exposure is repeated, and stays on the first side', () => {
    const past = fold([
      [1, exposed()],
      [2, exposed()],
      [3, exposed('learned')],
      [4, like],
    ]);
    expect(past.outcomes.map(({ kind, variant }) => [kind, variant])).toEqual([
      ['exposed', 'fixed'],
      ['outcome', 'fixed'],
    ]);
    expect(past.state.exposures[0]).toMatchObject({ firstAt: 1, latestAt: 3 });
  });

  it('counts for 24 hours after the latest exposure, and again after the next', () => {
    const later = 1_000 + attributionMs;
    expect(
      totalsOf(
        fold([
          [1_000, exposed()],
          [later, like],
          [later + 1, like],
        ]),
      )?.likes,
    ).toBe(1);
    const again = fold([
      [1_000, exposed()],
      [later + 1, like],
      [later + 2, exposed()],
      [later + 3, like],
    ]);
    expect([totalsOf(again)?.likes, again.outcomes.length]).toEqual([1, 2]);
  });

  it('does not count what an import dates before the exposure', () => {
    expect(
      fold([
        [1_000, exposed()],
        [500, like],
      ]).outcomes,
    ).toHaveLength(1);
  });

  it('can take a like back, but not one of before', () => {
    const unlike: Doing = { action: 'unlike' };
    const past = fold([
      [0, like],
      [1, exposed()],
      [2, unlike],
      [3, like],
      [4, unlike],
      [5, unlike],
    ]);
    expect(totalsOf(past)?.likes).toBe(0);
    expect(past.outcomes.slice(1)).toMatchObject([
      { likesBefore: 0, likes: 1 },
      { likesBefore: 1, likes: 0 },
    ]);
  });

  it('adds an hour at most by one view', () => {
    expect(
      totalsOf(
        fold([
          [1, exposed()],
          [2, view(80_000_000)],
        ]),
      )?.watchMs,
    ).toBe(watchMsMax);
  });

  it(`is remembered under ${exposuresMax} experiments, the longest unseen going first`, () => {
    const names = ['a', 'b', 'c', 'd'];
    const past = fold([
      ...names.map((name, i) => [i, exposed('fixed', name)] as const),
      [5, exposed('fixed', 'a')],
      [6, exposed('fixed', 'e')],
    ]);
    expect(past.state.exposures.map(({ experimentId }) => experimentId)).toEqual(['a', 'c', 'd', 'e']);
  });

  it('has done nothing by being exposed: no count, no row, nothing for the video', () => {
    const past = fold([[1, exposed()]]);
    expect(past.rows).toBe(0);
    expect({ ...past.state, exposures: [] }).toEqual(initialState());
  });

  it('that never was leaves the derived events as they were', () => {
    const event = { action: 'like', userId: 'u', videoId: 'v' } as unknown as UserActivity;
    const at = { topic: 'user_activity', partition: 0, offset: 0, now: 1 } as const;
    expect(history.emits(evolve(initialState(), event, at), event, at).map(({ topic }) => topic)).toEqual([
      'video_engagement',
    ]);
  });
});

const action = fc.oneof(
  fc.record({ action: fc.constant('view'), watchDurationMs: fc.integer({ min: 0, max: 10_000_000 }) }),
  fc.record({ action: fc.constantFrom('like', 'unlike', 'share', 'skip', 'not_interested', 'comment') }),
  fc.constantFrom(exposed('fixed'), exposed('learned'), exposed('fixed', 'y')),
);
const hours = (max: number) => fc.integer({ min: 0, max: max * 3_600_000 });
const lives = fc.array(fc.array(fc.tuple(hours(20), action), { maxLength: 30 }), { maxLength: 8 });

describe('the sums of an experiment', () => {
  it('are those of a recount of every user’s events, whatever happens in whichever order', () => {
    fc.assert(
      fc.property(lives, fc.nat(), (people, turn) => {
        const pasts = people.map((steps, i) => {
          let now = 1_000;
          const timed = steps.map(([wait, doing]) => {
            now += wait;
            return [now, doing as Doing] as const;
          });
          return { timed, ...fold(timed, `u${i}`) };
        });
        const queues = pasts.map(({ outcomes }) => outcomes.filter(({ experimentId }) => experimentId === 'x'));
        expect(folded(queues, turn).variants).toEqual(recounted(pasts.map(({ timed }) => timed)));
      }),
      { numRuns: 300 },
    );
  });
});

describe('one client that repeats itself', () => {
  it('counts for so much at most, in sums and squares, and an honest user beside it as ever', () => {
    const steps = Array.from({ length: 3_000 }, (_, i) => [i + 2, { action: 'like' } as Doing] as const);
    const robot = fold([[1, exposed()], ...steps], 'robot');
    const person = fold(
      [
        [1, exposed()],
        [2, { action: 'like' }],
        [3, { action: 'like' }],
      ],
      'person',
    );
    const { likes } = folded([robot.outcomes, person.outcomes], 0).variants.fixed?.metrics ?? {};
    const most = perUserMax.likes;
    expect(likes).toMatchObject({ x: String(most + 2), xx: String(most * most + 4) });
  });
});

/** Users' outcomes mixed, each user's in order. */
function folded(queues: readonly ExperimentOutcome[][], turn: number): ExperimentSums {
  const left = queues.map((queue) => [...queue]);
  let sums = nothing();
  for (let i = turn; left.some((queue) => queue.length > 0); i++) {
    const event = left[i % left.length]?.shift();
    if (event) sums = addUp(sums, event, { topic: 'experiment_outcomes', partition: 0, offset: i, now: i });
  }
  return sums;
}

/** From the raw events alone, in words of its own. */
function recounted(people: readonly (readonly (readonly [number, Doing])[])[]) {
  const byVariant: Record<string, Record<string, bigint>[]> = {};
  for (const timed of people) {
    const first = timed.findIndex(([, doing]) => doing.action === 'exposed' && doing.experimentId === 'x');
    if (first < 0) continue;
    const user: Record<string, bigint> = {
      views: 0n,
      watchMs: 0n,
      likes: 0n,
      shares: 0n,
      skips: 0n,
      notInterested: 0n,
    };
    let until = 0;
    for (const [now, doing] of timed.slice(first)) {
      if (doing.action === 'exposed' && doing.experimentId === 'x') until = now + 24 * 3_600_000;
      if (doing.action === 'exposed' || now > until) continue;
      const add = (name: string, by: number) => {
        user[name] = (user[name] ?? 0n) + BigInt(by);
      };
      if (doing.action === 'view') add('views', 1);
      if (doing.action === 'view') add('watchMs', Math.min(3_600_000, doing.watchDurationMs as number));
      if (doing.action === 'like') add('likes', 1);
      if (doing.action === 'unlike' && (user.likes ?? 0n) > 0n) add('likes', -1);
      if (doing.action === 'share') add('shares', 1);
      if (doing.action === 'skip') add('skips', 1);
      if (doing.action === 'not_interested') add('notInterested', 1);
    }
    const variant = String(timed[first]?.[1].variant);
    byVariant[variant] = [...(byVariant[variant] ?? []), user];
  }
  const total = (values: readonly bigint[]) => String(values.reduce((a, b) => a + b, 0n));
  const sumsOf = (all: readonly Record<string, bigint>[], name: string) => ({
    x: total(all.map((user) => user[name] ?? 0n)),
    xx: total(all.map((user) => (user[name] ?? 0n) ** 2n)),
    xViews: total(all.map((user) => (user[name] ?? 0n) * (user.views ?? 0n))),
  });
  return Object.fromEntries(
    Object.entries(byVariant).map(([variant, all]) => [
      variant,
      { users: all.length, metrics: Object.fromEntries(metricNames.map((name) => [name, sumsOf(all, name)])) },
    ]),
  );
}

describe('results', () => {
  const lifecycle = new ExperimentLifecycle();
  lifecycle.take(started('x'), 0, 1_000);
  const experiment = lifecycle.running as NonNullable<typeof lifecycle.running>;

  it('before anybody came are unknown, not zero', () => {
    const { variants, sample_ratio_p_value } = resultsOf(experiment, null);
    expect(variants.map((each) => [each.variant, each.users, each.metrics[0]?.mean])).toEqual([
      ['fixed', 0, null],
      ['learned', 0, null],
    ]);
    expect(sample_ratio_p_value).toBeNull();
  });

  it('warn when users are not divided as planned', () => {
    let sums = nothing();
    for (let i = 0; i < 100; i++) {
      const event = { kind: 'exposed', variant: i < 80 ? 'fixed' : 'learned' } as unknown as ExperimentOutcome;
      sums = addUp(sums, event, { topic: 'experiment_outcomes', partition: 0, offset: i, now: i });
    }
    // (80 − 50)² / 50 · 2 = 36.
    const results = resultsOf(experiment, sums);
    expect(results.sample_ratio_p_value).toBeCloseTo(1.97e-9, 11);
    expect(results.sample_ratio_mismatch).toBe(true);
    expect(results.sample_ratio_meaning).toMatch(/Do not trust/);
  });

  it('of skips are per video met: a user of 3 views and 1 skip, one of 2 and 2, one of 4 and 0', () => {
    const people = [
      [3, 1],
      [2, 2],
      [4, 0],
    ].map(([views = 0, skips = 0], i) => {
      const steps = [exposed(), ...Array(views).fill(view()), ...Array(skips).fill({ action: 'skip' })];
      return fold(
        steps.map((doing, now) => [now, doing] as const),
        `u${i}`,
      ).outcomes;
    });
    const fixed = resultsOf(experiment, folded(people, 0)).variants[0];
    const rate = fixed?.metrics.find(({ metric }) => metric === 'skip_rate');
    // R = 3 / 12; all met 4, so d = 0, 1, −1: s²d = 1, error √(1 / 3) / 4.
    expect(rate?.mean).toBeCloseTo(0.25, 12);
    expect(rate?.high).toBeCloseTo(0.25 + (1.959964 * Math.sqrt(1 / 3)) / 4, 5);
  });
});
