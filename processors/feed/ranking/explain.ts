// Explains one video of a page: six contributions and their exact sum, sentences, confidence and the events behind them.
import type { Item, Position } from './item.ts';
import type { Pick } from './page.ts';
import { rankerIn } from './rankers/list.ts';
import type { PagelessFactor, Valued } from './rankers/ranker.ts';
import type { Request } from './request.ts';
import { explainDiversity } from './scorers/diversity.ts';
import { scorers } from './scorers/list.ts';
import { type Finding, type Inputs, percent } from './scorers/scorer.ts';
import { type FactorName, factorNames, type Weights } from './weights.ts';

export type Factor = {
  readonly value: number;
  readonly weight: number;
  readonly contribution: number;
  readonly inputs: Inputs;
};

export type Explanation = {
  /** The sum of the contributions in the order of the factors. */
  readonly score: number;
  readonly confidence: number;
  readonly sentences: readonly string[];
  readonly factors: Readonly<Record<FactorName, Factor>>;
  /** The events that moved the score most, those of the largest contribution first. */
  readonly sources: readonly Position[];
};

const sourcesMax = 8;

export function explain({ entry, closest }: Pick, request: Request): Explanation {
  const ranker = rankerIn(request);
  const pageless = findingsOf(entry.item, request);
  const diversity = explainDiversity(entry.item, closest, request);
  const values = ranker.values(entry.item, request, pageless);
  const factors = factorsOf({ ...values, diversity }, ranker.weights);
  const findings: Record<FactorName, Finding> = { ...pageless, diversity };
  const mostFirst = factorNames
    .toSorted((a, b) => factors[b].contribution - factors[a].contribution)
    .map((name) => findings[name]);
  return {
    score: factorNames.reduce((sum, name) => sum + factors[name].contribution, 0),
    confidence: confidenceOf(findings, ranker.weights),
    sentences: sentencesOf(mostFirst) ?? [fallback(findings.engagement)],
    factors,
    sources: positionsOf(mostFirst),
  };
}

function findingsOf(item: Item, request: Request): Record<PagelessFactor, Finding> {
  const findings: Partial<Record<FactorName, Finding>> = {};
  for (const scorer of scorers) findings[scorer.name] = scorer.explain(item, request);
  return findings as Record<PagelessFactor, Finding>;
}

/** The factors that do not depend on the page, as the request's ranker values them. */
export function pagelessFactors(item: Item, request: Request): Record<PagelessFactor, Factor> {
  const ranker = rankerIn(request);
  return factorsOf(ranker.values(item, request, findingsOf(item, request)), ranker.weights);
}

/** Of those that have a value. */
function factorsOf<Name extends FactorName>(values: Readonly<Record<Name, Valued>>, weights: Weights) {
  const factors: Partial<Record<FactorName, Factor>> = {};
  for (const name of factorNames) if (name in values) factors[name] = factorOf(values[name as Name], weights[name]);
  return factors as Record<Name, Factor>;
}

function factorOf({ value, inputs }: Valued, weight: number): Factor {
  return { value, weight, contribution: weight * value, inputs };
}

/** How much evidence stands behind the score: the certainty of each factor by its weight, in [0, 1]. */
function confidenceOf(findings: Readonly<Record<FactorName, Finding>>, weights: Weights): number {
  return factorNames.reduce((sum, name) => sum + weights[name] * findings[name].certainty, 0);
}

function sentencesOf(findings: readonly Finding[]): string[] | null {
  const sentences = findings.flatMap(({ sentence }) => sentence ?? []);
  return sentences.length > 0 ? sentences : null;
}

const fallback = ({ value }: Finding): string => `One to discover (${percent(value)}% engagement rate so far)`;

function positionsOf(findings: readonly Finding[]): Position[] {
  const positions: Position[] = [];
  for (const { evidence } of findings) {
    for (const position of evidence) {
      if (positions.length === sourcesMax) return positions;
      if (!positions.some((other) => isSame(other, position))) positions.push(position);
    }
  }
  return positions;
}

const isSame = (a: Position, b: Position): boolean =>
  a.offset === b.offset && a.partition === b.partition && a.topic === b.topic;
