// `npm start -- --reset`: asks, then deletes the data of the stack; refuses while it runs.
import { existsSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { composeDown, dockerWorks } from './docker.mjs';
import { tryLock, unlock } from './lock.mjs';
import { wantedPorts } from './ports.mjs';
import { lockFile } from './running.mjs';
import { endLeftBehind } from './session.mjs';
import { startFolder } from './settings.mjs';
import { Sentence, step } from './steps.mjs';

async function ask() {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Delete all data in ${startFolder}? [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

export async function reset(sure, project = 'profithack') {
  if (!sure && !process.stdin.isTTY)
    throw new Sentence('--reset deletes all data and there is no terminal to ask on: add --yes.');
  if (!sure && !(await ask())) throw new Sentence('Nothing was deleted.');
  if (existsSync(startFolder)) {
    if (!tryLock(lockFile(startFolder))) throw new Sentence('The stack is running: stop it before a reset.');
    unlock(lockFile(startFolder));
    await endLeftBehind(startFolder);
    await step('Data deleted', () => rmSync(startFolder, { recursive: true, force: true }));
  }
  if (dockerWorks()) composeDown({ project, ports: wantedPorts(), andData: true });
}
