// The figures of every ranker over the same candidate lists, as rows of a table, and the gain of one over the best of its peers. Pure.
import {
  coverageOf,
  diversityOf,
  figuresOf,
  type Gain,
  gainOf,
  type ListFigures,
  mean,
  noveltyOf,
  top,
} from '../../learning/metrics.ts';
import type { CandidateList } from './candidates.ts';

/** Scores of one list's candidates, in their order. */
export type ListScorer = (list: CandidateList) => readonly number[];

export type Catalogue = {
  readonly items: number;
  readonly userCount: number;
  tagsOf(item: string): ReadonlySet<string>;
  viewersOf(item: string): number;
};

export type Figures = {
  readonly name: string;
  /** Of each list, in the order of the lists; lists without a liked and another item have none. */
  readonly lists: readonly ListFigures[];
  readonly coverage: number;
  readonly diversity: number;
  readonly novelty: number;
};

export function figuresBy(
  name: string,
  scorer: ListScorer,
  lists: readonly CandidateList[],
  catalogue: Catalogue,
): Figures {
  const scored = lists.map((list) => {
    const scores = scorer(list);
    return list.candidates.map((candidate, at) => ({ ...candidate, score: scores[at] ?? 0 }));
  });
  const tops = scored.map((list) =>
    [...list]
      .sort((a, b) => b.score - a.score)
      .slice(0, top)
      .map(({ item }) => item),
  );
  return {
    name,
    lists: scored.flatMap(
      (list) => figuresOf(list.map(({ score, isPositive }) => ({ score, positive: isPositive }))) ?? [],
    ),
    coverage: coverageOf(tops, catalogue.items),
    diversity: diversityOf(tops, catalogue.tagsOf),
    novelty: noveltyOf(tops, catalogue.viewersOf, catalogue.userCount),
  };
}

export const measures = ['auc', 'hit', 'gain'] as const;
export type Measure = (typeof measures)[number];
export const measureTitles: Readonly<Record<Measure, string>> = { auc: 'AUC', hit: 'HR@10', gain: 'NDCG@10' };

export const meanOf = ({ lists }: Figures, measure: Measure): number => mean(lists.map((list) => list[measure]));

export const tableHeadings = ['ranker', ...Object.values(measureTitles), 'coverage', 'diversity', 'novelty (bits)'];

export function tableRow(figures: Figures): string[] {
  const three = (value: number) => value.toFixed(3);
  const { name, lists, coverage, diversity, novelty } = figures;
  return [
    name,
    ...measures.map((measure) => (lists.length === 0 ? '–' : three(meanOf(figures, measure)))),
    three(coverage),
    three(diversity),
    novelty.toFixed(2),
  ];
}

export type GainOverPeers = { readonly measure: Measure; readonly peer: string; readonly gain: Gain };

const bootstrapSeed = 1;

/** Over the best peer in each measure, with a paired bootstrap over the lists (Efron and Tibshirani, 1993). */
export function gainsOverPeers(ours: Figures, peers: readonly Figures[]): GainOverPeers[] {
  return measures.flatMap((measure) => {
    const [best] = [...peers].sort((a, b) => meanOf(b, measure) - meanOf(a, measure));
    if (!best || ours.lists.length === 0) return [];
    const values = ({ lists }: Figures) => lists.map((list) => list[measure]);
    return [{ measure, peer: best.name, gain: gainOf(values(ours), values(best), bootstrapSeed) }];
  });
}

/** What the interval says of the difference. */
export function verdictOf({ lower, upper }: Gain): string {
  if (lower > 0) return 'above its best peer';
  return upper < 0 ? 'below its best peer' : 'not to be told from its best peer';
}
