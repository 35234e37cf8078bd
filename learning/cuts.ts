// Cuts of a log into a past to learn from and a future to be right about: at each user's own time, or at one time for all.
import type { UserActivity } from '../schemas/generated.ts';

export type Cut = {
  readonly name: string;
  readonly past: readonly UserActivity[];
  readonly future: readonly UserActivity[];
};

/** The last `part` of each user's events are the future; events of one instant stay together. */
export function cutPerUser(activity: readonly UserActivity[], part: number): Cut {
  const times = new Map<string, number[]>();
  for (const { userId, occurredAt } of activity) {
    const own = times.get(userId);
    if (own) own.push(occurredAt);
    else times.set(userId, [occurredAt]);
  }
  const ends = new Map([...times].map(([userId, own]) => [userId, timeAt(own, part)]));
  return cutBy(`per user ${part}`, activity, ({ userId }) => ends.get(userId) ?? 0);
}

/** The last `part` of all events are the future. */
export function cutGlobally(activity: readonly UserActivity[], part: number): Cut {
  const end = timeAt(
    activity.map(({ occurredAt }) => occurredAt),
    part,
  );
  return cutBy(`global ${part}`, activity, () => end);
}

function timeAt(times: readonly number[], part: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * (1 - part))] ?? 0;
}

function cutBy(name: string, activity: readonly UserActivity[], endOf: (event: UserActivity) => number): Cut {
  const past = activity.filter((event) => event.occurredAt < endOf(event));
  return { name, past, future: activity.filter((event) => event.occurredAt >= endOf(event)) };
}
