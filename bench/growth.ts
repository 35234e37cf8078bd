// How the cost of one unit of work grows with the data: an event folded, a page ranked, a page of matches found, at 1, 10 and 100 times.
import { rank } from '../processors/feed/ranking/rank.ts';
import { history } from '../processors/history/processor.ts';
import type { Processor } from '../processors/runtime/processor.ts';
import { dropBacklog, fillBacklog } from './backlog.ts';
import { indexOf, measure } from './dating.ts';
import { berlin } from './dating-world.ts';
import { chance } from './feed-catalogue.ts';
import { foldBacklog } from './fold-backlog.ts';
import { ownConfig, provisioned } from './gift-platform.ts';
import { changeFigures, eachAlone, live, worldOf } from './rank.ts';
import { type Benchmark, type Result, type Setting, short } from './result.ts';
import { exponentOf, median } from './table.ts';

const times = [1, 10, 100];
const whole = { events: 10_000, videos: 1_000, people: 1_000 };
const small = { events: 2_000, videos: 100, people: 100 };
/** More than this and the cost of a unit follows its data rather than its neighbourhood. */
const exponentMax = 0.5;
const pages = { warmUp: 200, measured: 300 };
const fewPages = { warmUp: 30, measured: 40 };

type Points = readonly (readonly [times: number, micros: number])[];

/** µs an event of `history`, states and derived events, over so many events of as many more users and videos. */
async function foldAt({ config, log }: Setting, events: number, round: number): Promise<number> {
  const own = ownConfig(config, `growth${events}_${round}`);
  await provisioned(own, log);
  const sizes = { events, users: events / 20, videos: events / 40, seed: round + 1 };
  const backlog = await fillBacklog(own, log, sizes);
  const processor = history as unknown as Processor;
  try {
    return 1e6 / (await foldBacklog({ config: own, log, cassandra: null, processor })).perSecond;
  } finally {
    await dropBacklog(backlog, log);
  }
}

/** µs a page of 20, figures changing in between. */
function rankAt(videos: number, { warmUp, measured }: typeof pages): number {
  const world = worldOf(videos);
  const next = chance(3);
  const page = (n: number) => {
    changeFigures(world, next);
    rank(world.page(n, 'fixed'));
  };
  eachAlone(warmUp, page);
  return 1_000 * median(eachAlone(measured, page));
}

/** µs a first page of 20 in a city of so many. */
async function matchesAt(people: number): Promise<number> {
  const part = { city: berlin, size: people };
  return 1_000 * median((await measure(indexOf([part]), part)).firsts);
}

async function run(setting: Setting): Promise<Result> {
  const { quick, say } = setting;
  const rounds = quick ? 1 : 3;
  const first = quick ? small : whole;
  await foldAt(setting, 4 * first.events, rounds);
  const at = async (name: string, unit: (by: number) => number | Promise<number>): Promise<Points> => {
    const points: [number, number][] = [];
    for (const by of times) {
      points.push([by, await unit(by)]);
      say(`${name} at ${by} ×: ${short(points.at(-1)?.[1] ?? 0)} µs`);
    }
    return points;
  };
  const folds = async (by: number) => {
    const all: number[] = [];
    for (let round = 0; round < rounds; round++) all.push(await foldAt(setting, first.events * by, round));
    return median(all);
  };
  const measured = {
    [`fold: an event of history, 1 × = ${short(first.events)} events`]: await at('fold', folds),
    [`feed: a page of ${live.limit}, 1 × = ${short(first.videos)} videos`]: await at('feed', (by) =>
      rankAt(first.videos * by, quick ? fewPages : pages),
    ),
    [`matches: a page of 20, 1 × = ${short(first.people)} people in one city`]: await at('matches', (by) =>
      matchesAt(first.people * by),
    ),
  };
  const rows = Object.entries(measured).map(([name, points]) => [
    name,
    ...points.map(([, micros]) => short(micros)),
    exponentOf(points).toFixed(2),
  ]);
  return {
    ratio: null,
    aims: Object.entries(measured).map(([name, points]) => ({
      what: `exponent of ${name.split(':')[0]}`,
      value: exponentOf(points),
      unit: '',
      bound: 'at most',
      aim: exponentMax,
    })),
    tables: [{ title: '', head: ['µs of one unit of work', ...times.map((by) => `${by} ×`), 'exponent'], rows }],
    charts: [
      {
        kind: 'growth',
        title: 'What a unit of work costs as its data grows',
        unit: 'µs',
        series: Object.entries(measured).map(([name, points]) => ({ name: name.split(',')[0] as string, points })),
      },
    ],
    notes: [
      'All of the data grows together: events with users and videos, a catalogue, the people of one city. The fold writes states to Redis and derived events to Kafka; pages are made in process.',
    ],
    gaps: [],
  };
}

export const growth: Benchmark = { title: 'How costs grow with the data', peer: 'itself at a tenth of the data', run };
