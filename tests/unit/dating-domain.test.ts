// Dating of one user: profiles, online times, matches and the end of an account; and the same from the independent fold, whatever happens.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Dating, evolve, initialState, matchesMax } from '../../processors/dating/domain.ts';
import { dating } from '../../processors/dating/processor.ts';
import type { Write } from '../../processors/runtime/processor.ts';
import { ageBandOf, ageOn } from '../../schemas/dating.ts';
import type { UserActivity } from '../../schemas/generated.ts';
import { datingReading } from '../faults/independent-fold/dating.ts';
import { Kept } from '../faults/independent-fold/record.ts';

const hour = 3_600_000;
const noon = Date.UTC(2026, 10, 1, 12);

/** As it would be decoded: every field of the topic, null where the action has none. */
const eventOf = (given: object, n = 0): UserActivity =>
  ({
    ...{ eventId: `event-${n}`, occurredAt: n, userId: 'ana', videoId: null, creatorId: null, targetUserId: null },
    ...{ status: null, ageBand: null, personal: null, matchId: null, timeZone: null, source: 'test' },
    ...given,
  }) as unknown as UserActivity;
const placed = (offset: number, now = noon) => ({ topic: 'user_activity', partition: 3, offset, now }) as const;
const personal = Buffer.from('sealed');
const profile = (more: object = {}) => ({
  ...{ action: 'dating_profile', status: 'visible', ageBand: '25-34', personal },
  ...more,
});

type Step = readonly [given: object, now?: number];
function given(...steps: readonly Step[]): Dating {
  return steps.reduce(
    (state, [event, now], n) => evolve(state, eventOf(event, n), placed(n, now ?? noon)),
    initialState(),
  );
}

describe('a profile', () => {
  it('replaces the one before, as a whole', () => {
    const later = Buffer.from('sealed anew');
    const state = given([profile()], [profile({ status: 'paused', personal: later })]);
    expect(state.profile).toEqual({
      ...{ status: 'paused', ageBand: '25-34', personal: later.toString('base64'), at: noon, offset: 1 },
    });
  });

  it.each([
    ['without an adult band', { ageBand: 'under-18' }],
    ['without a band', { ageBand: null }],
    ['without its personal part', { personal: null }],
    ['of a status that there is not', { status: 'hidden' }],
  ])('%s counts for nothing', (_what, more) => expect(given([profile(more)]).profile).toBeNull());

  it('is paused, shown and taken away; another can follow', () => {
    const status = (to: string): Step => [{ action: 'dating_status', status: to }];
    expect(given([profile()], status('paused')).profile?.status).toBe('paused');
    expect(given([profile()], status('paused'), status('visible')).profile).toMatchObject({
      status: 'visible',
      offset: 2,
    });
    expect(given([profile()], status('deleted')).profile).toBeNull();
    expect(given([profile()], status('deleted'), status('visible')).profile).toBeNull();
    expect(given([profile()], status('deleted'), [profile()]).profile?.offset).toBe(2);
  });

  it('does not come back once the account is deleted, whatever comes late', () => {
    const gone = given(
      [profile()],
      [{ action: 'like', videoId: 'v' }],
      [{ action: 'dating_profile', status: 'deleted' }],
    );
    expect(gone).toEqual({ ...initialState(), deletedAt: noon });
    const late = [profile(), { action: 'view', videoId: 'v' }, { action: 'match', targetUserId: 'ben', matchId: 'm' }];
    for (const event of late) expect(evolve(gone, eventOf(event), placed(9, noon + hour))).toBe(gone);
  });
});

describe('online times', () => {
  const view: object = { action: 'view', videoId: 'v' };

  it('count distinct hours of the day, UTC', () => {
    const state = given([view, noon], [view, noon + 1_000], [view, noon + hour]);
    expect(state.online[12]).toBeCloseTo(1, 2);
    expect(state.online[13]).toBe(1);
    expect(state.online.filter((times) => times > 0)).toHaveLength(2);
  });

  it('change nothing in an hour that has counted, nor in an earlier one', () => {
    const state = given([view, noon]);
    expect(evolve(state, eventOf(view), placed(1, noon + hour - 1))).toBe(state);
    expect(evolve(state, eventOf(view), placed(1, noon - hour))).toBe(state);
  });

  it('fade by half in 30 days', () =>
    expect(given([view, noon], [view, noon + 30 * 24 * hour + hour]).online[12]).toBeCloseTo(0.5, 2));

  it.each(['match', 'match_change', 'exposed'])('are not learned from what others do (%s)', (action) =>
    expect(given([{ action, targetUserId: 'ben', matchId: 'm', status: 'ended' }]).online[12]).toBe(0),
  );
});

