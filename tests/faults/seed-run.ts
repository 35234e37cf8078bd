// One seed from beginning to end: load, acts of faults with their recoveries, then the comparison with the independent fold.
import { setTimeout as pause } from 'node:timers/promises';
import { compareAll } from './compare.ts';
import { inject } from './faults.ts';
import { type Acknowledged, Load } from './load.ts';
import { importTwice } from './load-import.ts';
import { watchOutage } from './outage.ts';
import type { Act, FaultKind, Plan, Step } from './plan.ts';
import { Platform } from './platform.ts';
import { codecsOf } from './poison.ts';
import { recovered } from './recovery.ts';
import type { Servers } from './servers.ts';

export type Recovery = { readonly kind: FaultKind; readonly ms: number };
export type SeedOutcome = {
  readonly seed: number;
  readonly recoveries: readonly Recovery[];
  readonly failures: readonly string[];
  readonly summary: string;
};
export type SeedParts = {
  readonly folder: string;
  readonly servers: Servers;
  readonly ports: readonly number[];
  readonly say: (line: string) => void;
  /** Called with what ends the seed's processes, should the run be broken off. */
  readonly onEnd: (end: () => void) => void;
};

const rssMbMax = 700;
const settleMs = 1_500;

type Run = { readonly platform: Platform; readonly say: (line: string) => void; readonly sinceMs: number } & {
  readonly recoveries: Recovery[];
  readonly failures: string[];
};

export async function runSeed({ folder, servers, ports, say, onEnd }: SeedParts, plan: Plan): Promise<SeedOutcome> {
  const sinceMs = performance.now();
  const platform = await Platform.make({ folder, servers, ports, seed: plan.seed });
  onEnd(() => platform.endProcesses());
  const run: Run = { platform, say, sinceMs, recoveries: [], failures: [] };
  const load = new Load(platform, plan.seed, plan.eventsPerSecond);
  let summary = '';
  try {
    await load.start();
    tell(run, `ready ${seconds(await recovered(platform))} after its processes, ${plan.eventsPerSecond} events/s`);
    servers.keepRedis();
    await codecsOf(platform);
    const importing = importTwice(platform, load.publisher, plan.seed);
    importing.catch(() => undefined);
    for (const act of plan.acts) await play(run, act);
    await importing;
    await load.stop();
    await pause(settleMs);
    await recovered(platform);
    summary = await compare(run, load);
  } catch (error) {
    run.failures.push((error as Error).message);
    await load.stop().catch(() => undefined);
    await servers.heal();
  }
  tellDeaths(run);
  for (const failure of run.failures.slice(0, 12)) tell(run, `FAILED ${failure}`);
  await platform.drop();
  return { seed: plan.seed, recoveries: run.recoveries, failures: run.failures, summary };
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
const tell = ({ say, sinceMs }: Run, line: string) =>
  say(`  ${seconds(performance.now() - sinceMs).padStart(7)}  ${line}`);

/** All steps of an act side by side; the next begins when all is well again. */
async function play(run: Run, { steps }: Act): Promise<void> {
  const isAlone = steps.every(({ kind }, i) => i === 0 || kind === 'poison' || kind === 'batches again');
  const played = await Promise.allSettled(steps.map((step) => playStep(run, step, isAlone && step === steps[0])));
  for (const { reason } of played.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[])
    throw reason;
}

async function playStep(run: Run, step: Step, isWatched: boolean): Promise<void> {
  await pause(step.afterMs);
  tell(run, `${step.kind}${step.forMs > 1_000 ? ` for ${seconds(step.forMs)}` : ''}`);
  const beganMs = performance.now();
  const [injected, watch] = await Promise.all([
    inject(run.platform, step),
    isWatched ? watchOutage(run.platform, step.kind, step.forMs) : null,
  ]);
  const lastedMs = performance.now() - beganMs;
  const ms = await recovered(run.platform);
  run.recoveries.push({ kind: step.kind, ms });
  const lasted = lastedMs > 1_000 ? [`lasted ${seconds(lastedMs)}`] : [];
  const notes = [...lasted, ...(injected.notes ?? []), ...(watch?.notes ?? [])];
  tell(run, `${step.kind}: recovered ${seconds(ms)} after its end${notes.length > 0 ? `; ${notes.join('; ')}` : ''}`);
  run.failures.push(...(injected.failures ?? []), ...(watch?.failures ?? []));
}

/** Like a supervisor, the run starts again what ends by itself; that is told, but is no failure. */
function tellDeaths(run: Run): void {
  const { processors, gone, api } = run.platform;
  const times = new Map<string, number>();
  for (const death of [...processors, ...gone, api].flatMap(({ deaths }) => deaths))
    times.set(death, (times.get(death) ?? 0) + 1);
  for (const [death, count] of times) tell(run, `ended by itself and was started again, ${count} times: ${death}`);
}

async function compare(run: Run, load: Load): Promise<string> {
  const { platform, failures } = run;
  const { log, redis, rows, differences } = await compareAll(platform);
  const memory = [...platform.processors, ...platform.gone].map(({ rssMbMax }) => rssMbMax);
  const lost = load.acknowledged.filter((one) => !stands(log.ids, one));
  failures.push(...differences);
  if (lost.length > 0)
    failures.push(`${lost.length} acknowledged events are not in the log, first ${lost[0]?.eventId}`);
  if (Math.max(...memory) > rssMbMax) failures.push(`a process took ${Math.max(...memory).toFixed(0)} MB`);
  const total = (name: keyof (typeof log.expected)[0]['kept']['counts']) =>
    log.expected.reduce((sum, { kept }) => sum + kept.counts[name], 0);
  const { keys, states, memos, fields, scores, ids } = redis.counts;
  const lines = [
    `sent ${load.counts.sent} (${load.counts.throughApi} through the API, ${load.counts.repeated} repeated), acknowledged ${load.acknowledged.length}, all in the log: ${lost.length === 0}`,
    `folded ${total('folded')}, repeated ids ${total('repeated')}, copies by origin ${total('copies')}, skipped ${total('skipped')}, mended ${total('mended')}, not theirs ${total('foreign')}, dead letters ${log.deadLetters}`,
    `derived events ${log.derived.effective}, each once; ${log.derived.copies} copies without effect`,
    `compared ${keys} keys of Redis (${states} states, ${memos} memos, ${fields} fields, ${scores} scores, ${ids} ids) and ${rows.counts.rows} rows of Cassandra: ${redis.differences.length + rows.differences.length} differences`,
    `largest process of processors ${Math.max(...memory).toFixed(0)} MB`,
  ];
  for (const line of lines) tell(run, line);
  return `${keys} keys, ${rows.counts.rows} rows, ${log.derived.effective} derived events`;
}

const stands = (ids: ReadonlyMap<string, readonly (readonly (string | null)[])[]>, one: Acknowledged) =>
  ids.get(one.topic)?.[one.partition]?.[one.offset] === one.eventId;
