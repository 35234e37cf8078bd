// The evaluation: a platform of its own is filled by the importer, a model is trained on its topics and published, and the feed scores the lists.

import { Registry } from '../../infra/avro.ts';
import type { Config } from '../../infra/config.ts';
import type { Log } from '../../infra/log.ts';
import { peersOf } from '../../learning/peers.ts';
import { type VariantName, variantNames } from '../../processors/feed/ranking/variant-names.ts';
import type { ImportedLog } from '../../producers/import/log.ts';
import { userIdOf, videoIdOf } from '../../producers/import/movielens.ts';
import { FeedReader } from '../../projections/feed.ts';
import { Models } from '../../projections/models.ts';
import { OwnPlatform } from '../own-platform.ts';
import { publishModel } from '../train/publish-model.ts';
import { trainApart } from '../train/train-apart.ts';
import { endOf, type Trained, trainFromLog } from '../train/train-from-log.ts';
import type { CandidateList } from './candidates.ts';
import { type Catalogue, type Figures, figuresBy, type ListScorer } from './figures.ts';
import { type Interactions, withPopularNegatives } from './popular-negatives.ts';

export type Evaluation = {
  readonly config: Config;
  readonly log: Log;
  readonly given: ImportedLog;
  readonly lists: readonly CandidateList[];
  readonly onProgress: (line: string) => void;
  /** Ends it early: everything is taken away, and its reason thrown. */
  readonly signal: AbortSignal;
};

/** One table: the same lists for all. */
export type Block = { readonly title: string; readonly peers: readonly Figures[]; readonly ours: readonly Figures[] };

/** Per variant: user → scores in the order of the user's list. */
export type Scores = Readonly<Record<VariantName, ReadonlyMap<string, readonly number[]>>>;

export type Evaluated = { readonly blocks: readonly Block[]; readonly scores: Scores; readonly training: string };

const negativesSeed = 1;

export async function evaluate(evaluation: Evaluation): Promise<Evaluated> {
  const fatal = new AbortController();
  const signal = AbortSignal.any([evaluation.signal, fatal.signal]);
  const onFatal = (why: string) => fatal.abort(new Error(why));
  const platform = await OwnPlatform.start(evaluation.config, evaluation.log, onFatal);
  try {
    evaluation.onProgress(`a platform of its own runs under the name ${platform.config.namespace}`);
    return await Promise.race([measured(platform, { ...evaluation, signal }), aborted(signal)]);
  } finally {
    await platform.drop();
  }
}

/** Rejected with the signal's reason. */
const aborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason));
  });

async function measured(platform: OwnPlatform, { given, lists, onProgress, signal }: Evaluation): Promise<Evaluated> {
  const { kafka, config } = platform;
  await platform.import(given, progressIn(onProgress));
  await platform.stopProcessors();
  const trained = await trainFromLog(kafka, config, onProgress, (training) => trainApart(training, signal));
  const published = await publishModel(kafka, config, 'learned', trained.model);
  onProgress(`model ${trained.model.version} published: ${published.parts} videos, ${megabytes(published.bytes)} MB`);
  return ranked(platform, trained, lists, onProgress);
}

async function ranked(
  platform: OwnPlatform,
  trained: Trained,
  lists: readonly CandidateList[],
  onProgress: (line: string) => void,
): Promise<Evaluated> {
  const { config, kafka, redis, generations, log } = platform;
  const { namespace } = config;
  const registry = new Registry(config.registry.url, namespace);
  const models = new Models({ kafka, registry, namespace, log, onFatal: onProgress });
  const reader = new FeedReader({ redis, namespace, generations, log, models });
  await models.start();
  await reader.start();
  try {
    const now = endOf(trained.log);
    const known = interactionsIn(trained);
    const popular = withPopularNegatives(lists, known, negativesSeed);
    const scoresOf = (some: readonly CandidateList[]) => scoresBy(reader, some, now);
    const [scores, popularScores] = [await scoresOf(lists), await scoresOf(popular)];
    const peers = Object.entries(
      peersOf(
        trained.log.activity.map(({ event }) => event),
        now,
      ),
    );
    const block = (title: string, some: readonly CandidateList[], own: Scores): Block => ({
      title: `${title}: ${usersIn(some, known.likers)}`,
      peers: peers.map(([name, scorer]) => figuresBy(name, listScorer(scorer), some, known)),
      ours: variantNames.map((name) => figuresBy(name, ({ user }) => own[name].get(user) ?? [], some, known)),
    });
    return {
      blocks: [
        block('The lists as given', lists, scores),
        block('The liked items among others drawn by popularity', popular, popularScores),
      ],
      scores,
      training: trainingOf(trained),
    };
  } finally {
    await Promise.all([reader.stop(), models.stop()]);
  }
}

