// One run of a stack in one folder: claims the folder, ends what a crashed run left there, tears all down at the end or on a signal.
import { mkdirSync } from 'node:fs';
import { leftBehind, stopLeftBehind } from './child.mjs';
import { freeDiskBytes } from './files.mjs';
import { tryLock, unlock } from './lock.mjs';
import { clearState, lockFile } from './running.mjs';
import { freeDiskMinBytes } from './settings.mjs';
import { complain, Sentence, say, step } from './steps.mjs';
import { Supervisor } from './supervisor.mjs';

// npm passes a terminal's Ctrl-C on, so one press may arrive twice.
const secondSignalAfterMs = 800;
const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

function checkDisk(folder) {
  const freeBytes = freeDiskBytes(folder);
  const inGb = (bytes) => (bytes / 1e9).toFixed(1);
  if (freeBytes < freeDiskMinBytes)
    throw new Sentence(
      `The disk of ${folder} is full: ${inGb(freeBytes)} GB are free, and the stack wants ${inGb(freeDiskMinBytes)} GB.`,
    );
}

export async function endLeftBehind(folder) {
  const found = leftBehind(folder);
  if (found.length === 0) return;
  await step(`Left by a run that was killed, stopped now: ${found.map(({ name }) => name).join(', ')}`, () =>
    stopLeftBehind(folder, found),
  );
}

const sentenceOf = (error) => {
  if (error instanceof Sentence) return error.message;
  if (error.code === 'ENOSPC') return `The disk is full: ${error.message}.`;
  return `${error.message ?? error}`;
};

/**
 * Runs `work(session)` and exits the process with its code. session: { supervisor, onEnd(undo), fail(sentence), ended }.
 * Whatever happens, the children are stopped in order, then what `onEnd` was given is called, last given first.
 */
export async function runSession(folder, work, { onChange } = {}) {
  const undos = [];
  let ending;
  const supervisor = new Supervisor(folder, { onGiveUp: (error) => end(1, error), onChange });

  const end = (code, error) => {
    ending ??= (async () => {
      const endedAtMs = Date.now();
      supervisor.stopping = true;
      if (error) complain(sentenceOf(error));
      onSignal = () => Date.now() - endedAtMs > secondSignalAfterMs && killNow(code);
      if (Object.keys(supervisor.pids()).length > 0) await step('Everything stopped', () => supervisor.stop());
      for (const undo of undos.reverse()) await undo();
      process.exit(code);
    })().catch((problem) => {
      complain(sentenceOf(problem));
      process.exit(1);
    });
    return ending;
  };
  const killNow = (code) => {
    supervisor.kill();
    process.exit(code || 1);
  };
  let onSignal = (name) => {
    say('');
    end(signals[name]);
  };
  for (const name of Object.keys(signals)) process.on(name, () => onSignal(name));
  process.on('uncaughtException', (error) => end(1, error));
  process.on('unhandledRejection', (error) => end(1, error));

  try {
    mkdirSync(folder, { recursive: true });
    if (!tryLock(lockFile(folder))) throw new Sentence(`Another run is already starting or running in ${folder}.`);
    undos.push(() => {
      clearState(folder);
      unlock(lockFile(folder));
    });
    checkDisk(folder);
    await endLeftBehind(folder);
    await end(await work({ supervisor, onEnd: (undo) => undos.push(undo) }));
  } catch (error) {
    if (!supervisor.stopping) await end(1, error);
    await ending;
  }
}
