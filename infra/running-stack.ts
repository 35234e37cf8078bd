// Where a command finds the stack: in the environment, else the one that `npm start` runs in this folder.
import { type Config, readConfig } from './config.ts';
import { runningStack } from './local/running.mjs';

/** The configuration of the running stack; ends the process with one sentence if none runs. */
export function connectedConfig(): Config {
  if (process.env.KAFKA_BROKERS) return readConfig();
  const stack = runningStack() as NodeJS.ProcessEnv | null;
  if (stack) return readConfig({ ...process.env, ...stack });
  process.stderr.write(
    'No stack runs here: start one with `npm start`, or give KAFKA_BROKERS and the other addresses in the environment.\n',
  );
  process.exit(1);
}
