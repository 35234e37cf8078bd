// Whoever waits for the outcome of a request is told by the commit that decided it, else by a look at Redis, and never waits for ever.
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OutcomeWaiters } from '../../projections/outcome-waiters.ts';
import { RequestOutcomes, waitersMax, waitMsMax } from '../../projections/request-outcomes.ts';

type Memo = { readonly answer: string };

/** Redis, its channels and the clock, as far as outcomes know them. */
class Stage {
  now = 0;
  generation = 1;
  readonly heard = new Map<string, (message: string) => void>();
  readonly offsets = new Map<number, number>();
  readonly memos = new Map<string, Memo>();
  reads = 0;
  isAway = false;
  hangs = false;
  readonly #swapped: ((slug: string) => void)[] = [];
  readonly outcomes: RequestOutcomes<Memo>;

  constructor() {
    this.outcomes = new RequestOutcomes<Memo>({
      processor: 'ledger',
      channels: {
        on: async (channel, handler) => void this.heard.set(channel, handler),
        off: (channel) => void this.heard.delete(channel),
        onBack: () => {},
      },
      namespace: '',
      generations: { live: () => this.generation, onChange: (listener) => void this.#swapped.push(listener) },
      decided: {
        committed: async (partition) => {
          if (this.isAway) throw new Error('Redis is away');
          if (this.hangs) await new Promise(() => {});
          return this.offsets.get(partition) ?? 0;
        },
        memos: async (_, keys) => {
          this.reads += 1;
          if (this.isAway) throw new Error('Redis is away');
          return keys.map((key) => this.memos.get(key) ?? null);
        },
      },
      log: pino({ level: 'silent' }),
      now: () => this.now,
    });
  }

  push(partition: number, [from, to]: [number, number], memos?: Record<string, Memo>): void {
    const message = JSON.stringify({ partition, from, to, states: {}, ...(memos && { memos }) });
    this.heard.get(`push:g${this.generation}:ledger`)?.(message);
  }

  swap(generation: number): void {
    this.generation = generation;
    for (const listener of this.#swapped) listener('ledger');
  }

  async waits(key: string, partition: number, offset: number, ended?: AbortSignal) {
    const told: (Memo | 'pending')[] = [];
    void this.outcomes.outcome({ key, partition, offset }, ended).then((outcome) => told.push(outcome));
    await turn();
    return told;
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const yes = { answer: 'yes' };

let stage: Stage;
beforeEach(async () => {
  stage = new Stage();
  await stage.outcomes.start();
});
afterEach(() => stage.outcomes.stop());

describe('the outcome of a request', () => {
  it('is in the push of its commit', async () => {
    const told = await stage.waits('request:a:1', 3, 7);
    stage.push(3, [5, 7]);
    await turn();
    expect(told).toEqual([]);
    stage.push(3, [7, 8], { 'request:a:1': yes });
    await turn();
    expect([told, stage.reads]).toEqual([[yes], 0]);
  });

  it('of another partition tells nothing', async () => {
    const told = await stage.waits('request:a:1', 3, 7);
    stage.push(2, [0, 100], { 'request:b:1': yes });
    await turn();
    expect(told).toEqual([]);
  });

  it('is remembered where the push was faster than the acknowledgement', async () => {
    stage.push(3, [7, 8], { 'request:a:1': yes });
    expect(await stage.waits('request:a:1', 3, 7)).toEqual([yes]);
    expect(stage.reads).toBe(0);
  });

  it('of a repeat, whose commit changes no memo, is read', async () => {
    stage.memos.set('request:a:1', yes);
    const told = await stage.waits('request:a:1', 3, 7);
    stage.push(3, [7, 8]);
    await turn();
    expect([told, stage.reads]).toEqual([[yes], 1]);
  });

  it('is found in Redis where the push was lost', async () => {
    const told = await stage.waits('request:a:1', 3, 7);
    stage.memos.set('request:a:1', yes);
    stage.offsets.set(3, 8);
    await stage.outcomes.sweep();
    await turn();
    expect(told).toEqual([yes]);
  });

  it('is pending after three seconds, even while Redis is away', async () => {
    const told = await stage.waits('request:a:1', 3, 7);
    stage.isAway = true;
    stage.now = waitMsMax - 1;
    await stage.outcomes.sweep();
    await turn();
    expect(told).toEqual([]);
    stage.now = waitMsMax;
    await stage.outcomes.sweep();
    await turn();
    expect(told).toEqual(['pending']);
  });

  it('is pending after three seconds while Redis does not answer', async () => {
    const told = await stage.waits('request:a:1', 3, 7);
    stage.hangs = true;
    void stage.outcomes.sweep();
    stage.now = waitMsMax;
    await stage.outcomes.sweep();
    await turn();
    expect(told).toEqual(['pending']);
  });

  it('is pending where its record was folded and nothing is known of it', async () => {
    const told = await stage.waits('request:a:1', 3, 7);
    stage.push(3, [7, 8]);
    await turn();
    expect(told).toEqual([]);
    stage.now = waitMsMax;
    await stage.outcomes.sweep();
    await turn();
    expect(told).toEqual(['pending']);
  });

  it('is told of with its commit, for reads that wait for it', async () => {
    const commits: number[][] = [];
    stage.outcomes.onCommit((...commit) => void commits.push(commit));
    stage.push(3, [7, 9]);
    expect(commits).toEqual([[3, 9]]);
  });

  it('comes from the generation that has been swapped in', async () => {
    const told = await stage.waits('request:a:1', 3, 7);
    stage.swap(2);
    await turn();
    expect([...stage.heard.keys()]).toEqual(['push:g2:ledger']);
    stage.push(3, [7, 8], { 'request:a:1': yes });
    await turn();
    expect(told).toEqual([yes]);
  });

  it('is awaited no longer than whoever asked waits, and others wait on', async () => {
    const gone = new AbortController();
    const [told, others] = [
      await stage.waits('request:a:1', 3, 7, gone.signal),
      await stage.waits('request:a:1', 3, 7),
    ];
    const byKey: (Memo | 'pending')[] = [];
    const place = { key: 'request:b:1', partition: 3 };
    void stage.outcomes.outcomeOf(place, gone.signal).then((outcome) => byKey.push(outcome));
    await stage.outcomes.sweep();
    expect([told, byKey]).toEqual([[], []]);
    gone.abort();
    await stage.outcomes.sweep();
    expect([told, byKey, others]).toEqual([['pending'], ['pending'], []]);
    stage.push(3, [7, 8], { 'request:a:1': yes });
    await turn();
    expect(others).toEqual([yes]);
  });

  it('is pending at once for those who are too many', async () => {
    for (let i = 0; i < waitersMax; i += 1) void stage.outcomes.outcome({ key: `k${i}`, partition: 1, offset: i });
    expect(stage.outcomes.isFull).toBe(true);
    expect(await stage.waits('request:a:1', 3, 7)).toEqual(['pending']);
    stage.push(1, [0, waitersMax], Object.fromEntries(Array.from({ length: waitersMax }, (_, i) => [`k${i}`, yes])));
    expect(stage.outcomes.isFull).toBe(false);
  });
});

describe('the outcome of a request that another processor has appended', () => {
  const waits = async (key: string, partition: number) => {
    const told: (Memo | 'pending')[] = [];
    void stage.outcomes.outcomeOf({ key, partition }).then((outcome) => told.push(outcome));
    await turn();
    return told;
  };

  it('is in the push of its commit, for all who wait for it', async () => {
    const [told, beside, other] = [await waits('request:a:1', 3), await waits('request:a:1', 3), await waits('k', 3)];
    stage.push(3, [5, 7], { 'request:a:1': yes });
    await turn();
    expect([told, beside, other]).toEqual([[yes], [yes], []]);
  });

  it('is remembered where the push was first, without a look', async () => {
    stage.push(3, [7, 8], { 'request:a:1': yes });
    expect(await waits('request:a:1', 3)).toEqual([yes]);
    expect(stage.reads).toBe(0);
  });

  it('of a repeat is read at once', async () => {
    stage.memos.set('request:a:1', yes);
    expect(await waits('request:a:1', 3)).toEqual([yes]);
    expect(stage.reads).toBe(1);
  });

  it('is found in Redis where the push was lost, with one read for all of a partition', async () => {
    const told = [await waits('request:a:1', 3), await waits('request:a:2', 3), await waits('request:a:3', 3)];
    stage.memos.set('request:a:1', yes).set('request:a:2', yes);
    stage.reads = 0;
    await stage.outcomes.sweep();
    expect([told, stage.reads]).toEqual([[[yes], [yes], []], 1]);
    await stage.outcomes.sweep();
    expect(stage.reads).toBe(2);
  });

  it('is pending after three seconds, even while Redis is away', async () => {
    stage.isAway = true;
    const told = await waits('request:a:1', 3);
    stage.now = waitMsMax - 1;
    await stage.outcomes.sweep();
    await turn();
    expect(told).toEqual([]);
    stage.now = waitMsMax;
    await stage.outcomes.sweep();
    await turn();
    expect(told).toEqual(['pending']);
  });

  it('counts among those who wait, and is pending at once for those who are too many', async () => {
    for (let i = 0; i < waitersMax; i += 1) void stage.outcomes.outcomeOf({ key: `k${i}`, partition: 1 });
    expect(stage.outcomes.isFull).toBe(true);
    expect(await waits('request:a:1', 3)).toEqual(['pending']);
    stage.now = waitMsMax;
    await stage.outcomes.sweep();
    expect(stage.outcomes.isFull).toBe(false);
  });
});

describe('those who wait', () => {
  const waiter = (offset: number, since = 0) => ({ key: `k${offset}`, partition: 0, offset, since, resolve: () => {} });

  it('are taken in the order of the log, in whichever order they came', () => {
    const waiters = new OutcomeWaiters();
    for (const offset of [4, 9, 5, 1, 7]) waiters.add(waiter(offset));
    expect(waiters.takeBefore(0, 7).map(({ offset }) => offset)).toEqual([1, 4, 5]);
    expect(waiters.takeBefore(0, 7)).toEqual([]);
    expect(waiters.count).toBe(2);
    expect(waiters.waitedFor()).toEqual([0]);
  });

  it('too long are taken wherever they stand', () => {
    const waiters = new OutcomeWaiters();
    for (const [offset, since] of [
      [1, 50],
      [2, 10],
      [3, 60],
    ] as const)
      waiters.add(waiter(offset, since));
    expect(waiters.takeOver(20).map(({ offset }) => offset)).toEqual([2]);
    expect(waiters.takeBefore(0, 10).map(({ offset }) => offset)).toEqual([1, 3]);
    expect(waiters.count).toBe(0);
  });
});
