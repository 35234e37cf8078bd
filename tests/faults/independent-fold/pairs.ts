// Two people in the fold's own words: who liked whom, one match at most, what waits to be paid for it, who keeps whom away.
import type { DatingPair } from '../../../schemas/generated.ts';
import type { Derived, Kept, Memo, Place, Reading } from './record.ts';

type Fields = Readonly<Record<string, unknown>>;
type Following = Pick<Derived, 'topic' | 'key' | 'event'>;
type Answered = { readonly fingerprint: string | null; readonly outcome: Fields; readonly until: number };

const twoDaysMs = 172_800_000;
const keysKeptMs = 2_592_000_000;
const likes = new Set(['RIGHT', 'SUPER_LIKE']);

class Couple {
  readonly swipes = new Map<string, { direction: string; at: number; transactionId: string }>();
  readonly undone = new Set<string>();
  readonly waiting = new Map<string, { transactionId: string; mode: 'both' | 'instant'; at: number }>();
  readonly blocks = new Map<string, number>();
  readonly reports = new Map<string, number>();
  match: { matchId: string; at: number; status: 'locked' | 'unlocked' | 'ended'; unlockedAt: number | null } | null =
    null;
  timeIsUp: number | null = null;

  get isApart(): boolean {
    return this.blocks.size + this.reports.size > 0;
  }

  state(): Fields {
    return {
      swipes: Object.fromEntries(this.swipes),
      undone: Object.fromEntries([...this.undone].map((user) => [user, true])),
      match: this.match,
      holds: Object.fromEntries(this.waiting),
      blocks: Object.fromEntries(this.blocks),
      reports: Object.fromEntries(this.reports),
      timers: this.timeIsUp === null ? {} : { unlock: this.timeIsUp },
    };
  }
}

/** What a partition knows besides what is compared. */
type Knowledge = {
  readonly couples: Map<string, Couple>;
  readonly answers: Map<string, Answered>;
  following: Following[];
};
const knowledge = new WeakMap<Kept, Knowledge>();

function knownTo(kept: Kept): Knowledge {
  const known = knowledge.get(kept) ?? { couples: new Map(), answers: new Map(), following: [] };
  knowledge.set(kept, known);
  return known;
}

/** One record before its couple. */
class Case {
  readonly couple: Couple;
  readonly place: Place;
  readonly people: readonly [string, string];
  readonly following: Following[] = [];
  readonly ruleSet: unknown;
  matched = false;

  constructor(couple: Couple, place: Place, ruleSet: unknown) {
    this.couple = couple;
    this.place = place;
    this.ruleSet = ruleSet;
    this.people = place.key.split(':') as [string, string];
  }

  account(accountId: string, about: Fields): void {
    this.following.push({
      topic: 'payment_transactions',
      key: accountId,
      event: { ...about, accountId, ruleSet: this.ruleSet },
    });
  }

  history(userId: string, about: Fields): void {
    const [targetUserId] = this.people.filter((person) => person !== userId);
    this.following.push({ topic: 'user_activity', key: userId, event: { ...about, userId, targetUserId } });
  }

  bothHistories(about: Fields): void {
    for (const person of this.people) this.history(person, about);
  }

  settle(kind: 'capture' | 'release', userId: string, transactionId: string): void {
    for (const asset of ['COIN', 'CREDIT'])
      this.account(userId, {
        type: `hold_${kind}`,
        transactionId: `${transactionId}:${asset}`,
        stream: kind === 'capture' ? 'premium' : null,
      });
  }

  settleWaiting(kind: 'capture' | 'release'): void {
    for (const person of this.people) {
      const held = this.couple.waiting.get(person);
      if (held) this.settle(kind, person, held.transactionId);
    }
    this.couple.waiting.clear();
    this.couple.timeIsUp = null;
  }

  end(): void {
    this.settleWaiting('release');
    const { match } = this.couple;
    if (!match || match.status === 'ended') return;
    this.couple.match = { ...match, status: 'ended' };
    this.bothHistories({ action: 'match_change', matchId: match.matchId, status: 'ended' });
  }

  open(): void {
    const { match } = this.couple;
    if (!match) return;
    this.couple.match = { ...match, status: 'unlocked', unlockedAt: this.place.now };
    this.bothHistories({ action: 'match_change', matchId: match.matchId, status: 'unlocked' });
  }
}

type Of<K extends DatingPair['type']> = Extract<DatingPair, { readonly type: K }>;

/** @returns why not, or null */
function swipe(one: Case, { userId, direction, transactionId, eventId }: Of<'swipe'>): string | null {
  const { couple, place } = one;
  if (couple.isApart) {
    const [counterpartyId] = one.people.filter((person) => person !== userId);
    one.account(userId, { type: 'swipe_undone', counterpartyId, transactionId, reason: 'blocked' });
    return 'blocked';
  }
  couple.swipes.set(userId, { direction, at: place.now, transactionId });
  const isMutual = one.people.every((person) => likes.has(couple.swipes.get(person)?.direction ?? ''));
  if (couple.match || !isMutual) return null;
  one.matched = true;
  couple.match = { matchId: eventId, at: place.now, status: 'locked', unlockedAt: null };
  one.bothHistories({ action: 'match', matchId: eventId });
  return null;
}

function undo(one: Case, { userId, targetUserId }: Of<'undo'>): string | null {
  const { couple } = one;
  if (couple.match) return 'has_matched';
  if (couple.undone.has(userId)) return 'already_undone';
  const transactionId = couple.swipes.get(userId)?.transactionId;
  if (transactionId === undefined) return 'nothing_to_undo';
  couple.swipes.delete(userId);
  couple.undone.add(userId);
  one.account(userId, { type: 'swipe_undone', counterpartyId: targetUserId, transactionId, reason: null });
  return null;
}

