// Makes topics, schemas, keyspace and tables, run by `npm start` before anything else of the product.
import { readConfig } from './config.ts';
import { createLog } from './log.ts';
import { provision } from './provision.ts';

const config = readConfig();
const log = createLog('setup', config.logLevel);
try {
  await provision(config, log);
} catch (error) {
  process.stderr.write(`set-up failed: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
