// `npm run ledger:verify`: recomputes the ledger from payment_transactions and names whatever does not agree with it; then exits with 1.
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { createKafka } from '../../infra/kafka.ts';
import { createLog } from '../../infra/log.ts';
import { connectRedis, createRedis } from '../../infra/redis.ts';
import { connectedConfig } from '../../infra/running-stack.ts';
import { Generations } from '../../processors/runtime/generations.ts';
import { fail } from '../fail.ts';
import { progressBar } from '../progress.ts';
import { commandPatience } from '../readable-topics.ts';
import { keptHeads, UnusableHeads } from './kept-heads.ts';
import type { Head } from './partition-audit.ts';
import { verifiedText } from './verified-text.ts';
import { type Verified, verifyLedger } from './verify.ts';

const options = new Command('ledger:verify')
  .description('Recomputes every link of the ledger’s chains and every balance from the topic payment_transactions.')
  .option('--save <file>', 'writes the heads of the chains, to be kept where nobody can change them')
  .option('--expect <file>', 'heads that were kept: the log must still lead to them')
  .parse()
  .opts<{ save?: string; expect?: string }>();

const config = connectedConfig();
const expected = options.expect === undefined ? [] : headsIn(options.expect);
const log = createLog('ledger', 'error');
const kafka = createKafka(config, log, 'ledger-verify', commandPatience);
const redis = createRedis(config, log, { name: 'ledger-verify' });
const [generations] = await Promise.all([Generations.follow(config, log, fail), connectRedis(redis)]);
const progress = progressBar('payment_transactions');
const verified = await verifyLedger(
  { kafka, redis, config, generations },
  { expected, onStart: (records) => progress.begin(records, 0), onRecords: (count) => progress.add(count) },
);
progress.stop();
redis.disconnect();
await generations.stop();
process.stdout.write(verifiedText(verified));
if (options.save !== undefined && verified.findings.length === 0) save(options.save, verified);
process.exit(verified.findings.length === 0 ? 0 : 1);

function headsIn(file: string): readonly Head[] {
  try {
    return keptHeads(file, config.namespace);
  } catch (error) {
    if (error instanceof UnusableHeads) fail(error.message);
    throw error;
  }
}

function save(file: string, { partitions }: Verified): void {
  const heads = partitions.map(({ head }) => head);
  writeFileSync(file, `${JSON.stringify({ namespace: config.namespace, heads }, null, 2)}\n`);
  process.stdout.write(`heads kept in ${file}\n`);
}
