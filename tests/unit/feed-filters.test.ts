// The filters that a viewer is spared are those that would refuse nothing: with and without them the same videos are kept out, for the same reason.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { filtersFor, firm, refusalOf, yielding } from '../../processors/feed/ranking/filters/list.ts';
import { requestOf } from '../../processors/feed/ranking/request.ts';
import { viewerOf } from '../../processors/feed/ranking/viewer.ts';
import { given, now } from '../feed-given.ts';

const hourMs = 3_600_000;
const viewerId = 'c0';
const videoIds = Array.from({ length: 12 }, (_, n) => `v${n}`);
const video = fc.constantFrom(...videoIds);
const creator = fc.constantFrom('c0', 'c1', 'c2', 'c3');

/** Few of each, so that most viewers have said nothing of most kinds, and often the same again, as it takes several to be had enough of. */
const said = fc.array(
  fc.record({
    act: fc.oneof(
      fc.record({ action: fc.constantFrom('view', 'skip', 'like'), video, watchMs: fc.constantFrom(0, 9_000) }),
      fc.record({ action: fc.constant('not_interested'), video, reason: fc.constantFrom('video', 'creator', 'topic') }),
      fc.record({ action: fc.constantFrom('follow', 'unfollow'), creator }),
      fc.record({ action: fc.constantFrom('block', 'report'), target: creator }),
    ),
    isMine: fc.boolean(),
    times: fc.constantFrom(1, 1, 1, 4),
  }),
  { maxLength: 8 },
);
/** Of every video: who made it, what it is about, when it is published, what became of it. */
const facts = fc.array(
  fc.record({
    ...{ creator, category: fc.constantFrom('food', 'news'), at: fc.constantFrom(now - hourMs, now + hourMs) },
    fate: fc.constantFrom('shown', 'shown', 'shown', 'removed', 'moderated'),
  }),
  { minLength: videoIds.length, maxLength: videoIds.length },
);
/** A creator whose every video the viewer skips, or objects to. */
const enoughOf = fc.option(fc.record({ creator, action: fc.constantFrom('skip', 'not_interested') }), { nil: null });

it('are the same refusals with the filters of a viewer as with all', () => {
  const met = new Set<string>();
  let spared = 0;
  fc.assert(
    fc.property(facts, said, enoughOf, fc.subarray(videoIds), (made, acts, enough, served) => {
      const world = given();
      for (const [n, { fate, ...fact }] of made.entries()) {
        const id = videoIds[n] as string;
        world.video({ id, ...fact });
        if (fate === 'removed') world.removed(id);
        if (fate === 'moderated') world.moderated(id);
        if (enough?.creator === fact.creator)
          world.act({ user: viewerId, action: enough.action, video: id, reason: 'video' });
      }
      for (const { act, isMine, times } of acts) world.act({ user: isMine ? viewerId : 'other', ...act }, times);
      const catalogue = world.catalogue();
      const viewer = viewerOf(world.evidence(viewerId), catalogue);
      const request = requestOf({ catalogue, viewer, now, limit: 10, served: new Set(served.slice(0, 3)) });
      const every = [...firm, ...yielding];
      spared += every.length - filtersFor(request, every).length;
      for (const filters of [firm, yielding, every, ...every.map((filter) => [filter])])
        for (const id of videoIds) {
          const item = catalogue.get(id);
          if (!item) continue;
          const reason = refusalOf(item, request, filters);
          expect(refusalOf(item, request, filtersFor(request, filters))).toBe(reason);
          if (reason) met.add(reason);
        }
    }),
    { numRuns: 500, seed: 8 },
  );
  // Else it would hold for want of anything to refuse, or of anything to spare.
  const reasons = ['not_yet_published', 'moderated', 'removed', 'own', 'blocked', 'reported', 'on_an_earlier_page'];
  const held = ['not_interested', 'creator_not_interested', 'topic_not_interested', 'creator_often_skipped', 'seen'];
  expect([...met].sort()).toEqual([...reasons, ...held].sort());
  expect(spared).toBeGreaterThan(500);
});
