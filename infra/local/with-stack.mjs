// `node with-stack.mjs [NODE OPTIONS] MAIN ARGUMENTS…`: runs a command against the stack that runs here, or against servers of its own for as long as it takes.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { bringUp, chooseWay } from './chain.mjs';
import { asksHelp } from './help.mjs';
import { installPackages } from './packages.mjs';
import { freePorts } from './ports.mjs';
import { runningStack } from './running.mjs';
import { runSession } from './session.mjs';
import { root } from './settings.mjs';
import { complain, step } from './steps.mjs';

const given = process.argv.slice(2);
const options = given.slice(
  0,
  given.findIndex((one) => !one.startsWith('-')),
);
const [main, ...args] = given.slice(options.length);

/** npm goes to the project's folder first; file names are meant as seen from where it was called. */
const calledFrom = () => (process.cwd() === root && process.env.INIT_CWD) || process.cwd();

/** Resolves with the command's exit code. */
function run(env, onEnd = () => {}) {
  const node = ['--max-old-space-size=4096', ...options, '--import', import.meta.resolve('tsx')];
  const child = spawn(process.execPath, [...node, join(root, main), ...args], {
    cwd: calledFrom(),
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  // Servers of its own are gone by then: nothing is left that it could tidy up.
  onEnd(() => child.kill('SIGKILL'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

async function runAlone() {
  const folder = join(root, '.stack', `command-${process.pid}`);
  await runSession(folder, async ({ supervisor, onEnd }) => {
    onEnd(() => rmSync(folder, { recursive: true, force: true }));
    await installPackages(supervisor, (work) => step('Packages installed', work));
    const ports = await freePorts();
    return run(await bringUp(chooseWay(), { folder, ports, supervisor, onEnd, throwAway: true }), onEnd);
  });
}

try {
  // What it can do is told by the command itself, and needs no servers.
  if (asksHelp(args)) process.exit(await run({}));
  const stack = process.env.KAFKA_BROKERS ? {} : runningStack();
  if (stack) process.exit(await run(stack));
  await runAlone();
} catch (error) {
  complain(error.message);
  process.exit(1);
}
