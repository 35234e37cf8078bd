// `npm run backtest -- --weights engagement=0.25,freshness=0.25`: what the feeds of past days would have become under other weights.
import { Command, InvalidArgumentError } from 'commander';
import { Registry } from '../../infra/avro.ts';
import { createKafka } from '../../infra/kafka.ts';
import { createLog } from '../../infra/log.ts';
import { connectedConfig } from '../../infra/running-stack.ts';
import { rank } from '../../processors/feed/ranking/rank.ts';
import { stableHash } from '../../processors/feed/ranking/stable-hash.ts';
import { viewerOf } from '../../processors/feed/ranking/viewer.ts';
import type { Weights } from '../../processors/feed/ranking/weights.ts';
import { Models } from '../../projections/models.ts';
import { fail } from '../fail.ts';
import { type LoggedWorld, worldFromLog } from '../logged-world.ts';
import { offsetsAt } from '../offsets-at.ts';
import { commandPatience } from '../readable-topics.ts';
import { textTable } from '../text-table.ts';
import { wholeNumber } from '../whole-number.ts';
import { agreementOf, figuresOf, type Pages, welcomeIn } from './compare-pages.ts';
import { weightsOf } from './weights-of.ts';

type Options = { weights: Weights; moments: number; every: number; users: number; limit: number };

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function spanOf(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  const ms = Number(count) * (unitMs[unit as keyof typeof unitMs] ?? 0);
  if (ms > 0) return ms;
  throw new InvalidArgumentError('a span such as 24h, 30m or 7d is expected.');
}

const options = new Command('backtest')
  .description(
    'Ranks past feeds by the document’s weights and by others, from the topics alone, and compares the pages.',
  )
  .requiredOption('--weights <name=value,…>', 'those that change; all six must add up to 1', weightsOf)
  .option('--moments <n>', 'so many, back from now', wholeNumber(31), 7)
  .option('--every <span>', 'between two moments; what a user does within it counts as welcome', spanOf, unitMs.d)
  .option('--users <n>', 'drawn by hash among those active in the span after', wholeNumber(1_000), 50)
  .option('--limit <n>', 'videos a page', wholeNumber(100), 10)
  .parse()
  .opts<Options>();

const config = connectedConfig();
const log = createLog('backtest', 'error');
const kafka = createKafka(config, log, 'backtest', commandPatience);
const { namespace } = config;
const registry = new Registry(config.registry.url, namespace);
const models = new Models({ kafka, registry, namespace, log, onFatal: fail });
await models.start();

const end = Date.now() - 2_000;
const pages: Pages[] = [];
let later = await worldAt(end);
for (let moment = 1; moment <= options.moments; moment++) {
  const now = end - moment * options.every;
  const world = await worldAt(now);
  const found = pagesAt(world, later, now);
  process.stderr.write(`${new Date(now).toISOString()}: ${found.length} users\n`);
  pages.push(...found);
  later = world;
}
if (pages.length === 0)
  fail(`no feed to compare: ${options.moments} moments back there was nothing to show, or nobody did anything after`);
report();
process.exit(0);

async function worldAt(ms: number): Promise<LoggedWorld> {
  return worldFromLog({ kafka, config }, await offsetsAt(kafka, namespace, ms));
}

/** @param after the world one span later, which knows what the users did */
function pagesAt(world: LoggedWorld, after: LoggedWorld, now: number): Pages[] {
  const { catalogue } = world;
  const current = models.current('learned');
  const published = current && current.model.trainedAt <= now ? current : null;
  const durationOf = (id: string) => after.catalogue.get(id)?.candidate.state.durationMs ?? 0;
  const users = [...after.userIds()].sort((a, b) => stableHash(a) - stableHash(b));
  const found: Pages[] = [];
  for (const user of users) {
    if (found.length >= options.users) break;
    const { interactions } = after.evidence(user);
    const welcome = welcomeIn(interactions, now, now + options.every, durationOf);
    if (welcome.size === 0) continue;
    const viewer = viewerOf(world.evidence(user), catalogue);
    const query = { catalogue, viewer, now, limit: options.limit, served: new Set<string>(), published };
    const [before, tried] = [rank(query), rank({ ...query, weights: options.weights })];
    const itemsOf = ({ items }: ReturnType<typeof rank>) => items.map(({ item }) => item);
    if (before.items.length === 0) break;
    found.push({ viewer, now, before: itemsOf(before), after: itemsOf(tried), welcome });
  }
  return found;
}

function report(): void {
  const rows = figuresOf(pages).map(({ name, before, after }) => [name, before.toFixed(3), after.toFixed(3)]);
  process.stdout.write(`${textTable(['mean of a page', 'as it was', 'as tried'], rows)}\n`);
  const { same, moved } = agreementOf(pages);
  process.stdout.write(
    `\n${pages.length} pages: ${(same * 100).toFixed(0)} % of the videos are the same, which move ${moved.toFixed(1)} places on average\n` +
      'What was welcome in the span after was shown by the ranking of then, which favours it: an experiment decides.\n',
  );
}
