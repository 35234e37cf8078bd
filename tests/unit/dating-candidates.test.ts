// Whom somebody is shown: what the index answers page by page equals the plain definition, and stays whole while people come, go and change.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DatingProfile } from '../../processors/dating/compat/person.ts';
import { DatingCandidates, type DatingPage, type Excluded, type Match } from '../../projections/dating-candidates.ts';
import { Names } from '../../projections/dating-names.ts';
import { type DatingPlace, isDatingPlace } from '../../projections/dating-walks.ts';
import { cellOf, distanceKm } from '../../schemas/cells.ts';
import { alike, givenNow, givenProfile, givenWorld, nobody } from '../dating-given.ts';
import { plainly as plainMatches } from './dating-plainly.ts';

const now = givenNow;

function indexOf(profiles: readonly DatingProfile[], excluded: Excluded = nobody): DatingCandidates {
  const index = new DatingCandidates({ personality: () => alike, excluded });
  for (const profile of profiles) index.set(profile);
  return index;
}

async function pageOf(index: DatingCandidates, userId: string, after: DatingPlace | null = null, limit = 7) {
  const page = await index.page(userId, { limit, after, now });
  if ('refused' in page) throw new Error(page.refused);
  return page;
}

/** All pages; `between` is done after each. */
async function walk(
  index: DatingCandidates,
  userId: string,
  between: (page: DatingPage) => void = () => {},
  limit = 7,
) {
  const found: Match[] = [];
  for (let after: DatingPlace | null = null, pages = 0; ; pages++) {
    const page = await pageOf(index, userId, after, limit);
    found.push(...page.matches);
    if (!page.next || pages > 5_000) return found;
    expect(isDatingPlace(page.next)).toBe(true);
    after = JSON.parse(JSON.stringify(page.next)) as DatingPlace;
    between(page);
  }
}

const idsOf = (matches: readonly Match[]): string[] => matches.map(({ profile }) => profile.userId);

const plainly = (profiles: readonly DatingProfile[], userId: string, boosted: ReadonlySet<string> = new Set()) =>
  plainMatches(profiles, userId, { model: alike, boosted, now }).map(({ userId: id }) => id);

