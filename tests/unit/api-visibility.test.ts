// A read with a token waits for exactly the partitions that its event reached, and no longer than two seconds.
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { processorList } from '../../processors/list.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import { LogEnds, LogUnavailable } from '../../projections/log-ends.ts';
import type { Topology } from '../../projections/topology.ts';
import { Visibility } from '../../projections/visibility.ts';
import type { TopicName } from '../../schemas/topics.ts';

/** Positions that a test moves; every partition that is not named has committed everything. */
class Positions {
  readonly fieldsAt = new Map<string, string>();
  endsAsked = 0;
  fieldsAsked = 0;
  offsetsAsked = 0;
  processors = processorList;
  readersOf(topic: TopicName) {
    return this.processors.filter(({ input }) => input === topic);
  }
  async fields({ name }: Processor, partition: number, names: readonly string[]) {
    this.fieldsAsked += 1;
    return names.map((field) => this.fieldsAt.get(`${name} ${partition} ${field}`) ?? this.#otherwise(field));
  }
  async offsets(places: readonly { processor: string; partition: number }[]) {
    this.offsetsAsked += 1;
    return places.map(({ processor, partition }) => {
      return Number(this.fieldsAt.get(`${processor} ${partition} offset`) ?? this.#otherwise('offset'));
    });
  }
  async ends(): Promise<readonly number[]> {
    return [1_000, 1_000, 1_000, 42];
  }
  async freshEnds() {
    this.endsAsked += 1;
    return [1, 1, 1, 1, 1, 1, 1, 6];
  }
  set(processor: string, partition: number, fields: Record<string, number>) {
    for (const [field, value] of Object.entries(fields)) {
      this.fieldsAt.set(`${processor} ${partition} ${field}`, String(value));
    }
  }
  #otherwise(field: string): string | null {
    return field === 'offset' ? '1000' : null;
  }
}

const token = { topic: 'user_activity', partition: 3, offset: 41 } as const;
const visibilityOf = (positions: Positions) => new Visibility(positions as unknown as Topology);

async function isWaiting(waiting: Promise<unknown>): Promise<boolean> {
  return (await Promise.race([waiting, pause(100, 'waits')])) === 'waits';
}

describe('a read with a token', () => {
  it('goes on once the first processor has folded the event', async () => {
    const positions = new Positions();
    positions.set('history', 3, { offset: 41 });
    const waiting = visibilityOf(positions).wait(token, ['history']);
    expect(await isWaiting(waiting)).toBe(true);
    positions.set('history', 3, { offset: 42 });
    expect(await waiting).toBe('visible');
    expect(positions.endsAsked).toBe(0);
  });

  it('follows what the event caused into the partitions it reached', async () => {
    const positions = new Positions();
    positions.set('history', 3, { 'p:video_engagement:5': 77 });
    positions.set('engagement', 5, { offset: 77 });
    const waiting = visibilityOf(positions).wait(token, ['engagement', 'trending']);
    expect(await isWaiting(waiting)).toBe(true);
    positions.set('engagement', 5, { offset: 78 });
    expect(await waiting).toBe('visible');
  });

  it('waits for the end of a partition of which nothing is stored', async () => {
    const positions = new Positions();
    positions.set('trending', 7, { offset: 5 });
    const waiting = visibilityOf(positions).wait(token, ['trending']);
    expect(await isWaiting(waiting)).toBe(true);
    positions.set('trending', 7, { offset: 6 });
    expect(await waiting).toBe('visible');
  });

  it('follows a processor that feeds itself once more, and no further', async () => {
    const positions = new Positions();
    const feedsItself = { name: 'ledger', input: 'payment_transactions', emitsTo: ['payment_transactions'] };
    positions.processors = [feedsItself as unknown as Processor];
    positions.set('ledger', 2, { offset: 8, 'p:payment_transactions:5': 30, 'p:payment_transactions:7': 3 });
    positions.set('ledger', 5, { offset: 30, 'p:payment_transactions:2': 99_999 });
    for (let partition = 0; partition < 8; partition++)
      if (partition !== 2 && partition !== 5)
        positions.set('ledger', partition, { 'p:payment_transactions:2': 99_999 });
    const waiting = visibilityOf(positions).wait({ topic: 'payment_transactions', partition: 2, offset: 7 }, [
      'ledger',
    ]);
    expect(await isWaiting(waiting)).toBe(true);
    positions.set('ledger', 5, { offset: 31 });
    expect(await waiting).toBe('visible');
  });

  it('follows processors that feed each other there and back, asking each partition once however many have sent to it', async () => {
    const positions = new Positions();
    for (let partition = 0; partition < 8; partition++) {
      positions.set('ledger', partition, { 'p:dating_pairs:6': 50 + partition });
      positions.set('pairs', partition, { 'p:payment_transactions:4': 60 + partition });
    }
    positions.set('ledger', 4, { 'p:user_activity:1': 80 });
    positions.set('history', 1, { offset: 80 });
    const swiped = { topic: 'payment_transactions', partition: 2, offset: 7 } as const;
    const waiting = visibilityOf(positions).wait(swiped, ['history']);
    expect(await isWaiting(waiting)).toBe(true);
    positions.set('history', 1, { offset: 81 });
    expect(await waiting).toBe('visible');
    // A processor has eight partitions; without bringing together what goes to one, hops would multiply.
    expect(positions.fieldsAsked).toBeLessThan(100);
  });

  it('waits for the copy that serves it, too', async () => {
    const positions = new Positions();
    let isCopied = false;
    const visibility = new Visibility(positions as unknown as Topology, { caughtUp: () => isCopied });
    const waiting = visibility.wait(token, ['history']);
    expect(await isWaiting(waiting)).toBe(true);
    isCopied = true;
    expect(await waiting).toBe('visible');
  });

  it('asks nobody for a commit whose message is to come, and looks where one has come before', async () => {
    const positions = new Positions();
    positions.set('history', 3, { offset: 41 });
    let told: (processor: string, partition: number, offset: number) => void = () => {};
    const visibility = new Visibility(positions as unknown as Topology, {
      caughtUp: () => true,
      onAdvance: (listener) => {
        told = listener;
      },
    });
    told('history', 3, 41);
    const waiting = visibility.wait(token, ['history']);
    await new Promise(setImmediate);
    expect(positions.offsetsAsked).toBe(0);
    told('history', 2, 42);
    told('history', 3, 42);
    expect(await waiting).toBe('visible');
    // The store has lost it since.
    const again = visibility.wait(token, ['history']);
    expect(await isWaiting(again)).toBe(true);
    positions.set('history', 3, { offset: 42 });
    expect(await again).toBe('visible');
  });

  it('waits for nobody who has gone', async () => {
    const positions = new Positions();
    positions.set('history', 3, { offset: 41 });
    const end = new AbortController();
    const waiting = visibilityOf(positions).wait(token, ['history'], end.signal);
    expect(await isWaiting(waiting)).toBe(true);
    end.abort();
    const begunAt = performance.now();
    expect(await waiting).toBe('not_yet_visible');
    expect(performance.now() - begunAt).toBeLessThan(1_000);
  });

  it('gives up after two seconds', async () => {
    const positions = new Positions();
    positions.set('history', 3, { offset: 0 });
    expect(await visibilityOf(positions).wait(token, ['feed', 'engagement'])).toBe('not_yet_visible');
  });
});

describe('a token of what is not in the log', () => {
  const behind = (ends: Positions['ends']) => {
    const positions = new Positions();
    positions.set('history', 3, { offset: 0 });
    positions.ends = ends;
    return visibilityOf(positions).wait(token, ['history']);
  };
  it.each([
    ['not_in_log', 41],
    ['not_yet_visible', 42],
  ])('is %s where its partition ends at %i', async (verdict, end) => {
    expect(await behind(async () => [0, 0, 0, end])).toBe(verdict);
  });

  it('is not judged where Kafka does not say what there is', async () => {
    const away = async () => Promise.reject(new LogUnavailable('away'));
    expect(await behind(away)).toBe('not_yet_visible');
  });
});

describe('a read whose time is over while Kafka is asked', () => {
  it('ends all the same', async () => {
    const positions = new Positions();
    positions.set('trending', 7, { offset: 5 });
    positions.freshEnds = () => pause(2_100, [1, 1, 1, 1, 1, 1, 1, 6]);
    expect(await visibilityOf(positions).wait(token, ['trending'])).toBe('not_yet_visible');
  });
});

describe('the ends of a topic', () => {
  it('are asked for once by many, and anew by who needs them fresh', async () => {
    let asked = 0;
    const fetchTopicOffsets = async () => {
      asked += 1;
      await pause(20);
      return [{ partition: 0, offset: '9', high: '9', low: '0' }];
    };
    const ends = new LogEnds({ fetchTopicOffsets }, '');
    const first = Array.from({ length: 50 }, () => ends.recent('user_activity'));
    const fresh = Array.from({ length: 50 }, () => ends.fresh('user_activity'));
    for (const answer of await Promise.all([...first, ...fresh])) expect(answer).toEqual([9]);
    expect(asked).toBe(2);
  });

  it('are refused in time while Kafka does not answer', async () => {
    const ends = new LogEnds({ fetchTopicOffsets: () => new Promise(() => undefined) }, '');
    await expect(ends.recent('user_activity')).rejects.toThrow('kafka');
  });
});
