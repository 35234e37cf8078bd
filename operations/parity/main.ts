// `npm run parity`: asks the running API for feeds, makes each again from the topics alone, and prints how far any number differs.
import { Command } from 'commander';
import type { Redis } from 'ioredis';
import { Registry } from '../../infra/avro.ts';
import { createKafka } from '../../infra/kafka.ts';
import { createLog } from '../../infra/log.ts';
import { connectRedis, createRedis } from '../../infra/redis.ts';
import { connectedConfig } from '../../infra/running-stack.ts';
import { rank } from '../../processors/feed/ranking/rank.ts';
import type { Receipt } from '../../processors/feed/ranking/receipt.ts';
import { stableHash } from '../../processors/feed/ranking/stable-hash.ts';
import { viewerOf } from '../../processors/feed/ranking/viewer.ts';
import { processors } from '../../processors/list.ts';
import { Generations } from '../../processors/runtime/generations.ts';
import { metaKey, type PartitionTag, stateKey } from '../../processors/runtime/keys.ts';
import { Models } from '../../projections/models.ts';
import { topics } from '../../schemas/topics.ts';
import { fail } from '../fail.ts';
import { feedReads, type LoggedWorld, type Offsets, worldFromLog } from '../logged-world.ts';
import { progressBar } from '../progress.ts';
import { commandPatience } from '../readable-topics.ts';
import { textTable } from '../text-table.ts';
import { wholeNumber } from '../whole-number.ts';
import { type Difference, differences, sizeOf } from './compare.ts';

const options = new Command('parity')
  .description('Compares every number of served receipts with the same number computed from the topics alone.')
  .option('--users <n>', 'so many users, drawn by hash', wholeNumber(1_000), 20)
  .option('--limit <n>', 'videos a page', wholeNumber(100), 10)
  .parse()
  .opts<{ users: number; limit: number }>();

/** Sums of floating point numbers are made in the same order on both sides: more than this is an error. */
const differenceMax = 1e-9;
const rowsMax = 15;
const misplacedPath = 'place ';

const config = connectedConfig();
const log = createLog('parity', 'error');
const kafka = createKafka(config, log, 'parity', commandPatience);
const redis = createRedis(config, log, { name: 'parity', autoPipelining: true });
const registry = new Registry(config.registry.url, config.namespace);
const models = new Models({ kafka, registry, namespace: config.namespace, log, onFatal: fail });
const [generations] = await Promise.all([Generations.follow(config, log, fail), connectRedis(redis), models.start()]);

const tagOf = (slug: (typeof feedReads)[number], partition: number): PartitionTag => ({
  namespace: config.namespace,
  generation: generations.live(slug),
  processor: slug,
  topic: processors[slug].input,
  partition,
});
const partitionsOf = (slug: (typeof feedReads)[number]) =>
  Array.from({ length: topics[processors[slug].input].partitions }, (_, partition) => tagOf(slug, partition));

const before = await committedOffsets(redis);
const users = await someUsers(redis, options.users);
const served = new Map<string, Receipt[]>();
for (const user of users) served.set(user, await receiptsOf(user));
const after = await committedOffsets(redis);

const total = feedReads.flatMap((slug) => after[slug]).reduce((sum, end) => sum + end, 0);
const progress = progressBar('topics read');
progress.begin(total, 0);
const world = await worldFromLog({ kafka, config }, after, (count) => progress.add(count));
progress.stop();

const meanwhile = feedReads
  .flatMap((slug) => after[slug].map((end, partition) => end - (before[slug][partition] ?? 0)))
  .reduce((sum, count) => sum + count, 0);
report([...served].flatMap(([user, receipts]) => compared(user, receipts, world)));

async function committedOffsets(from: Redis): Promise<Offsets> {
  const offsetsOf = async (slug: (typeof feedReads)[number]) => {
    const offsets = await Promise.all(partitionsOf(slug).map((tag) => from.hget(metaKey(tag), 'offset')));
    return offsets.map((offset) => Number(offset ?? 0));
  };
  const committed: Record<string, readonly number[]> = {};
  for (const slug of feedReads) committed[slug] = await offsetsOf(slug);
  return committed as Offsets;
}

