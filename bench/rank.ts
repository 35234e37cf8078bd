// Twenty of 100,000 videos ranked for a user and explained, at a fixed rate while figures change; beside every video scored, unexplained.
import type { Catalogue } from '../processors/feed/ranking/catalogue.ts';
import type { Entry } from '../processors/feed/ranking/entries.ts';
import { refusalOf } from '../processors/feed/ranking/filters/list.ts';
import { byId } from '../processors/feed/ranking/item.ts';
import { Memory } from '../processors/feed/ranking/memory.ts';
import { poolOf } from '../processors/feed/ranking/pool.ts';
import type { PublishedModel } from '../processors/feed/ranking/published-model.ts';
import { rank } from '../processors/feed/ranking/rank.ts';
import { rankerIn } from '../processors/feed/ranking/rankers/list.ts';
import { type Query, requestOf } from '../processors/feed/ranking/request.ts';
import type { VariantName } from '../processors/feed/ranking/variant-names.ts';
import { viewerOf } from '../processors/feed/ranking/viewer.ts';
import { benchNow, catalogueOf, chance, evidenceOf, videoOf } from './feed-catalogue.ts';
import { trainedModel } from './feed-model.ts';
import { inTurn, openLoop } from './load.ts';
import { type Aim, type Benchmark, type Result, type Setting, short } from './result.ts';
import { median, percentile } from './table.ts';

export const live = { videos: 100_000, interactions: 512, viewers: 50, limit: 20, perSecond: 500 };
/** Videos whose figures change between two pages. */
const changesEach = 10;
/** Where pages are made more slowly than they are due, those left after so many times the seconds count as never made. */
const overtime = 2;
const variants: readonly VariantName[] = ['fixed', 'learned'];

export type World = {
  readonly size: number;
  readonly catalogue: Catalogue;
  page(n: number, variant: VariantName): Query;
};

/** Training takes longer than all that is measured here: once a process. */
let trained: PublishedModel | null = null;

/** @param size of the catalogue */
export function worldOf(size: number): World {
  const catalogue = catalogueOf(size);
  trained ??= trainedModel();
  const published = trained;
  const evidence = Array.from({ length: live.viewers }, (_, n) => {
    const of = evidenceOf(`user${n}`, { size, interactions: live.interactions });
    return { ...of, memory: Memory.of(of.interactions) };
  });
  const page = (n: number, variant: VariantName): Query => {
    const of = evidence[n % live.viewers] as (typeof evidence)[number];
    const viewer = viewerOf(of, catalogue);
    return { catalogue, viewer, now: benchNow + n, limit: live.limit, served: new Set(), variant, published };
  };
  return { size, catalogue, page };
}

/** As the pushes of a busy platform would. */
export function changeFigures({ catalogue, size }: World, next: () => number): void {
  for (let n = 0; n < changesEach; n++) {
    const { id, engagement, trending } = videoOf(next, Math.floor(next() * size), size);
    catalogue.setEngagement(id, engagement, 0);
    catalogue.setTrending(id, trending, 0);
  }
}

const bestFirst = (a: Entry, b: Entry): number => b.base - a.base || byId(a.item, b.item);

/** Every video that may be shown is scored; the best by score alone, neither diverse nor explained. */
function bruteForce(query: Query): Entry[] {
  const request = requestOf(query);
  const ranker = rankerIn({ ...query, variant: 'fixed' });
  const best: Entry[] = [];
  for (const item of query.catalogue.live()) {
    if (refusalOf(item, request) !== null) continue;
    const entry = { item, base: ranker.base(item, request), from: [] };
    const last = best[query.limit - 1];
    if (last && bestFirst(entry, last) > 0) continue;
    best.push(entry);
    best.sort(bestFirst);
    best.length = Math.min(best.length, query.limit);
  }
  return best;
}

/** Of the best by score alone, the part that our sources propose among their own best. */
function found(query: Query): number {
  const ours = new Set(
    poolOf(requestOf(query))
      .entries.first(query.limit)
      .map(({ item }) => item.id),
  );
  const best = bruteForce(query);
  return best.filter(({ item }) => ours.has(item.id)).length / best.length;
}

