// What goes on beside the rounds of the bench of GetFeed: events that flow, pages as the API counts them, the CPU of each process.
import type { ChildProcess } from 'node:child_process';
import { type FeedPlatform, run, size, usedBy } from './feed-platform.ts';
import { HttpClient } from './http-client.ts';

type Served = Readonly<Record<'ready' | 'ranked' | 'shared' | 'renewed', number>>;

/** Events of a process of their own, and how many it has published so far. */
export function eventFlow({ env }: FeedPlatform, perSecond: number): EventFlow {
  const child = run('bench/feed-events.ts', [JSON.stringify({ perSecond, ...size })], env);
  const told = { published: 0, failed: 0 };
  child.stdout?.on('data', (data) => Object.assign(told, JSON.parse(String(data).trim().split('\n').at(-1) ?? '{}')));
  return { child, told };
}

export type EventFlow = {
  readonly child: ChildProcess;
  readonly told: { readonly published: number; readonly failed: number };
};
/** Pages as the API has counted them, by where they came from. */
export async function servedSoFar({ restPort }: FeedPlatform): Promise<Served> {
  const client = new HttpClient(restPort, 1);
  const { body } = await client.get('/api/metrics/prometheus');
  client.close();
  const of = (from: string) =>
    Number(new RegExp(`profithack_feed_pages_total\\{from="${from}"\\} (\\d+)`).exec(body)?.[1] ?? 0);
  const renewed = Number(/profithack_feed_pages_renewed_total (\d+)/.exec(body)?.[1] ?? 0);
  return { ready: of('ready'), ranked: of('ranked'), shared: of('shared'), renewed };
}

/** @returns what prints the events and pages, and the part of a core that each process has used since */
export async function background(platform: FeedPlatform, echo: ChildProcess, flow: EventFlow | null) {
  const processes = { API: platform.api, processors: platform.processors, echo, ...(flow && { events: flow.child }) };
  const now = async () => ({
    ms: performance.now(),
    published: flow?.told.published ?? 0,
    served: await servedSoFar(platform),
    cpu: Object.values(processes).map((process) => usedBy(process).cpuSeconds),
  });
  const before = await now();
  return async () => {
    const after = await now();
    const each = (count: number) => (count / ((after.ms - before.ms) / 1_000)).toFixed(1);
    const cores = Object.keys(processes).map(
      (name, i) =>
        `${name} ${((100 * ((after.cpu[i] ?? 0) - (before.cpu[i] ?? 0)) * 1_000) / (after.ms - before.ms)).toFixed(0)} %`,
    );
    const pages = (['ready', 'ranked', 'shared', 'renewed'] as const).map(
      (from) => `${each(after.served[from] - before.served[from])} ${from}`,
    );
    process.stdout.write(
      `per second: ${each(after.published - before.published)} events published (${flow?.told.failed ?? 0} failed), pages ${pages.join(', ')}; of a core: ${cores.join(', ')}\n`,
    );
  };
}
