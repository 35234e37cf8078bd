// `node --import tsx --max-semi-space-size=64 bench/matches-page.ts [PEOPLE] [SECONDS]`: CPU µs of one page of matches in process, without HTTP and Redis, among people of one city: found and explained, then with its JSON.
import { setImmediate as turn } from 'node:timers/promises';
import type { Services } from '../api/ports.ts';
import { jsonOf } from '../api/reusable.ts';
import { getMatches } from '../api/services/dating.ts';
import { DatingCandidates } from '../projections/dating-candidates.ts';
import { berlin, cityOf } from './dating-world.ts';
import { median } from './table.ts';

const [people, seconds] = [Number(process.argv[2] ?? 100_000), Number(process.argv[3] ?? 5)];
const pagesAtOnce = 200;
const limit = 20;
const viewers = Math.min(people, 1_000);
const now = Date.UTC(2026, 5, 15, 12);
const unknownTimes = new Array<number>(24).fill(0);

const candidates = new DatingCandidates({ personality: () => null, excluded: async () => new Set() });
for (const profile of cityOf(berlin, people)) candidates.set({ ...profile, online: unknownTimes });
const services = {
  ...{ candidates, now: () => now, people: { isErased: () => false } },
  metrics: { matchesSeconds: { startTimer: () => () => {} } },
} as unknown as Services;

const found = (userId: string) => candidates.page(userId, { limit, after: null, now });
const answered = async (userId: string) => jsonOf(await getMatches(services, { user_id: userId, limit }));

let asked = 0;
async function cpuMicrosOf(page: (userId: string) => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < pagesAtOnce; i++) await page(`${berlin.name}${(asked++ * 37) % viewers}`);
  const { user, system } = process.cpuUsage(before);
  await turn();
  return (user + system) / pagesAtOnce;
}

for (const [what, page] of Object.entries({ 'a page': found, 'a page with its JSON': answered })) {
  for (let i = 0; i < 3; i++) await cpuMicrosOf(page);
  const figures: number[] = [];
  const startedAt = performance.now();
  while (performance.now() - startedAt < seconds * 1_000) figures.push(await cpuMicrosOf(page));
  const [middle, least] = [median(figures), Math.min(...figures)].map((micros) => Math.round(micros));
  process.stdout.write(`${what} among ${people}: ${middle} µs of CPU, at least ${least}\n`);
}
