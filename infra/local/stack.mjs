// `npm run -s stack -- env | status | stop`: tells about the running stack of this folder, or stops it.
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { leftBehind } from './child.mjs';
import { helpOr } from './help.mjs';
import { isAlive, readIdentity } from './identity.mjs';
import { get } from './probes.mjs';
import { lockFile, runningStack, runningState, shellLines } from './running.mjs';
import { endLeftBehind } from './session.mjs';
import { startFolder } from './settings.mjs';
import { complain, Sentence, say, step } from './steps.mjs';

const stopWithinMs = 90_000;
const pollMs = 100;
const usage = 'Usage: npm run -s stack -- env | status | stop.';
const help = `${usage}
  env         the addresses and pids of the running stack, as shell variables
  status      how it was started, whether it is ready, its processes and addresses
  stop        ends it; its data stay`;
const none = 'No stack runs here: start one with `npm start`.';

const supervisor = () => (existsSync(lockFile(startFolder)) ? readIdentity(lockFile(startFolder)) : null);

function stateOrFail() {
  const state = runningState();
  if (state === null) throw new Sentence(isAlive(supervisor()) ? 'The stack is still starting.' : none);
  return state;
}

async function stop() {
  const found = supervisor();
  if (!isAlive(found)) {
    if (leftBehind(startFolder).length === 0) throw new Sentence(none);
    return endLeftBehind(startFolder);
  }
  await step('The stack stopped', async () => {
    process.kill(found.pid, 'SIGTERM');
    const untilMs = Date.now() + stopWithinMs;
    while (isAlive(found)) {
      if (Date.now() > untilMs)
        throw new Sentence(`The stack has not stopped within ${stopWithinMs / 1000} s; its process is ${found.pid}.`);
      await sleep(pollMs);
    }
  });
}

async function status() {
  const { way, env, pids } = stateOrFail();
  const { status: answer } = await get(`${env.API_URL}/api/ready`);
  say(`way        ${way}`);
  say(`ready      ${answer === 200 ? 'yes' : `no (${answer === 0 ? 'the API does not answer' : `status ${answer}`})`}`);
  for (const [name, pid] of Object.entries(pids)) say(`${name.padEnd(10)} pid ${pid}`);
  for (const [name, value] of Object.entries(env)) say(`${name.padEnd(24)} ${value}`);
}

const commands = {
  env: () => {
    stateOrFail();
    say(shellLines(runningStack()));
  },
  status,
  stop,
};

async function main() {
  helpOr(process.argv.slice(2), help);
  const command = commands[process.argv[2]];
  if (command === undefined) throw new Sentence(usage);
  await command();
}

main().catch((error) => {
  complain(error.message);
  process.exit(1);
});