describe('the walk over all pages equals the plain definition', () => {
  test.each([
    ['in one place', { latitude: 52.52, longitude: 13.405 }],
    ['on both sides of the antimeridian', { latitude: -16.8, longitude: 180 }],
    ['near the north pole', { latitude: 88.4, longitude: 10 }],
  ])('%s', async (_, around) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1e6 }), fc.boolean(), async (seed, keepsWalks) => {
        const profiles = givenWorld(seed, 120, around);
        const boosted = new Set(['user3', 'user50']);
        const index = indexOf(profiles);
        for (const id of boosted) index.setBoost(id, now + 1);
        index.setBoost('user4', now);
        for (const userId of ['user0', 'user1', 'user2']) {
          const expected = plainly(profiles, userId, boosted);
          if (!profiles.some((profile) => profile.userId === userId && profile.status === 'visible')) continue;
          const found = await walk(index, userId, () => keepsWalks || index.forgetWalks());
          expect(idsOf(found)).toEqual(expected);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('with so many people that there are several shells', async () => {
    const profiles = givenWorld(5, 6_000).map((profile) =>
      givenProfile(profile.userId, {
        dating: { ...profile.dating, gender: 'woman', wish: { distanceKm: 60, ageMin: 18, ageMax: 60 } },
      }),
    );
    for (const keepsWalks of [true, false]) {
      const index = indexOf(profiles);
      const found = await walk(index, 'user0', () => keepsWalks || index.forgetWalks(), 100);
      expect(found.length).toBeGreaterThan(2_000);
      expect(idsOf(found)).toEqual(plainly(profiles, 'user0'));
    }
  });
});

describe('a walk stays whole', () => {
  const world = givenWorld(11, 400).map((profile) => ({ ...profile, status: 'visible' }));
  const viewer = world.find(({ userId }) => plainly(world, userId).length > 60) as DatingProfile;
  const before = plainly(world, viewer.userId);

  test('while others come and go: who is there all the time comes once, in the same order', async () => {
    for (const keepsWalks of [true, false]) {
      const index = indexOf(world);
      let n = 0;
      const gone = new Set<string>();
      const found = await walk(index, viewer.userId, () => {
        if (!keepsWalks) index.forgetWalks();
        const leaving = before[(n * 13 + 5) % before.length] as string;
        gone.add(leaving);
        index.remove(leaving);
        index.set({ ...(world[n] as DatingProfile), userId: `newcomer${n++}` });
      });
      const stayed = idsOf(found).filter((id) => !gone.has(id) && !id.startsWith('newcomer'));
      expect(stayed).toEqual(before.filter((id) => !gone.has(id)));
      expect(new Set(idsOf(found)).size).toBe(found.length);
    }
  });

  test('while scores change under it: new hours online, a boost, the viewer’s own', async () => {
    const index = indexOf(world);
    let n = 0;
    const found = await walk(index, viewer.userId, () => {
      for (const profile of world)
        index.set({ ...profile, online: profile.online.map((hours, h) => hours + ((h + n) % 5)) });
      index.setBoost(before[(n++ * 7) % before.length] as string, now + 60_000);
    });
    expect(idsOf(found)).toEqual(before);
  });

  test('a page asked for twice is the same page', async () => {
    const index = indexOf(world);
    const first = await pageOf(index, viewer.userId);
    const [once, again] = [
      await pageOf(index, viewer.userId, first.next),
      await pageOf(index, viewer.userId, first.next),
    ];
    expect(idsOf(again.matches)).toEqual(idsOf(once.matches));
    await pageOf(index, viewer.userId, again.next);
    index.forgetWalks();
    expect(idsOf((await pageOf(index, viewer.userId, first.next)).matches)).toEqual(idsOf(once.matches));
  });

  test('who pauses, narrows a wish or moves away is gone at once, in the middle of a walk', async () => {
    const index = indexOf(world);
    const { next } = await pageOf(index, viewer.userId);
    const [paused, narrowed, moved] = before.slice(7, 10).map((id) => world.find(({ userId }) => userId === id));
    if (!paused || !narrowed?.dating || !moved?.dating) throw new Error('the world is too small');
    index.set({ ...paused, status: 'paused' });
    index.set({ ...narrowed, dating: { ...narrowed.dating, wish: { ...narrowed.dating.wish, genders: [] } } });
    index.set({ ...moved, dating: { ...moved.dating, cell: cellOf(-40, 0) } });
    const second = await pageOf(index, viewer.userId, next);
    expect(idsOf(second.matches)).toEqual(before.slice(10, 17));
  });

  test('another viewer’s place does not open their walk', async () => {
    const index = indexOf(world);
    const { next } = await pageOf(index, viewer.userId);
    const other = world.find(({ userId }) => userId !== viewer.userId && plainly(world, userId).length > 20);
    const page = await pageOf(index, other?.userId ?? '', next);
    const own = new Set(plainly(world, other?.userId ?? ''));
    for (const id of idsOf(page.matches)) expect(own.has(id)).toBe(true);
    const found = page.matches.map(({ compatibility: { distanceKm: km } }) => km);
    expect(found).toEqual(
      page.matches.map(({ profile }) => distanceKm(other?.dating?.cell ?? '', profile.dating?.cell ?? '')),
    );
  });
});

describe('the grid', () => {
  test('finds who is there after many came, went and moved', async () => {
    const profiles = Array.from({ length: 30 }, (_, n) => givenProfile(`user${n}`));
    const index = indexOf(profiles);
    for (let n = 1; n < 30; n += 3) index.remove(`user${n}`);
    for (let n = 2; n < 30; n += 3) index.set(givenProfile(`user${n}`, { dating: { cell: cellOf(52.6, 13.4) } }));
    const expected = profiles.map(({ userId }) => userId).filter((_, n) => n > 0 && n % 3 !== 1);
    expect(idsOf(await walk(index, 'user0')).toSorted()).toEqual(expected.toSorted());
  });

  test('who moves from a shell that was seen into a later one is not met twice', async () => {
    const near = Array.from({ length: 520 }, (_, n) => givenProfile(`user${n}`));
    const far = Array.from({ length: 5 }, (_, n) => givenProfile(`far${n}`, { dating: { cell: cellOf(52.7, 13.4) } }));
    const index = indexOf([...near, ...far]);
    const found = await walk(index, 'user0', ({ matches }) => {
      const moving = matches[0]?.profile;
      if (moving?.dating) index.set({ ...moving, dating: { ...moving.dating, cell: cellOf(52.7, 13.4) } });
    });
    expect(new Set(idsOf(found)).size).toBe(found.length);
    expect(found).toHaveLength(519 + 5);
  });
});

describe('excluded', () => {
  const crowd = Array.from({ length: 1_200 }, (_, n) => givenProfile(`user${n}`));

  test('are left out, asked for in the order of rank and in batches, and a page fills up with others', async () => {
    const asked: number[] = [];
    const index = indexOf(crowd, async (userId, ids) => {
      expect(userId).toBe('user0');
      asked.push(ids.length);
      return new Set(ids.filter((id) => Number(id.slice(4)) % 10 !== 1));
    });
    const page = await pageOf(index, 'user0', null, 20);
    expect(page.matches).toHaveLength(20);
    expect(Math.max(...asked)).toBeLessThanOrEqual(400);
    const everybody = idsOf(await walk(index, 'user0'));
    expect(everybody.toSorted()).toEqual(
      crowd
        .map(({ userId }) => userId)
        .filter((id) => Number(id.slice(4)) % 10 === 1)
        .toSorted(),
    );
  });

  test('a page looks at no more people than its limit, and the next goes on', async () => {
    const many = Array.from({ length: 6_000 }, (_, n) => givenProfile(`user${n}`));
    const index = indexOf(many, async (_, ids) => new Set(ids));
    const page = await pageOf(index, 'user0');
    expect(page.matches).toEqual([]);
    expect(page.next).not.toBeNull();
    expect((await pageOf(index, 'user0', page.next)).next).toBeNull();
  });

  test('where they cannot be asked for, nobody is shown', async () => {
    const index = indexOf(crowd, () => Promise.reject(new Error('away')));
    await expect(pageOf(index, 'user0')).rejects.toThrow('away');
  });

  test('who leaves while it is asked is not shown', async () => {
    const index: DatingCandidates = indexOf(crowd.slice(0, 3), async () => {
      index.remove('user1');
      return new Set();
    });
    expect(idsOf((await pageOf(index, 'user0')).matches)).toEqual(['user2']);
  });
});

describe('a place', () => {
  const index = indexOf(givenWorld(3, 50).map((profile) => ({ ...profile, status: 'visible' })));
  const place: DatingPlace = { walk: 'w', at: now, from: 0, to: 5, rank: 0.5, userId: 'a' };

  test('of another time is expired: ages at made-up times would tell birthdays', async () => {
    for (const at of [now - 3_600_001, now + 5_001]) {
      expect(await index.page('user0', { limit: 5, after: { ...place, at }, now })).toEqual({
        refused: 'cursor_expired',
      });
    }
  });

  test.each([{ from: 6 }, { to: 1.5 }, { rank: 'high' }, { userId: 3 }, { walk: 'x'.repeat(65) }, { at: -1 }])(
    'with %o is none',
    (difference) => expect(isDatingPlace({ ...place, ...difference })).toBe(false),
  );

  test('beyond the viewer’s wish finds nobody there', async () => {
    const page = await pageOf(index, 'user0', { ...place, from: 19_000, to: 20_000 });
    expect(page).toEqual({ matches: [], next: null });
  });
});

test('nobody without a profile is shown anybody, nor who is not visible, of unknown age or unreadable', async () => {
  const index = indexOf([
    givenProfile('a'),
    givenProfile('b', { status: 'paused' }),
    givenProfile('c', { ageBand: null }),
  ]);
  index.set({ ...givenProfile('d'), dating: null });
  const ask = (userId: string) => index.page(userId, { limit: 5, after: null, now });
  expect(await ask('nobody')).toEqual({ refused: 'no_profile' });
  for (const userId of ['b', 'c', 'd']) expect(await ask(userId)).toEqual({ refused: 'not_visible' });
  expect(await ask('a')).toEqual({ matches: [], next: null });
});

test('what nobody names any more is forgotten, and so is who is removed', () => {
  const names = new Names();
  expect([names.take('x'), names.take('y'), names.take('x')]).toEqual([0, 1, 0]);
  for (const name of ['x', 'y', 'x', 'z']) names.release(name);
  expect(names.size).toBe(0);
  expect(names.take('x')).toBe(2);
  const index = indexOf([givenProfile('a')]);
  index.remove('a');
  expect([index.size, index.profile('a')]).toEqual([0, null]);
});

test('distances shown are those of the cells', async () => {
  const profiles = givenWorld(21, 80).map((profile) => ({ ...profile, status: 'visible' }));
  const index = indexOf(profiles);
  for (const { profile, compatibility: found } of await walk(index, 'user1')) {
    expect(found.distanceKm).toBe(distanceKm(index.profile('user1')?.dating?.cell ?? '', profile.dating?.cell ?? ''));
  }
});
