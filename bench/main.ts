// `npm run bench -- NAME`: runs one benchmark against the running stack, in topics, keys and a keyspace of its own.

import { createLog } from '../infra/log.ts';
import { connectedConfig } from '../infra/running-stack.ts';
import { dating } from './dating.ts';
import { encode } from './encode.ts';
import { feed } from './feed.ts';
import { fold } from './fold.ts';
import { historyRows } from './fold-history.ts';
import { gift } from './gift.ts';
import { live } from './live.ts';
import { ranking } from './rank.ts';
import { rebuild } from './rebuild.ts';
import { visible } from './visible.ts';

const benchmarks = { encode, fold, history: historyRows, visible, rank: ranking, feed, live, rebuild, gift, dating };

const [name] = process.argv.slice(2);
const run = benchmarks[name as keyof typeof benchmarks];
if (!run) {
  process.stderr.write(`usage: npm run bench -- ${Object.keys(benchmarks).join(' | ')}\n`);
  process.exit(2);
}
await run(connectedConfig(), createLog('bench', 'error'));
process.exit(0);
