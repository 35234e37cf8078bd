// Limits on an in-memory bucket: never more than is due, whoever asks, whatever is leased, and within bounded time when Redis does not answer.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answer, type Ask, type Buckets, intervalUs } from '../../api/limits/gcra.ts';
import { type Claim, Limiter, type Verdict } from '../../api/limits/limiter.ts';
import { type PolicyName, policies, withRates } from '../../api/limits/policies.ts';

/** The algorithm as a bucket that drips: another form of the same, so that a slip in one is seen. */
class Drips implements Buckets {
  readonly #levels = new Map<string, { units: number; atUs: number }>();
  calls = 0;
  nowMs = 1_000_000;

  async take(asks: readonly Ask[]): Promise<Answer> {
    this.calls += 1;
    const free = asks.map((ask) => this.#free(ask));
    const isGranted = asks.every(({ least }, i) => (free[i] ?? 0) >= least);
    const each = asks.map((ask, i) => {
      const left = Math.floor(free[i] ?? 0);
      const taken = isGranted ? Math.min(left, Math.max(ask.least, ask.wanted)) : 0;
      const missing = Math.max(0, ask.least - (free[i] ?? 0));
      this.#levels.set(ask.key, { units: (free[i] ?? 0) - taken, atUs: this.nowMs * 1_000 });
      return { taken, left: left - taken, waitMs: (missing * intervalUs(ask.perSecond)) / 1_000 };
    });
    return { isGranted, each };
  }

  #free({ key, burst, perSecond }: Ask): number {
    const level = this.#levels.get(key) ?? { units: burst, atUs: this.nowMs * 1_000 };
    return Math.min(burst, level.units + (this.nowMs * 1_000 - level.atUs) / intervalUs(perSecond));
  }
}

const limiterOver = (buckets: Drips, rates = {}) =>
  new Limiter({ buckets, table: withRates(rates), prefix: '', nowMs: () => buckets.nowMs });
const claim = (cost: number, policy: PolicyName = 'user', id = 'ana'): Claim => ({ policy, id, cost });

describe('a limit', () => {
  it('never admits more than burst and rate allow, over several processes and with leases', async () => {
    const step = fc.record({
      process: fc.nat(2),
      afterMs: fc.nat(700),
      cost: fc.integer({ min: 1, max: 8 }),
      together: fc.integer({ min: 1, max: 6 }),
    });
    const rate = { burst: 100, perSecond: 20 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const drips = new Drips();
        const began = drips.nowMs;
        const processes = [0, 1, 2].map(() => limiterOver(drips, { user: rate }));
        let admitted = 0;
        for (const { process, afterMs, cost, together } of steps) {
          drips.nowMs += afterMs;
          const asked = Array.from({ length: together }, () => processes[process]?.check([claim(cost)], 1_000));
          for (const verdict of await Promise.all(asked)) if (verdict?.kind === 'granted') admitted += cost;
          const due = rate.burst + ((drips.nowMs - began) * rate.perSecond) / 1_000;
          expect(admitted).toBeLessThanOrEqual(due);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('admits all that is due to one process, one call after the other', async () => {
    const drips = new Drips();
    const limiter = limiterOver(drips, { user: { burst: 40, perSecond: 10 } });
    const all = [];
    for (let i = 0; i < 41; i++) all.push((await limiter.check([claim(1)], 1_000)).kind);
    expect(all).toEqual([...Array(40).fill('granted'), 'refused']);
    drips.nowMs += 500;
    expect((await limiter.check([claim(5)], 1_000)).kind).toBe('granted');
    expect((await limiter.check([claim(1)], 1_000)).kind).toBe('refused');
  });

  it('that refuses takes nothing of the others', async () => {
    const drips = new Drips();
    const limiter = limiterOver(drips, { money: { burst: 1, perSecond: 1 }, user: { burst: 30, perSecond: 1 } });
    const both = [claim(10), claim(1, 'money')];
    expect((await limiter.check(both, 1_000)).kind).toBe('granted');
    for (let i = 0; i < 5; i++)
      expect(await limiter.check(both, 1_000)).toMatchObject({ kind: 'refused', by: 'money', waitMs: 1_000 });
    expect((await limiter.check([claim(20)], 1_000)).kind).toBe('granted');
  });

  it('tells how long to wait each time, also while it is not asked again', async () => {
    const drips = new Drips();
    const limiter = limiterOver(drips, { login_name: { burst: 1, perSecond: 0.01 } });
    const once = [claim(1, 'login_name')];
    await limiter.check(once, 1_000);
    expect(await limiter.check(once, 1_000)).toMatchObject({ kind: 'refused', waitMs: 100_000 });
    drips.nowMs += 600;
    expect(await limiter.check(once, 1_000)).toMatchObject({ kind: 'refused', waitMs: 99_400 });
    expect(drips.calls).toBe(2);
  });

  it('of one is not another’s', async () => {
    const limiter = limiterOver(new Drips(), { user: { burst: 1, perSecond: 1 } });
    const asked = ['ana', 'ben', 'ana'].map((id) => limiter.check([claim(1, 'user', id)], 1_000));
    expect((await Promise.all(asked)).map(({ kind }) => kind)).toEqual(['granted', 'granted', 'refused']);
  });
});

describe('Redis', () => {
  it('is asked once for many calls, and not at all about what it has just refused', async () => {
    const drips = new Drips();
    const limiter = limiterOver(drips);
    await limiter.check([claim(1)], 1_000);
    for (let i = 1; i < policies.user.lease; i++) expect(limiter.check([claim(1)], 1_000)).not.toBeInstanceOf(Promise);
    expect(drips.calls).toBe(1);
    for (let i = 0; i < 100; i++) await limiter.check([claim(60, 'money')], 1_000);
    expect(drips.calls).toBe(3);
  });

  it('is asked once by those who come together', async () => {
    const drips = new Drips();
    const limiter = limiterOver(drips);
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => limiter.check([claim(2)], 1_000)));
    expect([drips.calls, verdicts.every(({ kind }) => kind === 'granted')]).toEqual([1, true]);
  });

  it('that does not answer keeps nobody for longer than told, and then nobody for a while', async () => {
    let calls = 0;
    const never = { take: () => new Promise<never>(() => calls++) };
    let nowMs = 0;
    const limiter = new Limiter({ buckets: never, table: withRates({}), prefix: '', nowMs: () => nowMs });
    const verdicts: Verdict[] = [await limiter.check([claim(1)], 20), await limiter.check([claim(1)], 20)];
    expect([verdicts.map(({ kind }) => kind), calls]).toEqual([['down', 'down'], 1]);
    nowMs += 300;
    expect([(await limiter.check([claim(1)], 20)).kind, calls]).toEqual(['down', 2]);
  });

  it('that fails is as one that is away', async () => {
    const broken = { take: async () => Promise.reject(new Error('Connection is closed')) };
    const limiter = new Limiter({ buckets: broken, table: withRates({}), prefix: '', nowMs: () => 0 });
    expect(await limiter.check([claim(1)], 1_000)).toEqual({ kind: 'down' });
  });
});
