// Trains a model from the events of the topics: the ranker against what came later in cuts of the log, then the videos on all of it.

import type { Item } from '../processors/feed/ranking/item.ts';
import { featuresOf } from '../processors/feed/ranking/learned/features.ts';
import { featureNames } from '../processors/feed/ranking/learned/features-list.ts';
import type { Model } from '../processors/feed/ranking/learned/model.ts';
import { profileOf } from '../processors/feed/ranking/learned/profile.ts';
import type { Ranker } from '../processors/feed/ranking/learned/ranker.ts';
import { requestOf } from '../processors/feed/ranking/request.ts';
import type { UserActivity, VideoUpload } from '../schemas/generated.ts';
import { type BoostingSettings, boost, type Examples } from './boosting.ts';
import { type Cut, cutGlobally, cutPerUser } from './cuts.ts';
import { learnItems } from './learn-items.ts';
import { randomOf, wholeBelow } from './random.ts';
import { ReplayedLog } from './replayed-log.ts';

export type Training = {
  readonly uploads: readonly VideoUpload[];
  /** In the order of the log. */
  readonly activity: readonly UserActivity[];
  /** Logical time of the model in ms: the end of the log. */
  readonly now: number;
  readonly seed: number;
  readonly version?: string;
  readonly settings?: TrainSettings;
  readonly onProgress?: (step: string) => void;
};

/** Fewer later likes than this teach no ranking. */
export const likesMin = 50;
const examplesMax = 400_000;

export type TrainSettings = Omit<BoostingSettings, 'seed'> & {
  /** Videos never touched by the user, drawn for each that was liked. */
  readonly negatives: number;
  readonly positivesPerUser: number;
  /** A user with n later likes counts n^(1 - power) times. */
  readonly power: number;
  /** Parts of the log that are the future in cuts at each user's own time, and in cuts at one time for all. */
  readonly perUser: readonly number[];
  readonly global: readonly number[];
  /** How much more an example of a cut for all counts: they are fewer, and newcomers are in them alone. */
  readonly globalWeight: number;
  /** How much of the log after a cut for all is looked at. */
  readonly horizon: number;
};

export const trainSettings: TrainSettings = {
  negatives: 12,
  positivesPerUser: 25,
  power: 0.75,
  perUser: [0.1, 0.2, 0.3],
  global: [0.15, 0.3, 0.45, 0.6],
  horizon: 0.2,
  globalWeight: 2,
  trees: 120,
  depth: 5,
  rate: 0.07,
  leafMin: 8,
  ridge: 5,
  featurePart: 0.6,
  without: [],
};

/** Same events, same seed: same model. `ranker` is null where there was nothing to learn a ranking from. */
export function train(training: Training): Model {
  const { uploads, activity, now, seed, onProgress } = training;
  const examples = examplesOf(training);
  onProgress?.(`${examples.labels.length} examples`);
  const positives = examples.labels.reduce((sum, label) => sum + label, 0);
  if (positives < likesMin) onProgress?.(`nothing to learn a ranking from: ${positives} later likes of ${likesMin}`);
  const ranker = positives < likesMin ? null : boost(examples, { ...(training.settings ?? trainSettings), seed });
  if (ranker) onProgress?.('ranker learned');
  const learned = learnItems(new ReplayedLog(uploads, activity), now, seed);
  onProgress?.('videos learned');
  return { version: training.version ?? `${now}-${seed}`, trainedAt: now, ranker, ...learned };
}

function examplesOf({ uploads, activity, seed, onProgress, settings = trainSettings }: Training): Examples {
  const gathered = new Gathered();
  const cuts = cutsOf(activity, settings).filter(({ past }) => past.length > 0);
  for (const cut of cuts) {
    gathered.room += Math.floor(examplesMax / cuts.length);
    gather(gathered, cut, uploads, { ...settings, seed });
    onProgress?.(`examples of the cut ${cut.name}`);
  }
  return gathered.examples();
}

function cutsOf(activity: readonly UserActivity[], { perUser, global, horizon }: TrainSettings): Cut[] {
  return [
    ...perUser.map((part) => cutPerUser(activity, part)),
    ...global.map((part) => cutGlobally(activity, part, Math.min(part, horizon))),
  ];
}

/** What each user liked in the future of a cut, and for each some videos that the user never touched. */
function gather(
  gathered: Gathered,
  cut: Cut,
  uploads: readonly VideoUpload[],
  { seed, negatives, positivesPerUser, power, globalWeight }: TrainSettings & { readonly seed: number },
): void {
  const log = new ReplayedLog(uploads, cut.past);
  const model: Model = { version: '', trainedAt: log.lastAt, ranker: null, ...learnItems(log, log.lastAt, seed) };
  const random = randomOf(seed);
  const videos = [...log.catalogue.live()];
  for (const [userId, { liked, touched }] of shuffled([...futureOf(cut)], random)) {
    if (gathered.room <= 0) break;
    const viewer = log.viewer(userId);
    const profile = profileOf(viewer, log.catalogue, model);
    const request = requestOf({ catalogue: log.catalogue, viewer, now: log.lastAt, limit: 1, served: new Set() });
    const known = (item: Item) => touched.has(item.id) || viewer.seen.has(item.id);
    const positives = shuffled([...liked], random)
      .flatMap((id) => log.catalogue.get(id) ?? [])
      .filter((item) => item.live && !viewer.seen.has(item.id))
      .slice(0, positivesPerUser);
    const weight = (cut.kind === 'global' ? globalWeight : 1) / Math.max(1, positives.length) ** power;
    for (const positive of positives) {
      gathered.add(featuresOf(positive, request, profile, model), 1, weight);
      for (let drawn = 0; drawn < negatives; drawn++) {
        const negative = videos[wholeBelow(random, videos.length)];
        if (!negative || known(negative)) continue;
        gathered.add(featuresOf(negative, request, profile, model), 0, weight);
      }
    }
  }
}

export function shuffled<Value>(values: Value[], random: () => number): Value[] {
  for (let at = values.length - 1; at > 0; at--) {
    const other = wholeBelow(random, at + 1);
    [values[at], values[other]] = [values[other] as Value, values[at] as Value];
  }
  return values;
}

type Future = { readonly liked: Set<string>; readonly touched: Set<string> };

export function futureOf({ future }: Cut): Map<string, Future> {
  const users = new Map<string, Future>();
  for (const event of future) {
    if (!('videoId' in event) || !event.videoId) continue;
    const own = users.get(event.userId) ?? { liked: new Set(), touched: new Set() };
    users.set(event.userId, own);
    own.touched.add(event.videoId);
    if (event.action === 'like') own.liked.add(event.videoId);
    if (event.action === 'unlike' || event.action === 'not_interested') own.liked.delete(event.videoId);
  }
  return users;
}

class Gathered {
  /** So many more may be gathered before the cut's users are no longer asked. */
  room = 0;
  readonly #vectors: Float32Array[] = [];
  readonly #labels: number[] = [];
  readonly #weights: number[] = [];

  add(vector: Float32Array, label: number, weight: number): void {
    this.room -= 1;
    this.#vectors.push(vector);
    this.#labels.push(label);
    this.#weights.push(weight);
  }

  examples(): Examples {
    const vectors = new Float32Array(this.#vectors.length * featureNames.length);
    this.#vectors.forEach((vector, row) => {
      vectors.set(vector, row * featureNames.length);
    });
    return { vectors, labels: Uint8Array.from(this.#labels), weights: Float32Array.from(this.#weights) };
  }
}

export type Trained = Model & { readonly ranker: Ranker };
