// Prints how the model, parts of it and its peers rank held-out likes in splits of a folder with train.csv, valid.csv and items.csv.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Argument, Command } from 'commander';
import { parse } from 'csv-parse/sync';
import type { Item } from '../processors/feed/ranking/item.ts';
import { collaborativeOf, combinedSimilarity } from '../processors/feed/ranking/learned/collaborative.ts';
import { profileOf } from '../processors/feed/ranking/learned/profile.ts';
import { learnedScore } from '../processors/feed/ranking/learned/score.ts';
import { fixed } from '../processors/feed/ranking/rankers/fixed.ts';
import { requestOf } from '../processors/feed/ranking/request.ts';
import { similarityOf } from '../processors/feed/ranking/scorers/similarity.ts';
import { type MovieLensItem, type MovieLensRating, movieLensLog } from '../producers/import/movielens.ts';
import type { UserActivity, VideoUpload } from '../schemas/generated.ts';
import { type Cut, cutGlobally, cutPerUser } from './cuts.ts';
import { figuresOf, gainOf, type ListFigures, mean } from './metrics.ts';
import { peersOf, type Scorer } from './peers.ts';
import { randomOf, wholeBelow } from './random.ts';
import { ReplayedLog } from './replayed-log.ts';
import { costsOf } from './research-costs.ts';
import { futureOf, type Trained, type TrainSettings, train, trainSettings } from './train.ts';

type List = { readonly userId: string; readonly positive: string; readonly negatives: readonly string[] };
type Rows = readonly Record<string, string>[];

const splits = ['given', 'user', 'global', 'later'] as const;
type Split = (typeof splits)[number];

const { processedArgs } = new Command('research')
  .description('Ranks held-out likes by the model, by parts of it and by its peers.')
  .argument('<folder>', 'holds items.csv, train.csv, valid.csv; for the split given valid_candidates.csv.gz, too')
  .addArgument(new Argument('[split]', 'which likes are held out; every way unless told').choices(splits))
  .argument('[settings]', 'what differs from the settings of the training, as JSON', (text: string) => JSON.parse(text))
  .parse();
const folder: string = processedArgs[0];
const only: Split | undefined = processedArgs[1];
const settings: TrainSettings = { ...trainSettings, ...processedArgs[2] };
const isAsked = (split: Split): boolean => only === undefined || only === split;
const seeds = [1, 2, 3, 4, 5, 6, 7, 8];

const read = (name: string): Rows => parse(readFileSync(join(folder, name)), { columns: true, skip_empty_lines: true });
const items = read('items.csv') as MovieLensItem[];
const [trainRows, validRows] = [read('train.csv'), read('valid.csv')] as [MovieLensRating[], MovieLensRating[]];

function logOf(ratings: readonly MovieLensRating[]): { uploads: VideoUpload[]; activity: UserActivity[] } {
  const { uploads, rows } = movieLensLog('research', items, ratings);
  return {
    uploads: uploads as unknown as VideoUpload[],
    activity: rows.flatMap(({ events }) => events) as unknown as UserActivity[],
  };
}

const whole = logOf([...trainRows, ...validRows]);

function listsOf(cut: Cut, seed: number, byPopularity: boolean): List[] {
  const random = randomOf(seed);
  const touched = new Map<string, Set<string>>();
  const pool: string[] = [];
  for (const event of [...cut.past, ...cut.future]) {
    if (!('videoId' in event) || !event.videoId) continue;
    const own = touched.get(event.userId) ?? new Set();
    touched.set(event.userId, own.add(event.videoId));
    if (byPopularity && event.action === 'view') pool.push(event.videoId);
  }
  if (!byPopularity) pool.push(...whole.uploads.map(({ videoId }) => videoId));
  const lists: List[] = [];
  for (const [userId, { liked }] of futureOf(cut)) {
    const all = [...liked];
    if (all.length === 0) continue;
    const positive = all[wholeBelow(random, all.length)] as string;
    const negatives = new Set<string>();
    for (let tries = 0; negatives.size < 99 && tries < 5_000; tries++) {
      const id = pool[wholeBelow(random, pool.length)] as string;
      if (!touched.get(userId)?.has(id)) negatives.add(id);
    }
    lists.push({ userId, positive, negatives: [...negatives] });
  }
  return lists;
}

