// Ready pages: served again and again while nothing that they were made of has changed, and never after.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { freshMs, type Origin, oldMs, outdatedMsMax, ReadyPages } from '../../api/ready-pages.ts';
import { gatherMs } from '../../api/renewals.ts';
import { onceOf } from '../../api/reusable.ts';
import type { HistoryListener, PersonalQuestion } from '../../projections/feed.ts';
import { userPartition } from '../../projections/viewer-evidence.ts';

/** A feed whose rankings end when the test says so; each page tells in its only video which ranking made it. */
function world({ bytesMax }: { bytesMax?: number } = {}) {
  const asked: PersonalQuestion[] = [];
  const served: Origin[] = [];
  const histories = new Map<string, object>();
  const madeOf = new WeakMap<object, unknown>();
  const candidates = new Map<string, object | null>();
  const waiting: (() => void)[] = [];
  const state = {
    listener: undefined as HistoryListener | undefined,
    model: 'a',
    isHeld: false,
    isAway: false,
    isFollowed: false,
    now: 1_000,
    renewed: 0,
    reads: 0,
  };
  const feed = {
    videosVersion: 0,
    rank: async (question: PersonalQuestion) => {
      const number = asked.push(question);
      const history = histories.get(question.userId) ?? null;
      candidates.set(`v${number}`, {});
      if (state.isHeld) await new Promise<void>((go) => waiting.push(go));
      const page = {
        variant: 'fixed',
        videos: [{ video_id: `v${number}`, title: '', explanation: [] }],
        next_cursor: null,
      };
      if (!state.isAway) madeOf.set(page, history);
      return page as never;
    },
    madeOf: (page: object) => madeOf.get(page) as never,
    userState: async (userId: string) => {
      state.reads += 1;
      return { history: histories.get(userId) ?? null } as never;
    },
    onHistory: (listener: HistoryListener) => {
      state.listener = listener;
    },
    shownCandidate: (id: string) => (candidates.get(id) ?? null) as never,
    isFollowed: () => state.isFollowed,
  };
  const pages = new ReadyPages({
    feed,
    model: () => state.model,
    onServed: (from) => void served.push(from),
    onRenewed: () => {
      state.renewed += 1;
    },
    clock: () => state.now,
    ...(bytesMax && { bytesMax }),
  });
  const get = async (userId: string, more: Partial<PersonalQuestion> & { isFresh?: boolean } = {}) => {
    const { variant, ...question } = { limit: 10, now: 1_000, ...more, userId };
    return (await pages.rank(question, variant)).videos[0]?.video_id;
  };
  const commit = (userId: string) => {
    histories.set(userId, {});
    state.listener?.user(userId);
  };
  const changeVideo = (id: string, candidate: object | null) => {
    candidates.set(id, candidate);
    feed.videosVersion += 1;
  };
  return { pages, get, asked, served, state, feed, histories, waiting, commit, changeVideo };
}

/** What was begun has ended, unless it is held. */
const settled = () => new Promise((done) => setImmediate(done));

afterEach(() => vi.useRealTimers());

