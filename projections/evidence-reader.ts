// Reads what is known of a user for a ranking, and keeps it: of a user known already only what is new is read again.
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { Memory } from '../processors/feed/ranking/memory.ts';
import type { Evidence } from '../processors/feed/ranking/viewer.ts';
import { type History, initialState, recentMax } from '../processors/history/domain.ts';
import { type PartitionTag, stateKey, writeKey } from '../processors/runtime/keys.ts';
import { parseRecent, recentHash, recentSlot } from './history.ts';
import { type HistoryPlace, historyTag, strangerOf } from './viewer-evidence.ts';

/** What was read of a user. Never changed: the next reading makes the next one. */
type Known = {
  readonly generation: number;
  /** The history's state as it is kept. */
  readonly text: string;
  /** The newest slot of the ring as it is kept; null before the first interaction. */
  readonly newest: string | null;
  /** Interactions by offset. */
  readonly evidence: Evidence & { readonly history: History; readonly memory: Memory };
  /** Whether its state counts interactions: only then the ring can be continued. */
  readonly isCounted: boolean;
};

/** What is read of the ring together with the state: values of slots from the `from`-th interaction on. */
type Ahead = { readonly from: number; readonly values: readonly (string | null)[] };

/** Interactions in memory, of all users together; one takes some 300 bytes. */
const keptMax = 200_000;
/** With more new ones than this the whole ring is read in one go. */
const newMax = 1_024;
/** So many new ones are looked for before it is known how many there are: as a rule it is one. */
const aheadMax = 2;

export class EvidenceReader {
  readonly #redis: Redis;
  readonly #place: HistoryPlace;
  /** Of whom, among those who are known, it was told that there is more. */
  readonly #outdated = new Set<string>();
  readonly #known = new LRUCache<string, Known>({
    maxSize: keptMax,
    sizeCalculation: ({ evidence }) => evidence.interactions.length + 1,
    dispose: (_, userId, reason) => {
      if (reason !== 'set') this.#outdated.delete(userId);
    },
  });

  constructor(redis: Redis, place: HistoryPlace) {
    this.#redis = redis;
    this.#place = place;
  }

  /** Something of this user has been committed: who reads it next asks at once for what is new, without a look whether there is any. */
  outdate(userId: string): void {
    if (this.#known.has(userId)) this.#outdated.add(userId);
  }

  async read(userId: string): Promise<Evidence> {
    const tag = historyTag(this.#place, userId);
    const before = this.#known.get(userId);
    const isOutdated = this.#outdated.delete(userId);
    // In this order: the slots are then at least as new as the state.
    const reading = this.#redis.hget(stateKey(tag), userId);
    const looking = isOutdated && before ? this.#ahead(before, tag) : null;
    const [text, ahead] = await Promise.all([reading, looking]);
    if (text === null) {
      this.#known.delete(userId);
      return strangerOf(userId);
    }
    if (before?.generation === tag.generation && before.text === text) return before.evidence;
    const news = before && { text, ahead };
    const after = (news && (await this.#continued(before, tag, news))) ?? (await this.#whole(tag, userId, text));
    // Where another reading of the same user has ended meanwhile, its result stays; whichever it is, the next looks again.
    if (this.#known.peek(userId) === before && isComplete(after)) this.#known.set(userId, after);
    return after.evidence;
  }

  /** The newest slot known and a few behind it. */
  async #ahead({ evidence }: Known, tag: PartitionTag): Promise<Ahead> {
    const from = Math.max(0, evidence.history.interactions - 1);
    return { from, values: await this.#slots(tag, evidence.userId, { from, count: aheadMax + 1 }) };
  }

  #slots(tag: PartitionTag, userId: string, { from, count }: Slots): Promise<(string | null)[]> {
    const slots = Array.from({ length: count }, (_, n) => recentSlot(from + n));
    return this.#redis.hmget(writeKey(tag, recentHash(userId)), ...slots);
  }

  /** Only the slots that were written since; null where what is known is not the beginning of what is there. */
  async #continued(before: Known, tag: PartitionTag, { text, ahead }: Reading): Promise<Known | null> {
    const { history, isCounted } = historyOf(text);
    const { userId } = before.evidence;
    const [from, to] = [before.evidence.history.interactions, history.interactions];
    // An exposure changes the state, but is no event of the user's.
    const isLater = before.generation === tag.generation && history.events >= before.evidence.history.events;
    if (!isLater || to < from || to - from > newMax) return null;
    if (to === 0) return { ...before, text, isCounted, evidence: { ...before.evidence, history } };
    // The newest slot known is read again: another log's ring, as after a loss of everything, has something else there.
    const first = Math.max(0, from - 1);
    const count = to - first;
    const isRead = ahead?.from === first && count <= ahead.values.length;
    const values = isRead ? ahead.values.slice(0, count) : await this.#slots(tag, userId, { from: first, count });
    const fresh = from === 0 ? values : values.slice(1);
    if (values.includes(null) || (from > 0 && values[0] !== before.newest)) return null;
    return extended(before, { text, history, isCounted, added: fresh.map(String) });
  }

  async #whole(tag: PartitionTag, userId: string, text: string): Promise<Known> {
    const ring = await this.#redis.hgetall(writeKey(tag, recentHash(userId)));
    const { history, isCounted } = historyOf(text);
    const newest = ring[recentSlot(history.interactions - 1)] ?? null;
    // What was committed after the state was read belongs to the next reading.
    const last = newest === null ? Number.POSITIVE_INFINITY : parseRecent(newest).offset;
    const interactions = Object.values(ring)
      .map(parseRecent)
      .filter(({ offset }) => offset <= last)
      .sort((a, b) => a.offset - b.offset);
    const memory = Memory.of(interactions);
    const evidence = { userId, partition: tag.partition, history, interactions, memory };
    return { generation: tag.generation, text, newest, evidence, isCounted };
  }
}

type Slots = { readonly from: number; readonly count: number };
type Reading = { readonly text: string; readonly ahead: Ahead | null };

/** States of rules 1, before the swap, lack some fields: their ring is not counted, and so read whole every time. */
function historyOf(text: string): Pick<Known, 'isCounted'> & { readonly history: History } {
  const state = JSON.parse(text) as Partial<History>;
  return { history: { ...initialState(), ...state }, isCounted: state.interactions !== undefined };
}

/** Only a ring that is as full as its state says can be continued. */
const isComplete = ({ isCounted, evidence: { interactions, history } }: Known): boolean =>
  isCounted && interactions.length === Math.min(history.interactions, recentMax);

type News = Pick<Known, 'text' | 'isCounted'> & { readonly history: History; readonly added: readonly string[] };

function extended(before: Known, { text, history, isCounted, added }: News): Known {
  const { evidence } = before;
  if (added.length === 0) return { ...before, text, isCounted, evidence: { ...evidence, history } };
  const fresh = added.map(parseRecent);
  const all = [...evidence.interactions, ...fresh];
  const gone = all.slice(0, Math.max(0, all.length - recentMax));
  const memory = evidence.memory.after(fresh, gone);
  const interactions = all.slice(gone.length);
  return {
    ...before,
    text,
    isCounted,
    newest: added.at(-1) ?? null,
    evidence: { ...evidence, history, interactions, memory },
  };
}