function modelScorers(cut: Cut): Readonly<Record<string, Scorer>> {
  const started = performance.now();
  const now = cut.past.reduce((last, { occurredAt }) => Math.max(last, occurredAt), 0);
  const model = train({
    uploads: whole.uploads,
    activity: cut.past,
    now,
    seed: 1,
    settings,
    onProgress: (step) => process.stderr.write(`  ${((performance.now() - started) / 1000).toFixed(1)} s ${step}\n`),
  }) as Trained;
  const log = new ReplayedLog(whole.uploads, cut.past);
  for (const line of costsOf(log, model)) console.log(`  ${line}`);
  const published = { model, position: { topic: 'models', partition: 0, offset: 0 } } as const;
  const asked = new Map<string, { request: ReturnType<typeof requestOf>; profile: ReturnType<typeof profileOf> }>();
  const askedBy = (userId: string) => {
    let known = asked.get(userId);
    if (!known) {
      const viewer = log.viewer(userId);
      const request = requestOf({ catalogue: log.catalogue, viewer, now, limit: 1, served: new Set(), published });
      known = { request, profile: profileOf(viewer, log.catalogue, model) };
      asked.set(userId, known);
    }
    return known;
  };
  type Asked = ReturnType<typeof askedBy>;
  const scorerOf =
    (score: (item: Item, asked: Asked) => number): Scorer =>
    (userId, videoId) => {
      const item = log.catalogue.get(videoId);
      return item ? score(item, askedBy(userId)) : 0;
    };
  const combined = (item: Item, { request, profile }: Asked) =>
    combinedSimilarity(similarityOf(item, request), collaborativeOf(item, profile));
  return {
    'tags alone': scorerOf((item, { request }) => similarityOf(item, request)),
    'together alone': scorerOf((item, { profile }) => collaborativeOf(item, profile) ?? 0),
    'tags + together': scorerOf(combined),
    'fixed, tags': scorerOf((item, { request }) => fixed.base(item, { ...request, published: null, profile: null })),
    fixed: scorerOf((item, { request }) => fixed.base(item, request)),
    learned: scorerOf((item, { request, profile }) => learnedScore(item, request, profile, model)),
  };
}

function figures(lists: readonly List[], scorer: Scorer): ListFigures[] {
  return lists.flatMap(({ userId, positive, negatives }) => {
    const list = [positive, ...negatives].map((id) => ({ score: scorer(userId, id), positive: id === positive }));
    return figuresOf(list) ?? [];
  });
}

function report(cut: Cut, sets: readonly (readonly [string, readonly List[][]])[]): void {
  const peers = peersOf(
    cut.past,
    cut.past.reduce((last, { occurredAt }) => Math.max(last, occurredAt), 0),
  );
  const scorers = { ...peers, ...modelScorers(cut) };
  for (const [name, lists] of sets) {
    console.log(`${cut.name}, ${name}: ${lists.length} × ${lists[0]?.length} lists`);
    const found = Object.entries(scorers).map(([peer, scorer]) => {
      const users = meansOf(lists.map((some) => figures(some, scorer)));
      const [auc, hit, gain] = [
        mean(users.map((u) => u.auc)),
        mean(users.map((u) => u.hit)),
        mean(users.map((u) => u.gain)),
      ];
      console.log(`  ${peer.padEnd(16)} AUC ${auc.toFixed(4)}  HR@10 ${hit.toFixed(4)}  NDCG@10 ${gain.toFixed(4)}`);
      return { peer, users, auc };
    });
    const best = found.filter(({ peer }) => peer in peers).sort((x, y) => y.auc - x.auc)[0];
    const learned = found.find(({ peer }) => peer === 'learned');
    for (const figure of ['auc', 'hit', 'gain'] as const) {
      if (!best || !learned) continue;
      const {
        mean: gained,
        lower,
        upper,
      } = gainOf(
        learned.users.map((user) => user[figure]),
        best.users.map((user) => user[figure]),
        1,
      );
      console.log(
        `  gain over ${best.peer}, ${figure}: ${gained.toFixed(4)} (${lower.toFixed(4)} to ${upper.toFixed(4)})`,
      );
    }
  }
}

/** Per user the mean over the seeds; every seed has its lists in the same order of users. */
function meansOf(seedsOf: readonly (readonly ListFigures[])[]): ListFigures[] {
  return (seedsOf[0] ?? []).map((_, at) => {
    const own = seedsOf.flatMap((one) => one[at] ?? []);
    return { auc: mean(own.map((o) => o.auc)), hit: mean(own.map((o) => o.hit)), gain: mean(own.map((o) => o.gain)) };
  });
}

function ownSplit(cut: Cut): void {
  report(cut, [
    ['uniform', seeds.map((seed) => listsOf(cut, seed, false))],
    ['popularity-sampled', seeds.map((seed) => listsOf(cut, seed, true))],
  ]);
}

function givenLists(): void {
  const file = join(folder, 'valid_candidates.csv.gz');
  if (!existsSync(file)) return;
  const rows: Rows = parse(gunzipSync(readFileSync(file)), { columns: true, skip_empty_lines: true });
  const byUser = new Map<string, { positive: string; negatives: string[] }>();
  for (const { user, item, is_positive } of rows) {
    const list = byUser.get(`ml_${user}`) ?? { positive: '', negatives: [] };
    byUser.set(`ml_${user}`, list);
    if (Number(is_positive) === 1) list.positive = `ml_${item}`;
    else list.negatives.push(`ml_${item}`);
  }
  const past = logOf(trainRows).activity;
  const lists = [...byUser].map(([userId, list]) => ({ userId, ...list }));
  const cut: Cut = { name: 'given split', kind: 'given', past, future: logOf(validRows).activity };
  report(cut, [
    ['given lists', [lists]],
    ['uniform', seeds.map((seed) => listsOf(cut, seed, false))],
  ]);
}

if (isAsked('given')) givenLists();
if (isAsked('user')) ownSplit(cutPerUser(whole.activity, 0.2));
if (isAsked('global')) ownSplit(cutGlobally(whole.activity, 0.2));
if (isAsked('later'))
  ownSplit({ ...cutGlobally(whole.activity, 0.4, 0.2), name: 'global 0.4, of which the first half' });
