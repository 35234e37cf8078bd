// Two people doing anything in any order, with what the ledger sends on and gets back delayed at will: one match at most, every hold
// settled once, a block ends all, each takes back at most one swipe. The independent fold agrees with every state, answer and event.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DatingPair } from '../../schemas/generated.ts';
import { sameMemos } from '../faults/compare-memos.ts';
import { pairsReading } from '../faults/independent-fold/pairs.ts';
import { Kept } from '../faults/independent-fold/record.ts';
import { asks, type Followed, fires, type Given, PairsLog, swipes, unlocks } from '../pairs-log.ts';

const people = ['ann', 'bob'] as const;
const hourMs = 3_600_000;
const kinds = [
  ...(['RIGHT', 'RIGHT', 'SUPER_LIKE', 'LEFT'] as const),
  ...(['both', 'both', 'both', 'instant', 'other match'] as const),
  ...(['undo', 'block', 'unblock', 'report'] as const),
  ...(['deliver', 'deliver', 'deliver', 'copy', 'repeat', 'pass', 'fire'] as const),
];
type Step = { readonly kind: (typeof kinds)[number]; readonly who: number; readonly pick: number };

/** Blocks and reports end everything: rare enough that more happens before. */
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom(
      ...kinds.flatMap(
        (kind) =>
          Array(/block|report/.test(kind) ? 1 : /undo|LEFT/.test(kind) ? 3 : 8).fill(kind) as (typeof kinds)[number][],
      ),
    ),
    who: fc.nat(1),
    pick: fc.nat(1_000),
  }),
  { minLength: 1, maxLength: 80, size: 'max' },
);

class Story {
  readonly log = new PairsLog();
  readonly kept = new Kept();
  /** What the ledger has sent and the pair has not seen: each person's own lane keeps its order. */
  readonly lanes: [Given[], Given[]] = [[], []];
  readonly standing = new Map<string, string>();
  readonly holds = new Map<string, 'held' | 'captured' | 'released'>();
  readonly seen: DatingPair[] = [];
  readonly asked: Given[] = [];
  readonly counts = { match: 0, undone: 0, unlocked: 0, ended: 0 };
  #offsets = [0, 0];

  take({ kind, who, pick }: Step): void {
    const [me, other] = who === 0 ? people : ([people[1], people[0]] as const);
    if (kind === 'RIGHT' || kind === 'LEFT' || kind === 'SUPER_LIKE') this.#swipe(me, other, kind);
    else if (kind === 'both' || kind === 'instant' || kind === 'other match') this.#unlock(me, other, kind);
    else if (kind === 'deliver') this.deliver(who);
    else if (kind === 'copy') this.#again(this.seen[pick % this.seen.length]);
    else if (kind === 'repeat') this.#ask(this.asked[pick % this.asked.length]);
    else if (kind === 'pass')
      this.log.after([1, hourMs, 47 * hourMs, 48 * hourMs, 31 * 24 * hourMs][pick % 5] as number);
    else if (kind === 'fire') this.#fold(this.log.eventOf(fires('ann', 'bob', this.log.now)));
    else this.#ask(asks(kind, me, other, { idempotencyKey: `${kind}-${pick % 40}`, fingerprint: kind }));
  }