describe('matches', () => {
  const met = (n: number): Step => [{ action: 'match', targetUserId: `other-${n}`, matchId: `m${n}` }];
  const turned = (n: number, status: string): Step => [
    { action: 'match_change', targetUserId: `other-${n}`, matchId: `m${n}`, status },
  ];

  it('are there once, open and end; what has ended stays so', () => {
    const state = given(met(1), met(1), turned(1, 'unlocked'), turned(1, 'ended'), turned(1, 'unlocked'));
    expect(state.matches).toEqual([
      {
        ...{ matchId: 'm1', userId: 'other-1', at: noon, status: 'ended', madeOffset: 0, changedAt: noon, offset: 3 },
        unlocked: { at: noon, offset: 2 },
      },
    ]);
    expect(state.forgottenOffset).toBe(-1);
  });

  it('are kept up to a limit, the latest', () => {
    const state = given(...Array.from({ length: matchesMax + 5 }, (_, n) => met(n)));
    expect(state.matches).toHaveLength(matchesMax);
    expect(state.matches[0]?.matchId).toBe('m5');
  });

  it('are a row each, written again when they change', () => {
    const before = given(met(1), met(2));
    const event = eventOf(turned(1, 'unlocked')[0]);
    const state = evolve(before, event, placed(2));
    const rows = dating.writes(state, event, placed(2), before).filter(({ kind }) => kind === 'row');
    expect(rows).toMatchObject([{ row: { user_id: 'ana', match_id: 'm1', status: 'unlocked', other_id: 'other-1' } }]);
  });
});

describe('age', () => {
  it.each([
    ['2008-11-01', 18],
    ['2008-11-02', 17],
    ['2000-02-29', 26],
    ['2026-11-02', -1],
    ['2001-02-29', null],
    ['yesterday', null],
  ])('of %s is %s', (birthDate, age) => expect(ageOn(birthDate, noon)).toBe(age));

  it('of somebody born on 29 February rises on 1 March', () => {
    expect(ageOn('2008-02-29', Date.UTC(2026, 1, 28, 23))).toBe(17);
    expect(ageOn('2008-02-29', Date.UTC(2026, 2, 1))).toBe(18);
  });

  it('has a band from 18 on alone', () =>
    expect([17, 18, 25, 35, 45, 55, 121].map(ageBandOf)).toEqual([
      ...[null, '18-24', '25-34', '35-44', '45-54', '55+', null],
    ]));
});

const steps = fc.array(
  fc.record({
    userId: fc.constantFrom('ana', 'ben'),
    action: fc.constantFrom(
      ...['view', 'swipe', 'exposed', 'dating_profile', 'dating_profile', 'dating_status', 'match', 'match_change'],
    ),
    status: fc.constantFrom('visible', 'paused', 'deleted', 'unlocked', 'ended', 'odd', null),
    ageBand: fc.constantFrom('18-24', '55+', 'child', null),
    personal: fc.constantFrom(personal, Buffer.from('other'), null),
    matchId: fc.constantFrom('m1', 'm2', 'm3'),
    later: fc.integer({ min: -2 * hour, max: 40 * 24 * hour }),
  }),
  { maxLength: 60 },
);

it('the independent fold agrees: states, entries and rows, whatever users do', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const [states, memos, rows] = [new Map<string, Dating>(), new Map<string, unknown>(), new Map<string, object>()];
      const kept = new Kept();
      let now = noon;
      for (const [n, { later, ...fields }] of all.entries()) {
        now += later;
        const event = eventOf({ ...fields, targetUserId: 'cy' }, n);
        const before = states.get(event.userId) ?? initialState();
        const state = evolve(before, event, placed(n, now));
        states.set(event.userId, state);
        for (const write of dating.writes(state, event, placed(n, now), before)) collect(write, memos, rows);
        datingReading.take(kept, event, { key: event.userId, partition: 3, offset: n, now });
      }
      expect(kept.states).toEqual(states);
      const must = [...(datingReading.memos?.(kept) ?? [])].map(([key, { value }]) => [key, value] as const);
      expect(new Map(must)).toEqual(memos);
      expect(kept.rows.get('match_history') ?? new Map()).toEqual(rows);
    }),
    { numRuns: 300 },
  );
});

function collect(write: Write, memos: Map<string, unknown>, rows: Map<string, object>): void {
  if (write.kind === 'memo' && write.value === null) memos.delete(write.key);
  else if (write.kind === 'memo') memos.set(write.key, write.value);
  if (write.kind !== 'row') return;
  const plain = Object.entries(write.row).map(([name, cell]) => [name, cell instanceof Date ? cell.getTime() : cell]);
  const row = Object.fromEntries(plain) as Record<string, unknown>;
  rows.set([row.user_id, row.matched_at, row.match_id].join(' '), row);
}
