// Leaves every wave out in turn: whoever is scored was met by no model before. Ours and the simple models get the same training waves and the same dates.
import { datingPeers, type Peer } from '../../learning/dating-peers.ts';
import {
  type AucGain,
  aucGainOf,
  aucOf,
  type CalibrationBin,
  calibrationErrorOf,
  calibrationOf,
  logLossOf,
} from '../../learning/judged.ts';
import type { JudgedMeeting } from '../../learning/meetings.ts';
import { chancesOf, trainPersonality } from '../../learning/personality.ts';
import { rawColumns } from './columns.ts';
import type { Dates } from './dates.ts';

export const targets = ['match', 'dec'] as const;
export type Target = (typeof targets)[number];

export type Figures = {
  readonly name: string;
  readonly auc: number;
  /** Mean of the waves' own AUC, each by its dates: what differs between waves counts nothing. */
  readonly withinWaves: number;
  readonly logLoss: number;
  readonly calibrationError: number;
  /** Of ours over this one; null for ours. */
  readonly overDates: AucGain | null;
  readonly overWaves: AucGain | null;
};

export type WaveFigure = { readonly wave: string; readonly dates: number; readonly auc: number };

export type Report = {
  readonly target: Target;
  readonly figures: readonly Figures[];
  readonly calibration: readonly CalibrationBin[];
  readonly waves: readonly WaveFigure[];
};

export const oursName = 'ours';
const bootstrapSeed = 1;

export function crossValidated(dates: Dates<JudgedMeeting>, onProgress: (line: string) => void): Report[] {
  const { meetings } = dates;
  const chances = new Map<string, Float64Array>();
  const chancesBy = (target: Target, name: string) => {
    const key = `${target} ${name}`;
    const known = chances.get(key) ?? new Float64Array(meetings.length);
    chances.set(key, known);
    return known;
  };
  const waves = [...new Set(meetings.map(({ wave }) => wave))];
  for (const [at, wave] of waves.entries()) {
    const [inside, outside] = [placesOf(meetings, wave, true), placesOf(meetings, wave, false)];
    const training = outside.map((place) => meetings[place] as JudgedMeeting);
    // What came of the dates that are to be scored does not get as far as the model.
    const asked = inside.map((place) => {
      const { person, partner } = meetings[place] as JudgedMeeting;
      return { person, partner, wave };
    });
    const model = trainPersonality({ people: dates.people, meetings: training, version: wave });
    chancesOf(model, dates.people, asked).forEach(({ yes, match }, row) => {
      chancesBy('match', oursName)[inside[row] as number] = match;
      chancesBy('dec', oursName)[inside[row] as number] = yes;
    });
    for (const target of targets)
      for (const [name, peer] of Object.entries(datingPeers))
        peerChances(dates, peer, target, { inside, outside }).forEach((chance, row) => {
          chancesBy(target, name)[inside[row] as number] = chance;
        });
    onProgress(`wave ${wave} left out: ${at + 1} of ${waves.length}`);
  }
  return targets.map((target) => reportOf(meetings, target, (name) => chancesBy(target, name)));
}

const placesOf = (meetings: readonly JudgedMeeting[], wave: string, isInside: boolean) =>
  meetings.flatMap((meeting, at) => ((meeting.wave === wave) === isInside ? [at] : []));

const labelOf = (target: Target) => (meeting: JudgedMeeting) => (target === 'match' ? meeting.match : meeting.yes);

type Split = { readonly inside: readonly number[]; readonly outside: readonly number[] };

function peerChances(dates: Dates<JudgedMeeting>, peer: Peer, target: Target, { inside, outside }: Split) {
  const rows = (places: readonly number[]) => places.map((place) => dates.raw[place] as Float64Array);
  const labels = outside.map((place) => labelOf(target)(dates.meetings[place] as JudgedMeeting));
  return peer({ rows: rows(outside), labels, columns: rawColumns })(rows(inside));
}

function reportOf(meetings: readonly JudgedMeeting[], target: Target, of: (name: string) => Float64Array): Report {
  const labels = meetings.map(labelOf(target));
  const waves = meetings.map(({ wave }) => wave);
  const dates = meetings.map(({ person, partner }) => [person, partner].sort().join(' '));
  const ours = target === 'match' ? bothSides(of(oursName), dates) : of(oursName);
  const figures = [...Object.keys(datingPeers), oursName].map((name): Figures => {
    const chances = target === 'match' ? bothSides(of(name), dates) : of(name);
    const gainOver = (units: readonly string[]) =>
      name === oursName ? null : aucGainOf({ ours, theirs: chances }, labels, units, { seed: bootstrapSeed });
    return {
      name,
      auc: aucOf(chances, labels),
      withinWaves: withinWaves(waveFigures(chances, labels, waves)),
      logLoss: logLossOf(chances, labels),
      calibrationError: calibrationErrorOf(calibrationOf(chances, labels)),
      overDates: gainOver(dates),
      overWaves: gainOver(waves),
    };
  });
  return { target, figures, calibration: calibrationOf(ours, labels), waves: waveFigures(ours, labels, waves) };
}

/** A match is of both: a model that gives the two sides of a date two chances is given their mean. */
function bothSides(chances: Float64Array, dates: readonly string[]): Float64Array {
  const sums = new Map<string, { sum: number; count: number }>();
  dates.forEach((date, at) => {
    const known = sums.get(date) ?? { sum: 0, count: 0 };
    sums.set(date, { sum: known.sum + (chances[at] as number), count: known.count + 1 });
  });
  return Float64Array.from(dates, (date) => {
    const { sum, count } = sums.get(date) as { sum: number; count: number };
    return sum / count;
  });
}

function waveFigures(chances: Float64Array, labels: readonly number[], waves: readonly string[]): WaveFigure[] {
  return [...new Set(waves)].map((wave) => {
    const places = waves.flatMap((own, at) => (own === wave ? [at] : []));
    const auc = aucOf(
      places.map((at) => chances[at] as number),
      places.map((at) => labels[at] as number),
    );
    return { wave, dates: places.length / 2, auc };
  });
}

function withinWaves(figures: readonly WaveFigure[]): number {
  const judged = figures.filter(({ auc }) => !Number.isNaN(auc));
  const dates = judged.reduce((sum, { dates: own }) => sum + own, 0);
  return judged.reduce((sum, { auc, dates: own }) => sum + (auc * own) / dates, 0);
}
