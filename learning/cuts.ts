// Cuts of a log into a past to learn from and a future to be right about: at each user's own time, or at one time for all.
import type { UserActivity } from '../schemas/generated.ts';

export type Cut = {
  readonly name: string;
  readonly kind: 'per user' | 'global' | 'given';
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
  return cutBy('per user', part, activity, ({ userId }) => ends.get(userId) ?? 0);
}

/** What comes after the first `1 - part` of all events is the future, no more of it than `horizon` of all events. */
export function cutGlobally(activity: readonly UserActivity[], part: number, horizon = part): Cut {
  const times = activity.map(({ occurredAt }) => occurredAt);
  const [end, last] = [timeAt(times, part), timeAt(times, part - horizon)];
  const cut = cutBy('global', part, activity, () => end);
  return horizon < part ? { ...cut, future: cut.future.filter(({ occurredAt }) => occurredAt < last) } : cut;
}

function timeAt(times: readonly number[], part: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * (1 - part))] ?? Number.POSITIVE_INFINITY;
}

function cutBy(
  kind: 'per user' | 'global',
  part: number,
  activity: readonly UserActivity[],
  endOf: (event: UserActivity) => number,
): Cut {
  const past = activity.filter((event) => event.occurredAt < endOf(event));
  const future = activity.filter((event) => event.occurredAt >= endOf(event));
  return { name: `${kind} ${part}`, kind, past, future };
}
