// The API's process: reads the configuration, runs the API, and ends when it is told to or cannot go on.
import { readConfig } from '../infra/config.ts';
import { createLog } from '../infra/log.ts';
import { refusedExitCode } from '../infra/start-rules.mjs';
import { ApiServer } from './server.ts';
import { StartRefused } from './start-refused.ts';

const config = readConfig();
const log = createLog('api', config.logLevel);
const stopMsMax = 4_500;

/** A supervisor starts the process again: a client that is beyond repair is not repaired here. */
const fatal = (why: string, exitCode = 1) => {
  log.fatal(why);
  process.exit(exitCode);
};
const described = (thrown: unknown) => (thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
process.on('uncaughtException', (error) => fatal(described(error)));
process.on('unhandledRejection', (reason) => fatal(`unhandled rejection: ${described(reason)}`));

const api = new ApiServer({ config, log, onFatal: fatal });

let isStopping = false;
async function stop(signal: string): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  log.info({ signal }, 'the API stops');
  setTimeout(() => fatal(`not stopped within ${stopMsMax} ms`), stopMsMax).unref();
  await api.close();
  process.exit(0);
}
process.on('SIGTERM', (signal) => void stop(signal));
process.on('SIGINT', (signal) => void stop(signal));

try {
  log.info({ url: await api.listen() }, 'the API listens');
} catch (error) {
  // The supervisor does not start again what would be refused again.
  if (error instanceof StartRefused) fatal(error.message, refusedExitCode);
  fatal(described(error));
}
