// The learned ranker on small logs: its sums, its bounds, its records, and what it makes of newcomers.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { ReplayedLog } from '../../learning/replayed-log.ts';
import { type Trained, train } from '../../learning/train.ts';
import { collaborativeOf, collaborativeParts } from '../../processors/feed/ranking/learned/collaborative.ts';
import { featuresOf } from '../../processors/feed/ranking/learned/features.ts';
import { featureNames, learnedFactors } from '../../processors/feed/ranking/learned/features-list.ts';
import { modelFrom, recordsOf } from '../../processors/feed/ranking/learned/model.ts';
import { profileOf } from '../../processors/feed/ranking/learned/profile.ts';
import { baseOf, boundsOf, contributionsOf, factorIn, rawScore } from '../../processors/feed/ranking/learned/ranker.ts';
import { explainLearned, learnedScore } from '../../processors/feed/ranking/learned/score.ts';
import { requestOf } from '../../processors/feed/ranking/request.ts';
import { published, start, twoTastes } from './learning-logs.ts';

const log = twoTastes(40, 60, 40, 1);
let model: Trained;
let platform: ReplayedLog;

beforeAll(() => {
  model = train({ ...log, seed: 1 }) as Trained;
  platform = new ReplayedLog([...log.uploads, published('new', 'even', log.now)], log.activity);
});

function askedBy(userId: string, by = model) {
  const viewer = platform.viewer(userId);
  const request = requestOf({ catalogue: platform.catalogue, viewer, now: log.now, limit: 1, served: new Set() });
  return { request, profile: profileOf(viewer, platform.catalogue, by) };
}

const itemOf = (id: string) => {
  const item = platform.catalogue.get(id);
  if (!item) throw new Error(`${id} is not in the catalogue`);
  return item;
};

const vectors = fc
  .array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -100, max: 100 }), {
    minLength: featureNames.length,
    maxLength: featureNames.length,
  })
  .map((values) => Float32Array.from(values));

describe('contributions', () => {
  test('sum with the base to the raw score, for any vector', () => {
    fc.assert(
      fc.property(vectors, (vector) => {
        const sum = contributionsOf(model.ranker, vector).reduce((total, part) => total + part, baseOf(model.ranker));
        expect(Math.abs(sum - rawScore(model.ranker, vector))).toBeLessThan(1e-9);
      }),
    );
  });

  test('stay within the bounds of their factor, for any vector', () => {
    const bounds = boundsOf(model.ranker);
    fc.assert(
      fc.property(vectors, (vector) => {
        const sums = new Map(learnedFactors.map((factor) => [factor, 0]));
        contributionsOf(model.ranker, vector).forEach((part, place) => {
          const factor = factorIn(featureNames[place] ?? '');
          sums.set(factor, (sums.get(factor) ?? 0) + part);
        });
        for (const [factor, sum] of sums) {
          expect(sum).toBeGreaterThanOrEqual(bounds[factor].lowest - 1e-9);
          expect(sum).toBeLessThanOrEqual(bounds[factor].highest + 1e-9);
        }
      }),
    );
  });

  test('explain the served score: weights × values sum to it, weights to 0.95', () => {
    const { request, profile } = askedBy('user 3');
    for (const item of platform.catalogue.live()) {
      const findings = Object.values(explainLearned(item, request, profile, model));
      const sum = findings.reduce((total, { weight, value }) => total + weight * value, 0);
      expect(Math.abs(sum - learnedScore(item, request, profile, model))).toBeLessThan(1e-9);
      expect(findings.reduce((total, { weight }) => total + weight, 0)).toBeCloseTo(0.95, 9);
      for (const { value } of findings) expect(value >= 0 && value <= 1).toBe(true);
      expect(
        findings
          .flatMap(({ features }) => features)
          .map(({ name }) => name)
          .sort(),
      ).toEqual([...featureNames].sort());
    }
  });
});

