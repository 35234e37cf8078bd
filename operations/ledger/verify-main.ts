// `npm run ledger:verify`: recomputes the ledger from payment_transactions and names whatever does not agree with it; then exits with 1.
import { readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { createKafka } from '../../infra/kafka.ts';
import { createLog } from '../../infra/log.ts';
import { connectRedis, createRedis } from '../../infra/redis.ts';
import { connectedConfig } from '../../infra/running-stack.ts';
import { Generations } from '../../processors/runtime/generations.ts';
import { progressBar } from '../progress.ts';
import { commandPatience } from '../readable-topics.ts';
import { textTable } from '../text-table.ts';
import type { Head } from './partition-audit.ts';
import { type Verified, verifyLedger } from './verify.ts';

const shownMax = 20;

const options = new Command('ledger:verify')
  .description('Recomputes every link of the ledger’s chains and every balance from the topic payment_transactions.')
  .option('--save <file>', 'writes the heads of the chains, to be kept where nobody can change them')
  .option('--expect <file>', 'heads that were kept: the log must still lead to them')
  .parse()
  .opts<{ save?: string; expect?: string }>();

const config = connectedConfig();
const log = createLog('ledger', 'error');
const kafka = createKafka(config, log, 'ledger-verify', commandPatience);
const redis = createRedis(config, log, { name: 'ledger-verify' });
const expected = options.expect === undefined ? [] : headsIn(options.expect);
const [generations] = await Promise.all([Generations.follow(config, log, fail), connectRedis(redis)]);
const progress = progressBar('payment_transactions');
const verified = await verifyLedger(
  { kafka, redis, config, generations },
  { expected, onStart: (records) => progress.begin(records, 0), onRecords: (count) => progress.add(count) },
);
progress.stop();
redis.disconnect();
await generations.stop();
report(verified);
if (options.save !== undefined && verified.findings.length === 0) save(options.save, verified);
process.exit(verified.findings.length === 0 ? 0 : 1);

function report({ partitions, findings }: Verified): void {
  const wrong = (partition: number) => findings.filter((finding) => finding.partition === partition).length;
  const rows = partitions.map(({ head, entries, accounts }) => [
    String(head.partition),
    String(head.offset),
    String(entries),
    String(accounts),
    head.hash.slice(0, 32),
    wrong(head.partition) === 0 ? 'agrees' : `${wrong(head.partition)} do not agree`,
  ]);
  const headings = ['partition', 'records', 'links', 'accounts', 'head of the chain', ''];
  process.stdout.write(`${textTable(headings, rows)}\n`);
  for (const { partition, offset, what } of findings.slice(0, shownMax))
    process.stdout.write(`\npartition ${partition}${offset === null ? '' : `, offset ${offset}`}: ${what}\n`);
  if (findings.length > shownMax) process.stdout.write(`… and ${findings.length - shownMax} more\n`);
  const records = partitions.reduce((sum, { entries }) => sum + entries, 0);
  const verdict =
    findings.length === 0 ? 'every link and balance agrees, and all sums are zero' : 'the ledger does NOT agree';
  process.stdout.write(`\n${records} links recomputed: ${verdict}\n`);
}

function headsIn(file: string): readonly Head[] {
  const { heads } = JSON.parse(readFileSync(file, 'utf8')) as { heads?: readonly Head[] };
  return heads ?? fail(`${file} holds no heads`);
}

function save(file: string, { partitions }: Verified): void {
  const heads = partitions.map(({ head }) => head);
  writeFileSync(file, `${JSON.stringify({ namespace: config.namespace, heads }, null, 2)}\n`);
  process.stdout.write(`heads kept in ${file}\n`);
}

function fail(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}
