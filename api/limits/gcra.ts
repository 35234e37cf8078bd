// The generic cell rate algorithm in Redis: several limits in one call, all granted or none, on the clock of the Redis server.
//
// Per limit one number is kept, the theoretical arrival time (TAT): when the bucket will be full again. A unit moves it on by the emission
// interval T; it may be ahead of now by burst · T at most. ATM Forum, Traffic Management 4.1 (1999), 4.4.2, "virtual scheduling"; as in
// https://brandur.org/rate-limiting. The packages that do this in Redis (redis-gcra) ask for one limit a call, by the caller's clock.
import type { Redis } from 'ioredis';

/** KEYS: one a limit. ARGV: of each T (µs), burst · T (µs), the least units to take, those wanted. Answers: 1 or 0, then of each: taken, left, wait (µs). */
const script = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answer, tats, granted = {1}, {}, true
for i, key in ipairs(KEYS) do
  local interval, ahead = tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2])
  local least, wanted = tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i])
  -- Also after a clock that was set back, nobody waits longer than for a whole bucket.
  local tat = math.min(math.max(tonumber(redis.call('GET', key)) or now, now), now + ahead)
  local left = math.floor((now + ahead - tat) / interval)
  local wait = 0
  if left < least then
    granted = false
    wait = tat + least * interval - ahead - now
  end
  tats[i] = tat
  local taken = math.min(left, wanted)
  answer[3 * i - 1], answer[3 * i], answer[3 * i + 1] = taken, left, wait
end
for i, key in ipairs(KEYS) do
  local taken = granted and answer[3 * i - 1] or 0
  answer[3 * i - 1], answer[3 * i] = taken, answer[3 * i] - taken
  if taken > 0 then
    local tat = tats[i] + taken * tonumber(ARGV[4 * i - 3])
    redis.call('SET', key, string.format('%.0f', tat), 'PX', math.ceil((tat - now) / 1000))
  end
end
if not granted then answer[1] = 0 end
return answer`;

export type Ask = {
  readonly key: string;
  readonly burst: number;
  readonly perSecond: number;
  readonly least: number;
  readonly wanted: number;
};
export type Granted = { readonly taken: number; readonly left: number; readonly waitMs: number };
export type Answer = { readonly isGranted: boolean; readonly each: readonly Granted[] };
export type Buckets = { take(asks: readonly Ask[]): Promise<Answer> };

/** Whole microseconds, rounded up: never more than the rate. */
export const intervalUs = (perSecond: number): number => Math.ceil(1e6 / perSecond);

type Taking = { gcra(keys: number, ...rest: (string | number)[]): Promise<number[]> };

export class RedisBuckets implements Buckets {
  readonly #redis: Redis & Taking;

  constructor(redis: Redis) {
    redis.defineCommand('gcra', { lua: script });
    this.#redis = redis as Redis & Taking;
  }

  /** All asks are granted at least their least, or none gets anything. @throws what Redis throws */
  async take(asks: readonly Ask[]): Promise<Answer> {
    const numbers = asks.flatMap(({ burst, perSecond, least, wanted }) => {
      const interval = intervalUs(perSecond);
      return [interval, burst * interval, least, Math.max(least, wanted)];
    });
    const answer = await this.#redis.gcra(asks.length, ...asks.map(({ key }) => key), ...numbers);
    const each = asks.map((_, i) => ({
      taken: answer[3 * i + 1] ?? 0,
      left: answer[3 * i + 2] ?? 0,
      waitMs: (answer[3 * i + 3] ?? 0) / 1_000,
    }));
    return { isGranted: answer[0] === 1, each };
  }
}