test('it learns who likes what: unseen videos of the own taste come before the others', () => {
  let [right, all] = [0, 0];
  for (let user = 0; user < 40; user++) {
    const { request, profile } = askedBy(`user ${user}`);
    const unseen = [...platform.catalogue.live()].filter(({ id }) => id !== 'new' && !request.viewer.seen.has(id));
    const scoreOf = (id: string) => learnedScore(itemOf(id), request, profile, model);
    const numbers = unseen.map(({ id }) => Number(id.split(' ')[1]));
    for (const own of numbers.filter((number) => number % 2 === user % 2)) {
      for (const other of numbers.filter((number) => number % 2 !== user % 2)) {
        all += 1;
        if (scoreOf(`video ${own}`) > scoreOf(`video ${other}`)) right += 1;
      }
    }
  }
  expect(right / all).toBeGreaterThan(0.9);
});

test('who watched what: videos of the own taste are closer, and the reasons are own videos of that taste', () => {
  const { request, profile } = askedBy('user 2');
  const unseen = [...platform.catalogue.live()].filter(({ id }) => id !== 'new' && !request.viewer.seen.has(id));
  const closestOf = (parity: number) =>
    Math.max(
      ...unseen
        .filter(({ id }) => Number(id.split(' ')[1]) % 2 === parity)
        .map((item) => collaborativeOf(item, profile) ?? 0),
    );
  expect(closestOf(0)).toBeGreaterThan(closestOf(1));
  const closest = unseen.toSorted((a, b) => (collaborativeOf(b, profile) ?? 0) - (collaborativeOf(a, profile) ?? 0))[0];
  const value = collaborativeOf(closest ?? itemOf('new'), profile) ?? 0;
  const parts = collaborativeParts(closest ?? itemOf('new'), profile, model);
  expect(value).toBeGreaterThan(0);
  expect(value).toBeLessThanOrEqual(1);
  expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(value, 9);
  expect(parts.length).toBe(profile.speaking.videos.length);
  for (const { videoId } of profile.speaking.videos) expect(request.viewer.seen.has(videoId)).toBe(true);
  expect(collaborativeOf(itemOf('new'), profile)).toBeNull();
  expect(collaborativeParts(itemOf('new'), profile, model)).toHaveLength(0);
});

test('a newcomer and a new video have finite features and a score in [0, 1]', () => {
  for (const userId of ['nobody yet', 'user 1']) {
    const { request, profile } = askedBy(userId);
    for (const id of ['new', 'video 4']) {
      for (const value of featuresOf(itemOf(id), request, profile, model)) expect(Number.isFinite(value)).toBe(true);
      const score = learnedScore(itemOf(id), request, profile, model);
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1);
    }
  }
});

test('the same events and seed make the same records; records make the same model', () => {
  const again = train({ ...log, seed: 1 });
  expect(JSON.stringify(recordsOf(again))).toBe(JSON.stringify(recordsOf(model)));
  const records = JSON.parse(JSON.stringify(recordsOf(model)));
  const back = modelFrom(records.header, records.items.toReversed()) as Trained;
  const [before, after] = [askedBy('user 5'), askedBy('user 5', back)];
  for (const item of platform.catalogue.live()) {
    const there = featuresOf(item, before.request, before.profile, model);
    featuresOf(item, after.request, after.profile, back).forEach((value, place) => {
      expect(Math.abs(value - (there[place] ?? 0))).toBeLessThan(2e-3);
    });
  }
  expect(back.ranker).toEqual(model.ranker);
});

describe('a log with nothing to learn from', () => {
  test.each([
    ['no event at all', [], []],
    ['videos alone', log.uploads, []],
    ['three users', log.uploads, log.activity.filter(({ userId }) => Number(userId.split(' ')[1]) < 3).slice(0, 12)],
    ['no like', log.uploads, log.activity.filter(({ action }) => action === 'view')],
  ])('%s: no ranker, but features that are numbers', (_name, uploads, activity) => {
    const empty = train({ uploads, activity, now: start, seed: 1 });
    expect(empty.ranker).toBeNull();
    const { request, profile } = askedBy('user 1', empty as Trained);
    for (const value of featuresOf(itemOf('video 4'), request, profile, empty))
      expect(Number.isFinite(value)).toBe(true);
    expect(JSON.stringify(recordsOf(empty))).not.toContain('NaN');
  });
});
