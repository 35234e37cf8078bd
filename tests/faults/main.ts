// Runs seeds of faults, one after another, against a stack of its own, which is gone at the end.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { helpOr } from '../../infra/local/help.mjs';
import { freePorts } from '../../infra/local/ports.mjs';
import { runSession } from '../../infra/local/session.mjs';
import { complain, say } from '../../infra/local/steps.mjs';
import type { Supervisor } from '../../infra/local/supervisor.mjs';
import { help, usage, type Wanted, wantedBy } from './arguments.ts';
import { moneyPlanOf } from './money-plan.ts';
import { runMoney } from './money-run.ts';
import { planOf } from './plan.ts';
import { reportOf } from './report.ts';
import { runSeed, type SeedOutcome, type SeedParts } from './seed-run.ts';
import { Servers } from './servers.ts';

type Session = { readonly supervisor: Supervisor; readonly onEnd: (undo: () => void) => void };

async function runSeeds(
  folder: string,
  { seeds, isShort, isMoney }: Wanted,
  { supervisor, onEnd }: Session,
): Promise<number> {
  const outcomes: SeedOutcome[] = [];
  onEnd(() => {
    if (outcomes.every(({ failures }) => failures.length === 0)) rmSync(folder, { recursive: true, force: true });
    else say(`The log files are kept in ${join(folder, 'log')}`);
  });
  const ports: Record<string, number> = await freePorts();
  const { api, processors } = ports;
  const own = [api, processors, ...Object.values(await freePorts()).slice(0, 2)] as number[];
  const servers = await Servers.start(folder, ports, supervisor);
  onEnd(() => servers.killAll());
  for (const seed of seeds) {
    const sinceMs = performance.now();
    say(`seed ${seed}${isShort ? ' (short)' : ''}`);
    const parts = { folder, servers, ports: own, say, onEnd };
    const outcome = isMoney ? await moneySeed(parts, seed, isShort) : await runSeed(parts, planOf(seed, isShort));
    outcomes.push(outcome);
    const verdict = outcome.failures.length === 0 ? 'passed' : `FAILED (${outcome.failures.length})`;
    say(`seed ${seed} ${verdict} in ${((performance.now() - sinceMs) / 1_000).toFixed(0)} s: ${outcome.summary}`);
  }
  say('');
  for (const line of reportOf(outcomes)) say(line);
  return outcomes.every(({ failures }) => failures.length === 0) ? 0 : 1;
}

async function moneySeed(parts: SeedParts, seed: number, isShort: boolean): Promise<SeedOutcome> {
  const { failures, lines } = await runMoney(parts, moneyPlanOf(seed, isShort));
  return { seed, recoveries: [], failures, summary: lines.at(-1) ?? '' };
}

helpOr(process.argv.slice(2), help);
const wanted = wantedBy(process.argv.slice(2));
if (!wanted) {
  complain(usage);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'faults-'));
await runSession(folder, (session: Session) => runSeeds(folder, wanted, session));
