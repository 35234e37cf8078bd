// The Docker way: brings docker-compose.kafka.yml up and down. Untested where no engine runs, as on the machine it was written on.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { allReady, serverRules } from './servers.mjs';
import { portTable, root } from './settings.mjs';

const detectionMs = 3000;
const testcontainersReadyWithinMs = 300_000;

const succeeds = (args) => spawnSync('docker', args, { stdio: 'ignore', timeout: detectionMs }).status === 0;

/** A client without an engine or without compose is common, so both have to answer. */
export const dockerWorks = () => succeeds(['info']) && succeeds(['compose', 'version']);

const composeArgs = (project) => ['compose', '-p', project, '-f', join(root, 'docker-compose.kafka.yml')];

/** The compose file reads the same port variables as the settings. */
const portVariables = (ports) =>
  Object.fromEntries(portTable.map(({ name, variable }) => [variable, String(ports[name])]));

/** Starts the containers; `onEnd` stops them, their volumes stay. */
export async function composeUp({ project, ports, supervisor, onEnd, note }) {
  onEnd(() => composeDown({ project, ports, andData: false }));
  const args = [...composeArgs(project), 'up', '-d', '--wait'];
  const env = portVariables(ports);
  await supervisor.run({ name: 'compose', title: 'docker compose up', command: 'docker', args, env }, note);
}

/** Starts containers whose data is thrown away; testcontainers removes them even after a crash. */
export async function testcontainersUp({ ports, supervisor }) {
  const args = ['--import', 'tsx', join(root, 'tests/docker-stack.ts')];
  await supervisor.start({
    ...serverRules,
    name: 'containers',
    title: 'Testcontainers',
    command: process.execPath,
    args,
    env: portVariables(ports),
    ready: () => allReady(ports),
    readyWithinMs: testcontainersReadyWithinMs,
  });
}

/** Removes the containers; with `andData` their volumes go too. */
export function composeDown({ project, ports, andData }) {
  const args = [...composeArgs(project), 'down', ...(andData ? ['--volumes'] : [])];
  const env = { ...process.env, ...portVariables(ports) };
  return spawnSync('docker', args, { stdio: 'ignore', env }).status === 0;
}
