// Which processors share a thread, and what the first thread hears of the others.
import { Counter, Gauge, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../infra/config.ts';
import { metricsText, ownOfThread } from '../../processors/threads/metrics.ts';
import { Thread } from '../../processors/threads/thread.ts';
import { sharesOf } from '../../processors/threads/threads.ts';

describe('sharesOf', () => {
  it.each([
    { threads: 1, shares: [['a', 'b', 'c']] },
    { threads: 2, shares: [['a', 'c'], ['b']] },
    { threads: 9, shares: [['a'], ['b'], ['c']] },
    { threads: 0, shares: [['a', 'b', 'c']] },
  ])('gives $threads threads $shares', ({ threads, shares }) => {
    expect(sharesOf(['a', 'b', 'c'], threads)).toEqual(shares);
  });

  it('leaves the first thread alone where there is nothing to run', () => {
    expect(sharesOf([], 4)).toEqual([[]]);
  });
});

describe('metrics of several threads', () => {
  const thread = (processor: string, count: number) => {
    const registry = new Registry();
    const registers = [registry];
    new Counter({ name: 'processor_events_total', help: 'h', labelNames: ['processor'], registers }).inc(
      { processor },
      count,
    );
    new Gauge({ name: 'nodejs_heap_size_used_bytes', help: 'h', registers }).set(count);
    new Gauge({ name: 'nodejs_eventloop_lag_max_seconds', help: 'h', aggregator: 'max', registers }).set(count);
    new Gauge({ name: 'process_start_time_seconds', help: 'h', aggregator: 'omit', registers }).set(100);
    return registry;
  };

  it('are one text: of the process once, counts by processor, heaps in sum, the largest delay', async () => {
    const other = ownOfThread(await thread('engagement', 3).getMetricsAsJSON());
    const lines = (await metricsText(thread('history', 2), [other])).split('\n').filter((line) => /^[a-z]/.test(line));
    expect(lines.sort()).toEqual([
      'nodejs_eventloop_lag_max_seconds 3',
      'nodejs_heap_size_used_bytes 5',
      'process_start_time_seconds 100',
      'processor_events_total{processor="engagement"} 3',
      'processor_events_total{processor="history"} 2',
    ]);
  });
});

describe('a thread', () => {
  it('that cannot begin says why', async () => {
    const config = { ...readConfig({}), kafka: null } as never;
    const share = { config, processors: ['history'], hasRows: false };
    const why = await new Promise<string>((resolve) => new Thread({ share, logName: 'test' }, resolve));
    expect(why).toMatch(/^thread of history: TypeError/);
  });

  it('that is asked too much says so, and is not waited for', async () => {
    const share = { config: readConfig({}), processors: [], hasRows: false };
    const thread = new Thread({ share, logName: 'test' }, (why) => {
      throw new Error(why);
    });
    await expect(thread.ask('status', 0)).rejects.toThrow('has not answered for 0 ms');
    expect(await thread.ask('status')).toEqual({ ready: true, why: [], processors: {} });
    await thread.stop();
  });
});