/** Those whose hash is smallest, and one of whom nothing is known. */
async function someUsers(from: Redis, count: number): Promise<string[]> {
  const known = (await Promise.all(partitionsOf('history').map((tag) => from.hkeys(stateKey(tag))))).flat();
  return ['parity-stranger', ...known.sort((a, b) => stableHash(a) - stableHash(b)).slice(0, count - 1)];
}

async function receiptsOf(user: string): Promise<Receipt[]> {
  const page = await answerOf(`/api/grpc/feed?user_id=${encodeURIComponent(user)}&limit=${options.limit}&unseen=true`);
  const ids = (page as { videos: { receipt_id: string | null }[] }).videos.map(({ receipt_id: id }) => id);
  const receipts = await Promise.all(ids.map((id) => (id ? answerOf(`/api/grpc/xai/explain/${id}`) : null)));
  return receipts.filter((receipt): receipt is Receipt => receipt !== null);
}

async function answerOf(path: string): Promise<unknown> {
  const answer = await fetch(`${config.api.url}${path}`);
  if (!answer.ok) fail(`${path} answers ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

function compared(user: string, receipts: readonly Receipt[], { catalogue, evidence }: LoggedWorld): Difference[] {
  const [first] = receipts;
  if (!first) return [];
  const published = models.current('learned');
  if ((first.model?.version ?? null) !== (published?.model.version ?? null))
    fail(`a model was published meanwhile: ${first.model?.version} was served, ${published?.model.version} is in use`);
  const viewer = viewerOf(evidence(user), catalogue);
  const asked = { catalogue, viewer, now: first.served_at, limit: options.limit, served: new Set<string>() };
  const { items } = rank({ ...asked, variant: first.variant, published });
  return receipts.flatMap((receipt, index) => {
    const item = items[index];
    if (item?.item.id !== receipt.video_id)
      return [{ path: `${misplacedPath}${index + 1} of ${user}`, served: Number.NaN, logged: Number.NaN }];
    const { final_score: score, confidence, factors } = receipt;
    const logged = { final_score: item.score, confidence: item.confidence, ...item.factors };
    return differences({ final_score: score, confidence, ...factors }, logged);
  });
}

function report(all: readonly Difference[]): never {
  const misplaced = all.filter(({ path }) => path.startsWith(misplacedPath));
  const found = all.filter(({ path }) => !path.startsWith(misplacedPath));
  if (meanwhile > 0)
    process.stdout.write(
      `${meanwhile} records were folded between the first page and the last: differences may be theirs. Repeat this while nothing is posted.\n\n`,
    );
  const largest = new Map<string, Difference>();
  const counts = new Map<string, number>();
  for (const difference of found) {
    const known = largest.get(difference.path);
    counts.set(difference.path, (counts.get(difference.path) ?? 0) + 1);
    if (!known || sizeOf(difference) > sizeOf(known)) largest.set(difference.path, difference);
  }
  const rows = [...largest.values()].sort((a, b) => sizeOf(b) - sizeOf(a));
  const cells = rows
    .slice(0, rowsMax)
    .map((row) => [
      row.path,
      String(counts.get(row.path)),
      String(row.served),
      String(row.logged),
      String(sizeOf(row)),
    ]);
  process.stdout.write(
    `${textTable(['number', 'compared', 'served (where they differ most)', 'from the log', 'difference'], cells)}\n`,
  );
  if (rows.length > rowsMax) process.stdout.write(`… and ${rows.length - rowsMax} more kinds of numbers\n`);
  for (const { path } of misplaced.slice(0, rowsMax))
    process.stdout.write(`${path}: another video than the log gives\n`);
  const worst = rows[0] ? sizeOf(rows[0]) : 0;
  process.stdout.write(
    `\n${found.length} numbers of ${users.length} users' pages, of ${rows.length} kinds: the largest difference is ${worst}${misplaced.length > 0 ? `, ${misplaced.length} places have other videos` : ''}\n`,
  );
  process.exit(worst > differenceMax || misplaced.length > 0 ? 1 : 0);
}
