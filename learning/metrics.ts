// How good a ranking of candidate lists is: AUC, hits and discounted gain at ten, and how varied and novel what it puts on top is.
import { randomOf, wholeBelow } from './random.ts';

export type Scored = { readonly score: number; readonly positive: boolean };
export type ListFigures = { readonly auc: number; readonly hit: number; readonly gain: number };

export const top = 10;

/**
 * Of one list, ties broken fairly: every order of equal scores is as likely, so hits and gain are their expectation.
 * With several positives the figures are means over them.
 */
export function figuresOf(list: readonly Scored[]): ListFigures | null {
  const positives = list.filter(({ positive }) => positive);
  const negatives = list.filter(({ positive }) => !positive);
  if (positives.length === 0 || negatives.length === 0) return null;
  const each = positives.map(({ score }) => {
    const above = negatives.filter((other) => other.score > score).length;
    const equal = negatives.filter((other) => other.score === score).length;
    return { auc: 1 - (above + equal / 2) / negatives.length, ...atTop(above, equal) };
  });
  return {
    auc: mean(each.map(({ auc }) => auc)),
    hit: mean(each.map(({ hit }) => hit)),
    gain: mean(each.map(({ gain }) => gain)),
  };
}

/** Expected hit and gain of one that stands on any of the places above + 1 to above + equal + 1. */
function atTop(above: number, equal: number): { hit: number; gain: number } {
  let [hit, gain] = [0, 0];
  for (let place = above; place <= Math.min(above + equal, top - 1); place++) {
    hit += 1;
    gain += 1 / Math.log2(place + 2);
  }
  return { hit: hit / (equal + 1), gain: gain / (equal + 1) };
}

export const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Part of all videos that are in the top of any list. */
export function coverageOf(tops: readonly (readonly string[])[], videos: number): number {
  return videos === 0 ? 0 : new Set(tops.flat()).size / videos;
}

/** Mean over the pairs of a top list of 1 minus the part of tags they share (Jaccard), then mean over the lists. */
export function diversityOf(
  tops: readonly (readonly string[])[],
  tagsOf: (video: string) => ReadonlySet<string>,
): number {
  return mean(
    tops
      .filter((list) => list.length > 1)
      .map((list) => mean(pairsOf(list).map(([a, b]) => 1 - shared(tagsOf(a), tagsOf(b))))),
  );
}

function pairsOf(list: readonly string[]): [string, string][] {
  return list.flatMap((a, at) => list.slice(at + 1).map((b): [string, string] => [a, b]));
}

function shared(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const both = [...a].filter((tag) => b.has(tag)).length;
  const either = a.size + b.size - both;
  return either === 0 ? 0 : both / either;
}

/** Mean self-information in bits: -log2 of the part of users who watched the video, one more watching than did. */
export function noveltyOf(
  tops: readonly (readonly string[])[],
  viewersOf: (video: string) => number,
  users: number,
): number {
  return mean(tops.flat().map((video) => -Math.log2(Math.min(1, (viewersOf(video) + 1) / (users + 1)))));
}

export type Gain = { readonly mean: number; readonly lower: number; readonly upper: number };

/** The mean gain of one over the other on the same lists, with the 2.5th and 97.5th percentile over resampled lists. */
export function gainOf(ours: readonly number[], theirs: readonly number[], seed: number, samples = 2_000): Gain {
  if (ours.length !== theirs.length) throw new Error('A paired comparison needs the same lists on both sides');
  const gains = ours.map((value, at) => value - (theirs[at] as number));
  const random = randomOf(seed);
  const means = Float64Array.from({ length: samples }, () => {
    let sum = 0;
    for (let draw = 0; draw < gains.length; draw++) sum += gains[wholeBelow(random, gains.length)] as number;
    return gains.length === 0 ? 0 : sum / gains.length;
  }).sort();
  return {
    mean: mean(gains),
    lower: means[Math.floor(samples * 0.025)] ?? 0,
    upper: means[Math.ceil(samples * 0.975) - 1] ?? 0,
  };
}
