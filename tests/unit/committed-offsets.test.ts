// Waits for commits: whoever waits is answered, however many others of the same partition are at the same moment.
import { afterEach, expect, it, vi } from 'vitest';
import { CommittedOffsets, GaveUp } from '../../projections/committed-offsets.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it('ends every wait, also one whose patience ends while those of others are looked through', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setImmediate'] });
  // A clock that goes on with each look at it.
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => ++now);
  const offsets = new CommittedOffsets(async (partitions) => partitions.map(() => 0));
  const place = { processor: 'history', partition: 0, offset: 1 };
  const ended = Array.from({ length: 50 }, (_, i) => offsets.folded(place, { until: 2 * i }).catch((why) => why));
  await vi.advanceTimersByTimeAsync(400);
  const first = Promise.race([Promise.all(ended), vi.advanceTimersByTimeAsync(40).then(() => 'some still wait')]);
  expect(await first).toEqual(ended.map(() => expect.any(GaveUp)));
  expect(vi.getTimerCount()).toBe(0);
});