describe('a ready page', () => {
  it('is the same frozen object the next time, without a ranking', async () => {
    const { pages, asked, served } = world();
    const question = { userId: 'u', limit: 10, now: 1_000 };
    const first = await pages.rank(question, undefined);
    expect(pages.rank(question, undefined)).toBe(first);
    expect(Object.isFrozen(first) && Object.isFrozen(first.videos) && Object.isFrozen(first.videos[0])).toBe(true);
    expect([asked.length, served]).toEqual([1, ['ranked', 'ready']]);
  });

  it('is of one user, limit and variant', async () => {
    const { get } = world();
    expect([
      await get('u'),
      await get('w'),
      await get('u', { limit: 5 }),
      await get('u', { variant: 'learned' }),
    ]).toEqual(['v1', 'v2', 'v3', 'v4']);
    expect([
      await get('u'),
      await get('w'),
      await get('u', { limit: 5 }),
      await get('u', { variant: 'learned' }),
    ]).toEqual(['v1', 'v2', 'v3', 'v4']);
  });

  it('that is made anew has the forms of the one before it, before anybody asks', async () => {
    const { pages, commit } = world();
    const question = { userId: 'u', limit: 10, now: 1_000 };
    const made: object[] = [];
    const form = (page: object) => made.push(page);
    onceOf(await pages.rank(question, undefined), form);
    commit('u');
    await settled();
    const next = await pages.rank(question, undefined);
    expect(made).toEqual([expect.anything(), next]);
    onceOf(next, form);
    expect(made).toHaveLength(2);
  });

  it('is made anew with a commit of its user, and of nobody else, before anybody asks', async () => {
    const { get, commit, asked, state, served } = world();
    await get('u');
    await get('w');
    commit('u');
    await settled();
    expect([asked.length, state.renewed]).toEqual([3, 1]);
    expect([await get('u'), await get('w'), asked.length]).toEqual(['v3', 'v2', 3]);
    expect(served).toEqual(['ranked', 'ranked', 'ready', 'ready']);
  });

  it('is served until the next one is there, but not for long', async () => {
    const { get, commit, state, waiting, served } = world();
    vi.useFakeTimers({ toFake: ['performance'] });
    await get('u');
    state.isHeld = true;
    commit('u');
    vi.advanceTimersByTime(outdatedMsMax - 1);
    // Another event does not prolong what the first one began.
    commit('u');
    expect(await get('u')).toBe('v1');
    vi.advanceTimersByTime(1);
    const waits = get('u');
    for (const go of waiting) go();
    expect([await waits, await get('u')]).toEqual(['v3', 'v3']);
    expect(served).toEqual(['ranked', 'ready', 'ranked', 'ready']);
  });

  it('that nobody was served since it was made goes with a commit, and is made when it is asked for', async () => {
    const { get, commit, asked, state } = world();
    await get('u');
    commit('u');
    await settled();
    commit('u');
    commit('u');
    await settled();
    expect([asked.length, state.renewed]).toEqual([2, 1]);
    expect(await get('u')).toBe('v3');
  });

  it('is made anew together with those of others whose commits came a moment ago', async () => {
    const { get, commit, asked } = world();
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
    for (const user of ['u', 'v', 'w']) await get(user);
    for (const user of ['u', 'v', 'w']) commit(user);
    await vi.advanceTimersByTimeAsync(gatherMs - 1);
    expect(asked.slice(3).map(({ userId }) => userId)).toEqual(['u']);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked.slice(4).map(({ userId }) => userId)).toEqual(['v', 'w']);
  });

  it('goes at once where somebody is told of the commit, who asks for what is after it', async () => {
    const { get, commit, state } = world();
    await get('u');
    state.isFollowed = true;
    commit('u');
    expect([await get('u'), state.renewed]).toEqual(['v2', 0]);
  });

  it('goes with a commit where another limit was asked for later', async () => {
    const { get, commit } = world();
    await get('u');
    await get('u', { limit: 5 });
    commit('u');
    expect([await get('u', { limit: 5 }), await get('u')]).toEqual(['v2', 'v4']);
    expect(await get('u', { limit: 5 })).toBe('v3');
  });

  it('is made anew once more after a commit that came meanwhile, a moment later', async () => {
    const { get, commit, state, waiting } = world();
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
    await get('u');
    state.isHeld = true;
    commit('u');
    commit('u');
    state.isHeld = false;
    for (const go of waiting) go();
    await vi.advanceTimersByTimeAsync(gatherMs - 1);
    expect(await get('u')).toBe('v1');
    await vi.advanceTimersByTimeAsync(1);
    expect(await get('u')).toBe('v3');
  });

  it('is not kept where its user’s commit came while it was ranked, nor shared with who asks after that', async () => {
    const { get, commit, state, waiting } = world();
    state.isHeld = true;
    const before = get('u');
    commit('u');
    const after = get('u');
    for (const go of waiting.reverse()) go();
    expect([await before, await after]).toEqual(['v1', 'v2']);
    expect(await get('u')).toBe('v2');
  });

  it('is not kept where its user’s commit came while it was ranked, though nobody asked meanwhile', async () => {
    const { get, commit, state, waiting } = world();
    state.isHeld = true;
    const before = get('u');
    commit('u');
    state.isHeld = false;
    for (const go of waiting) go();
    expect([await before, await get('u')]).toEqual(['v1', 'v2']);
  });

  it('is shared by all who ask while it is ranked', async () => {
    const { get, state, waiting, asked, served } = world();
    state.isHeld = true;
    const all = Promise.all([get('u'), get('u'), get('u')]);
    for (const go of waiting) go();
    expect([await all, asked.length, served]).toEqual([['v1', 'v1', 'v1'], 1, ['ranked', 'shared', 'shared']]);
  });

  it('does not do for a read that has waited for an event, which is the ready one from then on', async () => {
    const { get } = world();
    await get('u');
    await get('u', { limit: 5 });
    expect(await get('u', { isFresh: true })).toBe('v3');
    expect([await get('u'), await get('u', { limit: 5 })]).toEqual(['v3', 'v4']);
  });

  it('is passed by with a cursor', async () => {
    const { get, asked } = world();
    await get('u');
    expect(await get('u', { cursor: 'next' })).toBe('v2');
    expect([asked.at(-1)?.cursor, await get('u')]).toEqual(['next', 'v1']);
  });

  it('goes when one of its videos is removed or becomes another one, or there is another model', async () => {
    const { get, changeVideo, state } = world();
    await get('u');
    changeVideo('v1', null);
    expect(await get('u')).toBe('v2');
    changeVideo('v2', { premiumCoins: 5 });
    expect(await get('u')).toBe('v3');
    state.model = 'b';
    expect(await get('u')).toBe('v4');
  });

  it('is ranked anew from an age on, one after the other where many are due, and always when it is old', async () => {
    const { get, state, waiting } = world();
    await get('u');
    await get('w');
    expect(await get('u', { now: 1_000 + freshMs - 1 })).toBe('v1');
    state.isHeld = true;
    const renewed = get('u', { now: 1_000 + freshMs });
    expect(await get('w', { now: 1_000 + freshMs })).toBe('v2');
    const old = get('w', { now: 1_000 + oldMs });
    for (const go of waiting) go();
    expect([await renewed, await old]).toEqual(['v3', 'v4']);
  });

  it('is due when there are other videos, and stays where Redis is away', async () => {
    const { get, feed, state } = world();
    await get('u');
    feed.videosVersion += 1;
    state.isAway = true;
    expect(await get('u')).toBe('v1');
  });

  it('that was made without the history, or without receipts, is not kept', async () => {
    const { get, state } = world();
    state.isAway = true;
    await get('u');
    state.isAway = false;
    expect([await get('u'), await get('u')]).toEqual(['v2', 'v2']);
  });

  it('is held against the history itself after pushes may have been lost', async () => {
    const { get, state, histories } = world();
    await get('u');
    state.listener?.partition(userPartition('u'));
    expect([await get('u'), state.reads]).toEqual(['v1', 1]);
    expect([await get('u'), state.reads]).toEqual(['v1', 1]);
    histories.set('u', {});
    expect(await get('u')).toBe('v1');
    state.listener?.partition(userPartition('u'));
    expect(await get('u')).toBe('v2');
  });

  it('gives way to others where there are too many bytes', async () => {
    const { get, pages } = world({ bytesMax: 30_000 });
    for (let i = 0; i < 20; i++) await get(`u${i}`);
    expect(pages.bytes).toBeLessThanOrEqual(30_000);
    expect(pages.users).toBeLessThan(20);
    expect(await get('u19')).toBe('v20');
  });
});
