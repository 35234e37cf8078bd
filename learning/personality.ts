// Trains the personality model: who says yes to whom and which pairs match, both linear and shrunk; how much is chosen on waves that were left out.
import {
  knownTraits,
  pairFeatureNames,
  pairValuesOf,
  type TraitValues,
  traitNames,
} from '../processors/dating/compat/personality-features.ts';
import {
  type Linear,
  linear,
  matchVector,
  type PersonalityModel,
  type Prepared,
  personalityFormat,
  type Scale,
  sigmoid,
  standardised,
  yesVector,
} from '../processors/dating/compat/personality-model.ts';
import { aucOf } from './judged.ts';
import { fitLogistic } from './logistic.ts';
import { aligned, coloursOf, type JudgedMeeting, type Meeting, oriented, type People } from './meetings.ts';

export type Training = {
  readonly people: People;
  readonly meetings: readonly JudgedMeeting[];
  readonly version: string;
  readonly notes?: PersonalityModel['notes'];
};

/**
 * Every combination is fitted and their weights are averaged: a mean of linear models is one. On waves left out no combination is better than
 * another by more than chance, and choosing the best by inner folds did worse than not choosing (docs/dating-personality.md).
 */
const yesRidges = [100, 1_000];
/** How far weights may differ between the two groups, beside how far they may differ from 0. */
const sideParts = [0.35, 0.7];
const matchRidges = [300, 3_000];
const foldsMax = 5;
const groupRidge = 10;
/** Too few people to tell two groups apart by. */
const groupedMin = 8;

/** Fewer dates or matches than this teach nothing that would hold for others. */
const datesMin = 200;
const matchesMin = 20;

/** Same meetings, same model, to the last byte: nothing here is drawn. */
export function trainPersonality({ people, meetings, version, notes = {} }: Training): PersonalityModel {
  const folds = foldsOf(meetings);
  const model = fitted(people, meetings, version);
  const unseen = folds.length < 2 ? null : outOfFold(people, meetings, folds);
  const parts = unseen ?? partsOf(model, people, meetings);
  const blend = blended(parts, meetings);
  const chances = parts.map(({ bothYes, match }) =>
    sigmoid(blend.bias + blend.both_yes * bothYes + blend.match * match),
  );
  return {
    ...model,
    blend,
    quantiles: quantilesOf(chances),
    notes: {
      ...notes,
      people: people.size,
      meetings: meetings.length,
      waves: new Set(meetings.map(({ wave }) => wave)).size,
      match_rate: rounded(meetings.filter(({ match }) => match === 1).length / meetings.length),
      yes_rate: rounded(meetings.filter(({ yes }) => yes === 1).length / meetings.length),
      ...(unseen
        ? {
            auc_match_unseen: rounded(
              aucOf(
                chances,
                meetings.map(({ match }) => match),
              ),
            ),
          }
        : {}),
    },
  };
}

const rounded = (value: number) => Math.round(value * 10_000) / 10_000;

export type Chances = { readonly yes: number; readonly match: number };

/** @returns for each meeting the chance of the person's yes and of a match; labels are neither asked for nor there */
export function chancesOf(model: PersonalityModel, people: People, meetings: readonly Meeting[]): Chances[] {
  return partsOf(model, people, meetings).map(({ yes, bothYes, match }) => ({
    yes: sigmoid(yes),
    match: sigmoid(model.blend.bias + model.blend.both_yes * bothYes + model.blend.match * match),
  }));
}

/** Log odds of the person's yes, the sum of both sides', and of a match by itself. */
type Parts = { readonly yes: number; readonly bothYes: number; readonly match: number };

function partsOf(model: PersonalityModel, people: People, meetings: readonly Meeting[]): Parts[] {
  const known = preparedPeople(model, people, meetings);
  const of = (id: string) => known.get(id) as Prepared;
  return meetings.map(({ person, partner }) => {
    const [one, other] = [of(person), of(partner)];
    const side = (one.group - other.group) / 2;
    const yes = linear(model.yes, yesVector(one.scaled, other.scaled, side));
    const answer = linear(model.yes, yesVector(other.scaled, one.scaled, -side));
    const pair = standardised(pairValuesOf(one.values, other.values), model.pair_scale);
    return {
      yes,
      bothYes: yes + answer,
      match: linear(model.match, matchVector(one.scaled, other.scaled, side, pair)),
    };
  });
}

