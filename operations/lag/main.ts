// `npm run lag [-- --watch]`: how far each processor is behind its topic, in messages and in time, and whether it is catching up.
import { setTimeout as pause } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { createKafka } from '../../infra/kafka.ts';
import { createLog } from '../../infra/log.ts';
import { connectRedis, createRedis } from '../../infra/redis.ts';
import { connectedConfig } from '../../infra/running-stack.ts';
import { processorList } from '../../processors/list.ts';
import { Generations } from '../../processors/runtime/generations.ts';
import { fail } from '../fail.ts';
import { commandPatience } from '../readable-topics.ts';
import { lagsBetween, lookAt } from './lag.ts';
import { printLags } from './print.ts';

const seconds = (text: string) => {
  const value = Number(text);
  if (!(value >= 0.1 && value <= 3_600)) throw new InvalidArgumentError('seconds from 0.1 to 3600 are expected.');
  return value;
};

const options = new Command('lag')
  .description('Shows how far each processor is behind: two looks, so many seconds apart, give rates and trend.')
  .addOption(new Option('--processor <name>', 'only this one').choices(processorList.map(({ name }) => name)))
  .option('--seconds <n>', 'between the two looks', seconds, 5)
  .option('--watch', 'again and again, until Ctrl-C')
  .option('--json', 'for programs: one line of JSON per sample')
  .parse()
  .opts<{ processor?: string; seconds: number; watch?: true; json?: true }>();

const config = connectedConfig();
const log = createLog('lag', 'error');
const kafka = createKafka(config, log, 'lag', commandPatience);
const admin = kafka.admin();
const redis = createRedis(config, log, { name: 'lag' });
const [generations] = await Promise.all([Generations.follow(config, log, fail), admin.connect(), connectRedis(redis)]);
const platform = { kafka, admin, redis, namespace: config.namespace, generations };
const shown = processorList.filter(({ name }) => name === (options.processor ?? name));

let before = await lookAt(platform, shown);
do {
  await pause(options.seconds * 1_000);
  const after = await lookAt(platform, shown);
  const lags = await lagsBetween(platform, before, after);
  if (options.watch && !options.json && process.stdout.isTTY) process.stdout.write('\x1b[2J\x1b[H');
  process.stdout.write(options.json ? `${JSON.stringify(lags)}\n` : printLags(lags));
  before = after;
} while (options.watch);
redis.disconnect();
await Promise.all([admin.disconnect(), generations.stop()]);
