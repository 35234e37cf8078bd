// `npm test`: runs the unit tests, then brings up servers on free ports with throw-away data and runs the others against them.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bringUp, chooseWay } from './chain.mjs';
import { helpOr } from './help.mjs';
import { isAlive, readIdentity } from './identity.mjs';
import { installPackages } from './packages.mjs';
import { freePorts } from './ports.mjs';
import { lockFile, writeState } from './running.mjs';
import { endLeftBehind, runSession } from './session.mjs';
import { root } from './settings.mjs';
import { complain, say, step } from './steps.mjs';
import { help, planOf } from './test-plan.mjs';
import { runVitest } from './vitest.mjs';

const stacks = join(root, '.stack');
const folder = join(stacks, `test-${process.pid}`);

/** Folders of test runs that were killed: what still runs there is ended, then they go. */
async function clearKilledRuns() {
  const names = existsSync(stacks) ? readdirSync(stacks).filter((name) => name.startsWith('test-')) : [];
  for (const old of names.map((name) => join(stacks, name))) {
    if (isAlive(readIdentity(lockFile(old)))) continue;
    await endLeftBehind(old);
    rmSync(old, { recursive: true, force: true });
  }
}

/** The environment by which tests find the servers, and the processes they may hurt. */
async function serversUp({ supervisor, onEnd }, state) {
  const addresses = await bringUp(chooseWay(), {
    folder,
    ports: await freePorts(),
    supervisor,
    onEnd,
    throwAway: true,
  });
  state.write = () => writeState(folder, { env: addresses, pids: supervisor.pids() });
  state.write();
  return { ...addresses, STACK_FOLDER: folder };
}

const filesIn = ({ suite }) => existsSync(join(root, 'tests', suite));

async function runPlan(plan, session, state, total) {
  let env = {};
  for (const { suite, args, needsStack } of plan) {
    if (needsStack && state.write === undefined) env = await serversUp(session, state);
    const { passed, failed, code } = await runVitest({ args, env, reportFile: join(folder, `${suite}.json`) });
    total.passed += passed;
    total.failed += failed;
    total.code ||= code;
  }
}

async function main() {
  helpOr(process.argv.slice(2), help);
  const plan = planOf(process.argv.slice(2)).filter(filesIn);
  const state = {};
  const total = { passed: 0, failed: 0, code: 0 };
  // A run that could not take place counts as a failure.
  process.once('exit', (code) => say(`${total.passed} passed, ${total.failed || (code === 0 ? 0 : 1)} failed`));
  await clearKilledRuns();
  const work = async (session) => {
    session.onEnd(() => rmSync(folder, { recursive: true, force: true }));
    await installPackages(session.supervisor, (run) => step('Packages installed', run));
    await runPlan(plan, session, state, total);
    return total.failed > 0 ? 1 : total.code;
  };
  await runSession(folder, work, { onChange: () => state.write?.() });
}

main().catch((error) => {
  complain(error.message);
  process.exit(1);
});