/** Where two groups met only each other, all answers of a group say together which one it is; else each person's own say how likely. */
function preparedPeople(model: PersonalityModel, people: People, meetings: readonly Meeting[]): Map<string, Prepared> {
  const unknown = new Float64Array(traitNames.length).fill(Number.NaN);
  const own = new Map<string, Prepared & { odds: number }>();
  for (const { person, partner } of meetings) {
    for (const id of [person, partner]) {
      if (own.has(id)) continue;
      const values = people.get(id) ?? unknown;
      const scaled = standardised(values, model.trait_scale);
      const odds = linear(model.group, scaled);
      own.set(id, { values, scaled, odds, group: Math.tanh(odds / 2) });
    }
  }
  const sides = oriented(coloursOf(meetings).filter(isLarge), (id) => own.get(id)?.odds ?? 0);
  return new Map([...own].map(([id, person]) => [id, { ...person, group: sides.get(id) ?? person.group }]));
}

const isLarge = (set: ReadonlyMap<string, number>) => set.size >= groupedMin;

/** The three linear parts; blend and quantiles are not learned here. */
function fitted(people: People, meetings: readonly JudgedMeeting[], version: string): PersonalityModel {
  const present = [...new Set(meetings.flatMap(({ person, partner }) => [person, partner]))];
  const valuesOf = new Map(
    present.flatMap((id) => (people.has(id) ? [[id, people.get(id) as TraitValues] as const] : [])),
  );
  const traitScale = scaleOf([...valuesOf.values()], traitNames.length);
  const scaled = new Map([...valuesOf].map(([id, values]) => [id, standardised(values, traitScale)]));
  const group = groupsLearned(coloursOf(meetings).filter(isLarge), scaled);
  const bare = bareModel(version, traitScale, group);
  const known = preparedPeople(bare, people, meetings);
  const of = (id: string) => known.get(id) as Prepared;

  const yes = yesLearned(meetings, of);
  const dates = oncePerDate(meetings);
  const pairs = dates.map(({ person, partner }) => pairValuesOf(of(person).values, of(partner).values));
  const pairScale = scaleOf(pairs, pairFeatureNames.length);
  const rows = dates.map(({ person, partner }, at) => {
    const [one, other] = [of(person), of(partner)];
    const pair = standardised(pairs[at] as number[], pairScale);
    return matchVector(one.scaled, other.scaled, (one.group - other.group) / 2, pair);
  });
  const labels = dates.map((date) => date.match);
  // A date counts here once, not once per side: half the examples, half the ridge.
  const match = averaged(matchRidges.map((ridge) => fitLogistic(rows, labels, ridge / 2)));
  return { ...bare, pair_scale: pairScale, yes, match };
}

function yesLearned(meetings: readonly JudgedMeeting[], of: (id: string) => Prepared): Linear {
  const labels = meetings.map(({ yes }) => yes);
  const width = traitNames.length;
  const isOfSide = (at: number) => at >= 2 * width && at < 4 * width;
  const fits = sideParts.flatMap((part) => {
    const rows = meetings.map(({ person, partner }) => {
      const [one, other] = [of(person), of(partner)];
      return yesVector(one.scaled, other.scaled, (one.group - other.group) / 2, part);
    });
    return yesRidges.map((ridge) => {
      const { bias, weights } = fitLogistic(rows, labels, ridge);
      return { bias, weights: weights.map((weight, at) => (isOfSide(at) ? weight * part : weight)) };
    });
  });
  return averaged(fits);
}

function averaged(fits: readonly Linear[]): Linear {
  const mean = (of: (fit: Linear) => number) => fits.reduce((sum, fit) => sum + of(fit), 0) / fits.length;
  return {
    bias: mean(({ bias }) => bias),
    weights: (fits[0] as Linear).weights.map((_, at) => mean(({ weights }) => weights[at] as number)),
  };
}

function oncePerDate(meetings: readonly JudgedMeeting[]): JudgedMeeting[] {
  const dates = new Map<string, JudgedMeeting>();
  for (const meeting of meetings) dates.set([meeting.person, meeting.partner].sort().join(' '), meeting);
  return [...dates.values()];
}

function bareModel(version: string, traitScale: Scale, group: Linear): PersonalityModel {
  const none = (width: number): Linear => ({ bias: 0, weights: new Array<number>(width).fill(0) });
  const [traits, pairs] = [traitNames.length, pairFeatureNames.length];
  return {
    format: personalityFormat,
    version,
    traits: traitNames,
    pair_features: pairFeatureNames,
    trait_scale: traitScale,
    pair_scale: { mean: new Array<number>(pairs).fill(0), deviation: new Array<number>(pairs).fill(1) },
    group,
    yes: none(4 * traits + 1),
    match: none(2 * traits + pairs),
    blend: { bias: 0, both_yes: 0, match: 0 },
    quantiles: [],
    notes: {},
  };
}

