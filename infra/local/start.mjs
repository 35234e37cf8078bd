// `npm start`: brings up the servers, the schemas, the processors, the API and the demo data, watches over them until Ctrl-C.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDemoMode, startRefusal } from '../start-rules.mjs';
import { bringUp, chooseWay } from './chain.mjs';
import { helpOr } from './help.mjs';
import { installPackages } from './packages.mjs';
import { checkPorts, chosenPorts } from './ports.mjs';
import { get } from './probes.mjs';
import { reset } from './reset.mjs';
import { runningState, writeState } from './running.mjs';
import { runSession } from './session.mjs';
import { grpcAddressesOf, keyspace, ownPorts, portTable, root, startFolder } from './settings.mjs';
import { complain, Sentence, say, step } from './steps.mjs';
import { welcome } from './welcome.mjs';

const usage = 'Usage: npm start [-- [--reset [--yes]] [--demo | --no-demo]].';
const help = `${usage}
  --reset     begins afresh: yesterday's data are deleted, after a question (--yes: without)
  --demo      loads the demo data, outside demo mode, too; --no-demo never does
Ports and other settings are variables of the environment: docs/operations.md.`;
const flags = new Set(process.argv.slice(2));
const project = 'profithack';
const readyWithinMs = 120_000;
const readyEveryMs = 200;

const services = [
  { name: 'processors', title: 'The processors', file: 'processors/main.ts', stopRank: 2 },
  { name: 'api', title: 'The API', file: 'api/main.ts', stopRank: 1 },
];
const serviceRules = { graceMs: 10_000, deathsMax: 6, deathsWindowMs: 60_000 };

/** Batches are garbage soon: a larger nursery spares V8 moving what outlives a small one. */
const nodeFlags = ['--max-semi-space-size=64', '--import', 'tsx'];
const typescript = (file, env) => ({ command: process.execPath, args: [...nodeFlags, join(root, file)], env });

async function untilReady(url) {
  const untilMs = Date.now() + readyWithinMs;
  for (;;) {
    const { status, body } = await get(url);
    if (status === 200) return;
    if (Date.now() > untilMs)
      throw new Sentence(
        `${url} was not ready within ${readyWithinMs / 1000} s: ${status === 0 ? 'nothing answers' : body.slice(0, 500)}`,
      );
    await sleep(readyEveryMs);
  }
}

async function bringUpAll({ supervisor, onEnd }, state) {
  const sinceMs = Date.now();
  const ports = await chosenPorts();
  const way = chooseWay();
  await checkPorts(ports, way === 'local' ? portTable.map(({ name }) => name) : ownPorts);

  const [addresses] = await Promise.all([
    bringUp(way, { folder: startFolder, ports, project, supervisor, onEnd }),
    installPackages(supervisor, (work) => step('Packages installed', work)),
  ]);
  const own = { API_URL: `http://127.0.0.1:${ports.api}`, PROCESSORS_URL: `http://127.0.0.1:${ports.processors}` };
  const env = { ...addresses, CASSANDRA_KEYSPACE: keyspace, ...own, ...grpcAddressesOf(ports) };
  const mine = portTable.filter(({ name }) => ownPorts.includes(name));
  const listening = Object.fromEntries(mine.map(({ name, variable }) => [variable, ports[name]]));
  const childEnv = { ...env, ...listening, STACK_FOLDER: startFolder };

  await step('Topics, schemas, keyspace and tables', (note) =>
    supervisor.run({ name: 'setup', title: 'The set-up', ...typescript('infra/setup.ts', childEnv) }, note),
  );
  for (const { file, ...service } of services)
    await supervisor.start({ ...serviceRules, ...service, ...typescript(file, childEnv) });
  state.write = () => writeState(startFolder, { way, env, pids: supervisor.pids() });
  state.write();

  // Outside demo mode nobody should find people who never registered, unless it is asked for.
  const isDemo = isDemoMode(process.env);
  if (flags.has('--demo') || (isDemo && !flags.has('--no-demo'))) {
    const demo = typescript('producers/simulate/demo.ts', childEnv);
    await step('Demo data', (note) => supervisor.run({ name: 'demo', title: 'Loading the demo data', ...demo }, note));
    await step('The demo feed', () => untilReady(`${env.API_URL}/api/ready`));
  }
  say(`Started in ${((Date.now() - sinceMs) / 1000).toFixed(1)} s.`);
  say(welcome(env, { isDemo, logFolder: join(startFolder, 'log') }));
}

async function main() {
  helpOr([...flags], help);
  const known = ['--reset', '--yes', '--demo', '--no-demo'];
  const unknown = [...flags].find((flag) => !known.includes(flag));
  if (unknown !== undefined) throw new Sentence(`${unknown} is not known. ${usage}`);
  const refusal = startRefusal(process.env);
  if (refusal !== null) throw new Sentence(`${refusal}.`);
  const running = runningState();
  if (running !== null)
    throw new Sentence(
      `The stack of this folder already runs at ${running.env.API_URL}: see \`npm run -s stack -- env\`, stop it with \`npm run -s stack -- stop\`.`,
    );
  if (flags.has('--reset')) await reset(flags.has('--yes'));

  const state = { write: () => {} };
  const work = async (session) => {
    await bringUpAll(session, state);
    await new Promise(() => {});
  };
  await runSession(startFolder, work, { onChange: () => state.write() });
}

main().catch((error) => {
  complain(error.message);
  process.exit(1);
});