/** ms of each page from when it was due, on the one thread that also changes the figures. */
async function atRate(world: World, variant: VariantName, seconds: number): Promise<number[]> {
  const next = chance(2);
  const times: number[] = [];
  const givenUpAt = performance.now() + overtime * seconds * 1_000;
  await openLoop({ perSecond: live.perSecond, seconds }, async (n, due) => {
    if (performance.now() > givenUpAt) return void times.push(Number.POSITIVE_INFINITY);
    changeFigures(world, next);
    rank(world.page(n, variant));
    times.push(performance.now() - due);
  });
  return times;
}

/** ms of each page, one after the other. */
export function eachAlone(pages: number, page: (n: number) => unknown): number[] {
  return Array.from({ length: pages }, (_, n) => {
    const startedAt = performance.now();
    page(n);
    return performance.now() - startedAt;
  });
}

const msAtMost = (what: string, value: number, aim: number): Aim => ({
  what,
  value,
  unit: 'ms',
  bound: 'at most',
  aim,
});

async function run({ quick, say }: Setting): Promise<Result> {
  const { perSecond, limit } = live;
  const [videos, rounds, seconds, brutes] = quick ? [live.videos / 10, 3, 2, 4] : [live.videos, 5, 10, 30];
  const world = worldOf(videos);
  for (const variant of variants) await atRate(world, variant, quick ? 1 : 3);
  say(`a catalogue of ${videos} videos is made; ${rounds} rounds`);
  const ours = Object.fromEntries(
    variants.map((variant) => [
      variant,
      async () => {
        const times = await atRate(world, variant, seconds);
        return { times, alone: eachAlone(5 * brutes, (n) => rank(world.page(n, variant))) };
      },
    ]),
  );
  const brute = async () => {
    const alone = eachAlone(brutes, (n) => bruteForce(world.page(n, 'fixed')));
    return { times: [] as number[], alone };
  };
  const all = await inTurn(rounds, { ...ours, brute });
  const of = (name: string, which: 'times' | 'alone', share: number) =>
    median((all[name] ?? []).map((round) => percentile(round[which], share)));
  const ms = (value: number) => (value === Number.POSITIVE_INFINITY ? 'saturated' : short(value));
  const rows = [...variants, 'brute'].map((name) => {
    const title = name === 'brute' ? 'brute force, unexplained' : `ours, ${name}, explained`;
    const rate = [of(name, 'times', 0.5), of(name, 'times', 0.99)].map(ms);
    return [title, ...rate, ms(of(name, 'alone', 0.5)), ms(of(name, 'alone', 0.99))];
  });
  const recall = Array.from({ length: 20 }, (_, n) => found(world.page(n, 'fixed')));
  const at = `at ${perSecond}/s`;
  return {
    ratio: of('brute', 'alone', 0.5) / of('fixed', 'alone', 0.5),
    aims: [
      ...variants.flatMap((variant) => [
        msAtMost(`${variant}: P50 ${at}`, of(variant, 'times', 0.5), 3),
        msAtMost(`${variant}: P99 ${at}`, of(variant, 'times', 0.99), 15),
      ]),
    ],
    tables: [
      {
        title: `${limit} of ${videos.toLocaleString('en')} videos; medians of ${rounds} rounds`,
        head: ['ms', `P50 ${at}`, `P99 ${at}`, 'P50 one by one', 'P99 one by one'],
        rows,
      },
    ],
    charts: [
      {
        kind: 'bars',
        title: `A page of ${limit} out of ${videos.toLocaleString('en')} videos`,
        unit: 'ms',
        labels: [`P50 ${at}`, `P99 ${at}`, 'P50 one by one'],
        series: [...variants, 'brute'].map((name) => ({
          name: name === 'brute' ? 'brute force, unexplained' : `ours, ${name}`,
          values: [of(name, 'times', 0.5), of(name, 'times', 0.99), of(name, 'alone', 0.5)],
        })),
      },
    ],
    notes: [
      `The figures of ${changesEach} videos change before each page. Times at a rate count from when a page was due. Brute force cannot be run at ${perSecond}/s, so both are also run one by one; the ratio is of these.`,
      `Of the ${limit} best by score alone, our sources' own best ${limit} hold ${(100 * median(recall)).toFixed(0)} % (median of 20 users); a page is then made diverse, which brute force is not.`,
    ],
    gaps: ['a public recommender on the same catalogue is not run'],
  };
}

export const ranking: Benchmark = {
  title: `${live.limit} of ${live.videos.toLocaleString('en')} live videos for a user, explained`,
  peer: 'brute force in the same process, unexplained',
  run,
};