function groupsLearned(sets: readonly Map<string, number>[], scaled: ReadonlyMap<string, Float64Array>): Linear {
  const sides = [...aligned(sets, scaled)].filter(([id]) => scaled.has(id));
  if (sides.length === 0) return { bias: 0, weights: new Array<number>(traitNames.length).fill(0) };
  return fitLogistic(
    sides.map(([id]) => scaled.get(id) as Float64Array),
    sides.map(([, side]) => (side > 0 ? 1 : 0)),
    groupRidge,
  );
}

/** Of what is known; a value that is the same for all, or unknown of all, has the deviation 1. */
function scaleOf(rows: readonly ArrayLike<number>[], width: number): Scale {
  const [mean, deviation]: [number[], number[]] = [[], []];
  for (let at = 0; at < width; at++) {
    const values = rows.map((row) => row[at] as number).filter((value) => Number.isFinite(value));
    const middleOf = values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
    const spread = values.reduce((sum, value) => sum + (value - middleOf) ** 2, 0) / Math.max(1, values.length);
    mean.push(middleOf);
    deviation.push(Math.sqrt(spread) || 1);
  }
  return { mean, deviation };
}

/** Whole waves, spread so that the folds are about as large. */
export function foldsOf(meetings: readonly Meeting[], most = foldsMax): ReadonlySet<string>[] {
  const sizes = new Map<string, number>();
  for (const { wave } of meetings) sizes.set(wave, (sizes.get(wave) ?? 0) + 1);
  const folds = Array.from({ length: Math.min(most, sizes.size) }, () => ({ rows: 0, waves: new Set<string>() }));
  for (const [wave, rows] of [...sizes].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))) {
    const smallest = folds.reduce((least, fold) => (fold.rows < least.rows ? fold : least));
    smallest.rows += rows;
    smallest.waves.add(wave);
  }
  return folds.map(({ waves }) => waves);
}

/** What a model that was trained without the meeting's wave says of it. */
function outOfFold(people: People, meetings: readonly JudgedMeeting[], folds: readonly ReadonlySet<string>[]): Parts[] {
  const parts = new Array<Parts>(meetings.length);
  for (const fold of folds) {
    const model = fitted(
      people,
      meetings.filter(({ wave }) => !fold.has(wave)),
      '',
    );
    const places = meetings.flatMap(({ wave }, at) => (fold.has(wave) ? [at] : []));
    const own = partsOf(
      model,
      people,
      places.map((at) => meetings[at] as Meeting),
    );
    places.forEach((at, place) => {
      parts[at] = own[place] as Parts;
    });
  }
  return parts;
}

/** Both parts count alike, by their spread; only how far to trust their sum is learned. */
function blended(parts: readonly Parts[], meetings: readonly JudgedMeeting[]): PersonalityModel['blend'] {
  const spread = (of: 'bothYes' | 'match') =>
    scaleOf(
      parts.map((part) => [part[of]]),
      1,
    ).deviation[0] as number;
  const [yesSpread, matchSpread] = [spread('bothYes'), spread('match')];
  const sums = parts.map(({ bothYes, match }) => Float64Array.of(bothYes / yesSpread + match / matchSpread));
  const { bias, weights } = fitLogistic(
    sums,
    meetings.map(({ match }) => match),
    1,
  );
  // A rank that turned round would say that nothing was learned: then it says nothing.
  const slope = Math.max(0, weights[0] as number);
  return { bias, both_yes: slope / yesSpread, match: slope / matchSpread };
}

function quantilesOf(chances: readonly number[]): number[] {
  const sorted = Float64Array.from(chances).sort();
  return Array.from({ length: 101 }, (_, step) => sorted[Math.round((step / 100) * (sorted.length - 1))] as number);
}

/** Whether it is enough to learn from, in words; null where it is. */
export function tooLittle(meetings: readonly JudgedMeeting[], people: People): string | null {
  const dates = oncePerDate(meetings).filter(({ person, partner }) =>
    [person, partner].every((id) => knownTraits(people.get(id) ?? new Float64Array(0)) > 0),
  );
  const matches = dates.filter(({ match }) => match === 1).length;
  return dates.length >= datesMin && matches >= matchesMin
    ? null
    : `${dates.length} pairs of people with answers who judged each other, ${matches} of them matches; at least ${datesMin} and ${matchesMin} are needed`;
}
