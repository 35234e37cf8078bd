// `node --import tsx --max-semi-space-size=64 bench/matches-page.ts [PEOPLE] [SECONDS]`: CPU µs of one page of matches in process, without HTTP and Redis, among people of one city.
import { setImmediate as turn } from 'node:timers/promises';
import { DatingCandidates } from '../projections/dating-candidates.ts';
import { berlin, cityOf } from './dating-world.ts';
import { median } from './table.ts';

const [people, seconds] = [Number(process.argv[2] ?? 100_000), Number(process.argv[3] ?? 5)];
const pagesAtOnce = 200;
const viewers = Math.min(people, 1_000);
const now = Date.UTC(2026, 5, 15, 12);
const unknownTimes = new Array<number>(24).fill(0);

const index = new DatingCandidates({ personality: () => null, excluded: async () => new Set() });
for (const profile of cityOf(berlin, people)) index.set({ ...profile, online: unknownTimes });

let asked = 0;
async function cpuMicrosOfPage(): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < pagesAtOnce; i++)
    await index.page(`${berlin.name}${(asked++ * 37) % viewers}`, { limit: 20, after: null, now });
  const { user, system } = process.cpuUsage(before);
  await turn();
  return (user + system) / pagesAtOnce;
}

for (let i = 0; i < 3; i++) await cpuMicrosOfPage();
const figures: number[] = [];
const startedAt = performance.now();
while (performance.now() - startedAt < seconds * 1_000) figures.push(await cpuMicrosOfPage());
const [middle, least] = [median(figures), Math.min(...figures)].map((micros) => Math.round(micros));
process.stdout.write(`a page among ${people}: ${middle} µs of CPU, at least ${least}\n`);
