// How long ranking a page takes as the catalogue grows: before and after the first training, by either variant, with figures changing.
import type { Catalogue } from '../processors/feed/ranking/catalogue.ts';
import { Memory } from '../processors/feed/ranking/memory.ts';
import type { PublishedModel } from '../processors/feed/ranking/published-model.ts';
import { rank } from '../processors/feed/ranking/rank.ts';
import type { VariantName } from '../processors/feed/ranking/variant-names.ts';
import { type Evidence, viewerOf } from '../processors/feed/ranking/viewer.ts';
import { benchNow, catalogueOf, chance, evidenceOf, videoOf } from './feed-catalogue.ts';
import { trainedModel } from './feed-model.ts';

const sizes = [1_000, 10_000, 100_000];
const rounds = 300;
const warmUp = 100;
const changesBetween = 500;

type Ranking = { readonly name: string; readonly published: PublishedModel | null; readonly variant: VariantName };
type Setting = { catalogue: Catalogue; size: number; interactions: number; changing: boolean; ranking: Ranking };

/** Wall times of each request in ms, ascending, and the mean CPU time, which a busy machine moves less. */
function measure(setting: Setting): { times: number[]; cpuMs: number } {
  const { catalogue, size, interactions, changing, ranking } = setting;
  const viewers = Array.from({ length: 50 }, (_, n) => remembered(evidenceOf(`user${n}`, { size, interactions })));
  const next = chance(2);
  const times: number[] = [];
  let cpuMicros = 0;
  for (let round = 0; round < rounds + warmUp; round++) {
    if (changing) change(catalogue, size, next);
    const cpu = process.cpuUsage();
    const started = performance.now();
    rankFor(viewers[round % viewers.length] as Evidence, catalogue, { round, ranking });
    if (round < warmUp) continue;
    times.push(performance.now() - started);
    const { user, system } = process.cpuUsage(cpu);
    cpuMicros += user + system;
  }
  return { times: times.sort((a, b) => a - b), cpuMs: cpuMicros / 1_000 / times.length };
}

/** As the reader of the evidence hands it over. */
const remembered = (evidence: Evidence): Evidence => ({ ...evidence, memory: Memory.of(evidence.interactions) });

function rankFor(evidence: Evidence, catalogue: Catalogue, { round, ranking }: { round: number; ranking: Ranking }) {
  const viewer = viewerOf(evidence, catalogue);
  const { variant, published } = ranking;
  rank({ catalogue, viewer, now: benchNow + round, limit: 10, served: new Set(), variant, published });
}

function change(catalogue: Catalogue, size: number, next: () => number): void {
  for (let n = 0; n < changesBetween; n++) {
    const { id, engagement, trending } = videoOf(next, Math.floor(next() * size), size);
    catalogue.setEngagement(id, engagement, 0);
    catalogue.setTrending(id, trending, 0);
  }
}

const at = (times: readonly number[], part: number) => (times[Math.floor(times.length * part)] ?? 0).toFixed(2);

export async function pages(): Promise<void> {
  const published = trainedModel();
  const rankings: readonly Ranking[] = [
    { name: 'fixed, untrained', published: null, variant: 'fixed' },
    { name: 'fixed', published, variant: 'fixed' },
    { name: 'learned', published, variant: 'learned' },
  ];
  console.log(
    '| videos | interactions | ranker | figures | P50 ms | P99 ms | mean CPU ms |\n|---|---|---|---|---|---|---|',
  );
  for (const size of sizes) {
    const catalogue = catalogueOf(size);
    for (const ranking of rankings) {
      for (const interactions of [50, 512, 4_096]) show({ catalogue, size, interactions, changing: false, ranking });
      show({ catalogue, size, interactions: 512, changing: true, ranking });
    }
  }
}

function show(setting: Setting): void {
  const { size, interactions, changing, ranking } = setting;
  const { times, cpuMs } = measure(setting);
  const figures = changing ? `${changesBetween} changed before each request` : 'at rest';
  const cells = [size, interactions, ranking.name, figures, at(times, 0.5), at(times, 0.99), cpuMs.toFixed(2)];
  console.log(`| ${cells.join(' | ')} |`);
}
