// What serving a model costs: the time of a viewer's profile with 300 scored videos, of an explanation, and the size of its records.

import { recordsOf } from '../processors/feed/ranking/learned/model.ts';
import { profileOf } from '../processors/feed/ranking/learned/profile.ts';
import { explainLearned, learnedScore } from '../processors/feed/ranking/learned/score.ts';
import { requestOf } from '../processors/feed/ranking/request.ts';
import type { ReplayedLog } from './replayed-log.ts';
import type { Trained } from './train.ts';

const candidates = 300;
const viewersMax = 400;

export function costsOf(log: ReplayedLog, model: Trained): string[] {
  const items = [...log.catalogue.live()].slice(0, candidates);
  const [profiles, scorings, explanations]: [number[], number[], number[]] = [[], [], []];
  for (const userId of [...log.userIds].slice(0, viewersMax)) {
    const viewer = log.viewer(userId);
    const request = requestOf({ catalogue: log.catalogue, viewer, now: model.trainedAt, limit: 1, served: new Set() });
    const started = performance.now();
    const profile = profileOf(viewer, log.catalogue, model);
    const profiled = performance.now();
    for (const item of items) learnedScore(item, request, profile, model);
    const scored = performance.now();
    for (const item of items.slice(0, 20)) explainLearned(item, request, profile, model);
    profiles.push(profiled - started);
    scorings.push(scored - profiled);
    explanations.push(performance.now() - scored);
  }
  const { header, items: records } = recordsOf(model);
  const largest = Math.max(...records.map((record) => JSON.stringify(record).length));
  return [
    `profile ${timesOf(profiles)}`,
    `${items.length} scores ${timesOf(scorings)}`,
    `20 explanations ${timesOf(explanations)}`,
    `header ${JSON.stringify(header).length} bytes, ${records.length} items of up to ${largest} bytes`,
  ];
}

function timesOf(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number) => (sorted[Math.floor(part * (sorted.length - 1))] ?? 0).toFixed(2);
  return `P50 ${at(0.5)} ms, P90 ${at(0.9)} ms, P99 ${at(0.99)} ms`;
}