function unlock(one: Case, { userId, transactionId, matchId, mode }: Of<'unlock'>): string | null {
  const { couple, place } = one;
  const status = couple.match?.matchId === matchId ? couple.match.status : null;
  const whyNot = { ended: 'match_ended', unlocked: 'already_unlocked', none: 'no_match', locked: null };
  const why = whyNot[status ?? 'none'] ?? (couple.waiting.has(userId) ? 'already_requested' : null);
  if (why !== null) {
    one.settle('release', userId, transactionId);
    return why;
  }
  if (mode === 'instant') {
    one.settle('capture', userId, transactionId);
    one.settleWaiting('release');
    one.open();
    return null;
  }
  couple.waiting.set(userId, { transactionId, mode: 'both', at: place.now });
  if (couple.waiting.size < 2) {
    couple.timeIsUp = place.now + twoDaysMs;
    return null;
  }
  one.settleWaiting('capture');
  one.open();
  return null;
}

function apart(one: Case, event: Of<'block'> | Of<'report'>): string | null {
  const { couple, place } = one;
  const { type, userId } = event;
  if (type === 'block' && couple.blocks.has(userId)) return null;
  couple[type === 'block' ? 'blocks' : 'reports'].set(userId, place.now);
  one.end();
  const about = type === 'report' ? { reason: event.reason, personal: event.personal } : {};
  one.history(userId, { action: type, ...about });
  return null;
}

/** @returns undefined for what nobody is answered, and what changes nothing */
function decide(one: Case, event: DatingPair): string | null | undefined {
  switch (event.type) {
    case 'swipe':
      return swipe(one, event);
    case 'unlock':
      return unlock(one, event);
    case 'undo':
      return undo(one, event);
    case 'block':
    case 'report':
      return apart(one, event);
    case 'unblock':
      return one.couple.blocks.delete(event.userId) ? null : 'not_blocked';
    case 'timer_fired':
      if (event.timerId === 'unlock' && one.couple.timeIsUp !== null && one.place.now >= one.couple.timeIsUp)
        one.settleWaiting('release');
      return undefined;
    default:
      event satisfies never;
      return undefined;
  }
}

const isFromLedger = ({ origin }: DatingPair) => origin?.startsWith('ledger/') === true;

/** Whether a record is about the two whose key it has. */
function isOfTwo(event: DatingPair, { key }: Place): boolean {
  const people = key.split(':');
  if (event.pairId !== key || people.length !== 2 || !((people[0] ?? '') < (people[1] ?? '')) || !people[0])
    return false;
  if (event.type === 'timer_fired') return true;
  return [event.userId, event.targetUserId].sort().join(':') === [...people].sort().join(':');
}

function judge(known: Knowledge, event: DatingPair, place: Place): Following[] {
  const comesFromLedger = event.type === 'swipe' || event.type === 'unlock';
  if (comesFromLedger && !isFromLedger(event)) return [];
  const couple = known.couples.get(place.key) ?? new Couple();
  known.couples.set(place.key, couple);
  const one = new Case(couple, place, event.ruleSet);
  if (!isOfTwo(event, place)) {
    if (event.type === 'unlock' && event.pairId === place.key) one.settle('release', event.userId, event.transactionId);
    return one.following;
  }
  const appendedAt = place.record?.time ?? place.now;
  const asked = event.type === 'timer_fired' ? null : event;
  const key = asked && (comesFromLedger ? (asked as Of<'swipe'>).transactionId : (asked as Of<'undo'>).idempotencyKey);
  const name = asked && `request:${asked.pairId}:${asked.userId}:${key}`;
  const before = name === null || comesFromLedger ? undefined : known.answers.get(name);
  if (before && appendedAt < before.until) return [];
  const reason = decide(one, event);
  if (name !== null && reason !== undefined) {
    const { match } = couple;
    const outcome = {
      accepted: reason === null,
      reason,
      kind: event.type,
      matchId: match?.matchId ?? null,
      matched: one.matched,
      status: match?.status ?? null,
      at: place.now,
      partition: place.partition,
      offset: place.offset,
    };
    const { fingerprint } = event as unknown as { readonly fingerprint: string | null };
    known.answers.set(name, { fingerprint: fingerprint ?? null, outcome, until: appendedAt + keysKeptMs });
  }
  return one.following;
}

const isSameBytes = (found: unknown, must: unknown): boolean =>
  must instanceof Uint8Array || found instanceof Uint8Array
    ? Buffer.compare(Buffer.from((found ?? '') as string), Buffer.from((must ?? '') as string)) === 0
    : (found ?? null) === (must ?? null);

export const pairsReading: Reading<DatingPair> = {
  processor: 'pairs',
  topic: 'dating_pairs',
  arrivesFirst: false,
  take(kept, event, place) {
    const known = knownTo(kept);
    known.following = judge(known, event, place);
    const couple = known.couples.get(place.key) ?? new Couple();
    known.couples.set(place.key, couple);
    kept.states.set(place.key, couple.state());
    kept.score('timers', `${place.key} unlock`, couple.timeIsUp);
  },
  derive: (_event, _place, kept) =>
    knownTo(kept).following.map((one) => ({
      ...one,
      isSame: (found) => Object.entries(one.event).every(([name, must]) => isSameBytes(found[name], must)),
    })),
  memos: (kept) =>
    new Map([...knownTo(kept).answers].map(([name, value]) => [name, { value, until: value.until } satisfies Memo])),
};