function listScorer(scorer: (userId: string, videoId: string) => number): ListScorer {
  return ({ user, candidates }) => candidates.map(({ item }) => scorer(userIdOf(user), videoIdOf(item)));
}

async function scoresBy(reader: FeedReader, lists: readonly CandidateList[], now: number): Promise<Scores> {
  const byVariant = {} as Record<VariantName, Map<string, readonly number[]>>;
  for (const variant of variantNames) {
    byVariant[variant] = new Map();
    for (const { user, candidates } of lists) {
      const videoIds = candidates.map(({ item }) => videoIdOf(item));
      byVariant[variant].set(user, await reader.scores({ userId: userIdOf(user), videoIds, variant, now }));
    }
  }
  return byVariant;
}

const withoutPrefix = (id: string) => id.slice(videoIdOf('').length);

/** What the topics say of items and users, by the ids of the files. */
function interactionsIn({ log }: Trained): Catalogue & Interactions & { readonly likers: ReadonlySet<string> } {
  const ofUser = new Map<string, Set<string>>();
  const likers = new Set<string>();
  const usersOf = new Map<string, number>();
  for (const { event } of log.activity) {
    if (!('videoId' in event) || !event.videoId) continue;
    const [user, item] = [withoutPrefix(event.userId), withoutPrefix(event.videoId)];
    const items = ofUser.get(user) ?? new Set<string>();
    ofUser.set(user, items);
    if (!items.has(item)) usersOf.set(item, (usersOf.get(item) ?? 0) + 1);
    items.add(item);
    if (event.action === 'like') likers.add(user);
  }
  const tags = new Map(
    log.uploads.map(({ event }) => [
      withoutPrefix(event.videoId),
      new Set('tags' in event && event.tags ? event.tags : []),
    ]),
  );
  const none: ReadonlySet<string> = new Set();
  return {
    ofUser,
    usersOf,
    likers,
    userCount: ofUser.size,
    items: tags.size,
    tagsOf: (item) => tags.get(item) ?? none,
    viewersOf: (item) => usersOf.get(item) ?? 0,
  };
}

/** Lists that hold nothing to tell apart have no figures. */
function usersIn(lists: readonly CandidateList[], likers: ReadonlySet<string>): string {
  const judged = lists.filter(({ candidates }) => new Set(candidates.map(({ isPositive }) => isPositive)).size === 2);
  const cold = judged.filter(({ user }) => !likers.has(user)).length;
  const silent =
    judged.length < lists.length ? ` (of ${lists.length}; the others’ lists are all liked or all not)` : '';
  return `${judged.length} users${silent}, ${cold} of them without a like in the log`;
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

function trainingOf({ model, log, seconds }: Trained): string {
  const from = `${log.uploads.length} uploads and ${log.activity.length} events of users`;
  return `model ${model.version}, trained on ${from} in ${seconds.toFixed(0)} s${model.ranker ? '' : ' (too few likes to learn a ranking: learned ranks as fixed)'}`;
}

/** A line for each tenth of a step. */
function progressIn(onProgress: (line: string) => void) {
  const told = new Map<string, number>();
  return (what: string, done: number, total: number) => {
    const tenth = total === 0 ? 10 : Math.floor((done / total) * 10);
    if ((told.get(what) ?? -1) >= tenth) return;
    told.set(what, tenth);
    onProgress(`${what}: ${done} of ${total}`);
  };
}
