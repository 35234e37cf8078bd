// The history as the platform folds it and as the independent fold does: the same states, ring and index, whatever users do.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { evolve, type History, initialState } from '../../processors/history/domain.ts';
import { history } from '../../processors/history/processor.ts';
import type { UserActivity } from '../../schemas/generated.ts';
import { historyReading } from '../faults/independent-fold/history.ts';
import { Kept } from '../faults/independent-fold/record.ts';

const actions = ['view', 'skip', 'like', 'follow', 'unfollow', 'not_interested', 'block', 'report', 'swipe'] as const;
const name = (prefix: string) => fc.integer({ min: 0, max: 4 }).map((n) => `${prefix}${n}`);

const events = fc.array(
  fc.record({
    userId: name('u'),
    action: fc.constantFrom(...actions),
    videoId: fc.option(name('v')),
    other: name('c'),
    reason: fc.constantFrom(null, 'video', 'creator', 'topic', 'own words'),
    watchDurationMs: fc.integer({ min: 0, max: 10_000 }),
  }),
  { maxLength: 200 },
);

/** As it would be decoded: every field of the topic, null where the action has none. */
function eventOf({ other, ...given }: Record<string, unknown>, n: number): UserActivity {
  const about = { creatorId: other, targetUserId: other, direction: null, personal: null, source: 'test' };
  return { eventId: `event-${n}`, occurredAt: n, ...about, ...given } as unknown as UserActivity;
}

it('agree', () => {
  fc.assert(
    fc.property(events, (all) => {
      const [states, fields] = [new Map<string, History>(), new Map<string, Map<string, string | null>>()];
      const kept = new Kept();
      for (const [n, given] of all.entries()) {
        const event = eventOf(given, n);
        const at = { topic: 'user_activity', partition: 3, offset: n, now: 1_000 + n } as const;
        const before = states.get(event.userId) ?? initialState();
        const state = evolve(before, event, at);
        states.set(event.userId, state);
        for (const write of history.writes(state, event, at, before)) {
          if (write.kind !== 'field') continue;
          fields.set(write.hash, (fields.get(write.hash) ?? new Map()).set(write.field, write.value));
        }
        historyReading.take(kept, event, { key: event.userId, partition: 3, offset: n, now: 1_000 + n });
      }
      expect(kept.states).toEqual(states);
      expect(kept.hashes).toEqual(fields);
    }),
    { numRuns: 200 },
  );
});
