// Measures a page of matches as a city grows, in process: index, compatibility, ranking; with the profiles' online times changing meanwhile.
import type { Config } from '../infra/config.ts';
import type { Log } from '../infra/log.ts';
import type { Personality } from '../processors/dating/compat/components.ts';
import { DatingCandidates } from '../projections/dating-candidates.ts';
import { preferenceNames, selfRatingNames } from '../schemas/questionnaire.ts';
import { datingOverHttp } from './dating-platform.ts';
import { berlin, type City, cityOf, sydney } from './dating-world.ts';
import { percentile, table } from './table.ts';

const sizes = [1_000, 10_000, 100_000];
const rounds = 400;
const warmUp = 150;
const limit = 20;
/** Between two requests so many profiles change: their owners were online in a new hour. */
const changesBetween = 20;
const now = Date.UTC(2026, 5, 15, 12);

type Sized = { readonly city: City; readonly size: number };
type Measured = {
  readonly firsts: number[];
  readonly seconds: number[];
  readonly cpuMs: number;
  readonly suiting: number;
};

/** Stands in for the trained model: a product of what one prefers and the other is, about as costly. */
const stand: Personality = {
  version: 'bench',
  score(a, b) {
    let sum = 0;
    for (const [n, name] of selfRatingNames.entries()) {
      const wish = preferenceNames[n] ?? name;
      sum += (a[wish] ?? 0) * (b[name] ?? 0) + (b[wish] ?? 0) * (a[name] ?? 0);
    }
    return 1 / (1 + Math.exp(2 - sum / 1_000));
  },
};

/** Stands in for the ledger's answer: one in twenty was swiped. */
const swiped = async (_: string, ids: readonly string[]) =>
  new Set(ids.filter((id) => Number(id.at(-1)) % 10 === 7 && id.length % 2));

export function indexOf(parts: readonly Sized[]): DatingCandidates {
  const index = new DatingCandidates({ personality: () => stand, excluded: swiped });
  for (const { city, size } of parts) for (const profile of cityOf(city, size)) index.set(profile);
  return index;
}

/** Wall times in ms of first pages and of the pages after them; CPU of both. */
export async function measure(index: DatingCandidates, { city, size }: Sized): Promise<Measured> {
  const [firsts, seconds]: [number[], number[]] = [[], []];
  let [cpuMicros, suiting] = [0, 0];
  for (let round = 0; round < rounds + warmUp; round++) {
    change(index, { city, size }, round);
    const userId = `${city.name}${(round * 97) % size}`;
    const cpu = process.cpuUsage();
    const started = performance.now();
    const page = await index.page(userId, { limit, after: null, now });
    const between = performance.now();
    if ('refused' in page) throw new Error(page.refused);
    const next = page.next && (await index.page(userId, { limit, after: page.next, now }));
    const ended = performance.now();
    if (round < warmUp) continue;
    const { user, system } = process.cpuUsage(cpu);
    cpuMicros += user + system;
    firsts.push(between - started);
    if (next) seconds.push(ended - between);
    suiting += page.matches.length;
  }
  return { firsts, seconds, cpuMs: cpuMicros / 1_000 / rounds, suiting: suiting / rounds };
}

function change(index: DatingCandidates, { city, size }: Sized, round: number): void {
  for (let n = 0; n < changesBetween; n++) {
    const profile = index.profile(`${city.name}${(round * 31 + n * 911) % size}`);
    if (profile)
      index.set({ ...profile, online: profile.online.map((hours, h) => (h === round % 24 ? hours + 1 : hours)) });
  }
}

export async function dating(config: Config, log: Log): Promise<void> {
  await inProcess();
  await datingOverHttp(config, log);
}

async function inProcess(): Promise<void> {
  const rows: string[][] = [];
  const cases = [
    ...sizes.map((size) => [{ city: berlin, size }]),
    [
      { city: berlin, size: 10_000 },
      { city: sydney, size: 100_000 },
    ],
  ];
  for (const parts of cases) {
    const index = indexOf(parts);
    const [here, elsewhere] = parts as [Sized, Sized | undefined];
    const { firsts, seconds, cpuMs, suiting } = await measure(index, here);
    const figures = [firsts, seconds].flatMap((times) => [percentile(times, 0.5), percentile(times, 0.99)]);
    rows.push([
      `${here.size}`,
      `${elsewhere?.size ?? 0}`,
      ...figures.map((ms) => ms.toFixed(2)),
      cpuMs.toFixed(2),
      suiting.toFixed(1),
    ]);
  }
  const head = [
    'in the city',
    'elsewhere',
    'first page P50 ms',
    'P99 ms',
    'second page P50 ms',
    'P99 ms',
    'CPU ms of both',
    'shown',
  ];
  process.stdout.write(table(head, rows));
}