  /** The ledger lets nobody swipe a second time while the first stands. */
  #swipe(me: string, other: string, direction: string): void {
    if (this.standing.has(me)) return;
    const given = swipes(me, other, direction);
    this.standing.set(me, String(given.transactionId));
    this.lanes[people.indexOf(me as 'ann')]?.push(given);
  }

  #unlock(me: string, other: string, mode: string): void {
    const matchId = mode === 'other match' ? 'another' : (this.log.pair()?.match?.matchId ?? 'none');
    const given = unlocks(me, other, matchId, mode === 'instant' ? mode : 'both');
    for (const asset of ['COIN', 'CREDIT']) this.holds.set(`${given.transactionId}:${asset}`, 'held');
    this.lanes[people.indexOf(me as 'ann')]?.push(given);
  }

  deliver(lane: number): void {
    const given = this.lanes[lane]?.shift();
    if (!given) return;
    const origin = `ledger/payment_transactions/${lane}/${this.#offsets[lane]}/0`;
    this.#offsets[lane] = (this.#offsets[lane] ?? 0) + 1;
    this.#fold(this.log.eventOf({ ...given, origin }));
  }

  /** A producer in doubt appends once more what it has appended. */
  #again(event: DatingPair | undefined): void {
    if (event?.origin) expect(this.log.fold(event)).toBeNull();
  }

  #ask(given: Given | undefined): void {
    if (!given) return;
    this.asked.push(given);
    this.#fold(this.log.eventOf(given));
  }

  #fold(event: DatingPair): void {
    this.seen.push(event);
    const before = this.log.pair();
    const offset = this.log.records.length;
    const decided = this.log.fold(event);
    const place = { key: event.pairId, partition: 0, offset, now: this.log.now };
    const record = { time: this.log.now, id: event.eventId, digest: '' };
    pairsReading.take(this.kept, event, { ...place, record });
    const must = pairsReading.derive(event, { ...place, record }, this.kept);
    const followed = this.log.followed.splice(0);
    expect(followed.map(({ topic, key }) => `${topic} ${key}`)).toEqual(
      must.map(({ topic, key }) => `${topic} ${key}`),
    );
    for (const [i, found] of followed.entries()) expect(must[i]?.isSame?.(found)).toBe(true);
    for (const one of followed) this.#follow(one);
    if (decided?.outcome === 'accepted' && event.type === 'undo') this.counts.undone += 1;
    if (decided?.outcome === 'repeated' || decided?.outcome === 'misused') {
      expect(followed).toEqual([]);
      expect(this.log.pair()).toEqual(before);
    }
    this.#check();
  }

  #follow({ key, type, action, status, transactionId }: Followed): void {
    if (action === 'match') this.counts.match += 1;
    if (action === 'match_change') this.counts[status as 'unlocked' | 'ended'] += 1;
    if (type === 'swipe_undone') {
      expect(this.standing.get(key)).toBe(transactionId);
      this.standing.delete(key);
    }
    if (type !== 'hold_capture' && type !== 'hold_release') return;
    expect(this.holds.get(String(transactionId))).toBe('held');
    this.holds.set(String(transactionId), type === 'hold_capture' ? 'captured' : 'released');
  }

  #check(): void {
    const pair = this.log.pair();
    if (!pair) return;
    const isApart = Object.keys(pair.blocks).length + Object.keys(pair.reports).length > 0;
    if (isApart) expect([pair.holds, pair.timers, pair.match?.status ?? 'ended']).toEqual([{}, {}, 'ended']);
    expect(Object.keys(pair.timers)).toEqual(Object.keys(pair.holds).length > 0 ? ['unlock'] : []);
    expect(this.log.timers.size).toBe(Object.keys(pair.timers).length);
    expect(this.counts.match).toBe(pair.match === null ? 0 : 2);
    expect(this.counts.undone).toBe(Object.keys(pair.undone).length);
    for (const { transactionId } of Object.values(pair.holds))
      for (const asset of ['COIN', 'CREDIT']) expect(this.holds.get(`${transactionId}:${asset}`)).toBe('held');
  }

  /** Everything is delivered, and time runs out. */
  end(): void {
    for (const lane of [0, 1]) while (this.lanes[lane]?.length) this.deliver(lane);
    this.log.after(48 * hourMs);
    this.#fold(this.log.eventOf(fires('ann', 'bob', this.log.now)));
    expect([...this.holds.values()]).not.toContain('held');
    const captured = [...this.holds.values()].filter((fate) => fate === 'captured').length;
    expect(this.counts.unlocked === 0 ? [0] : [2, 4]).toContain(captured);
    expect(this.counts.unlocked).toBeLessThanOrEqual(2);
    expect(Object.fromEntries(this.log.states)).toEqual(Object.fromEntries(this.kept.states));
    expect(this.log.timers).toEqual(this.kept.boards.get('timers'));
    const memos = new Map([...this.log.memos].map(([key, { value }]) => [key, value as Record<string, unknown>]));
    expect(sameMemos(memos, pairsReading.memos?.(this.kept) ?? new Map(), 0)).toEqual([]);
  }
}

it('holds for whatever two people do', () => {
  const reached = { match: 0, undone: 0, unlocked: 0, ended: 0, captured: 0, released: 0 };
  fc.assert(
    fc.property(steps, (all) => {
      const story = new Story();
      for (const step of all) story.take(step);
      story.end();
      for (const name of ['match', 'undone', 'unlocked', 'ended'] as const) reached[name] += story.counts[name];
      for (const fate of story.holds.values()) if (fate !== 'held') reached[fate] += 1;
    }),
    { numRuns: 1_000 },
  );
  if (process.env.SHOW_OUTCOMES) console.log(reached);
  // What never happens proves nothing.
  for (const [name, times] of Object.entries(reached)) expect(times, name).toBeGreaterThan(20);
});
