// What the fold is given and what it answers: records as they stand in the log, and everything a partition must then hold.

/** A record's value as a reader without any of the platform's code understands it. */
export type Content<Event> = { readonly event: Event } | { readonly unreadable: string };

export type RawRecord<Event> = {
  readonly partition: number;
  readonly offset: number;
  /** Append time in ms. */
  readonly time: number;
  readonly key: string;
  /** Headers; null where absent. */
  readonly id: string | null;
  readonly origin: string | null;
  readonly redrive: string | null;
  /** SHA-256 (hex) of the value, where a chain is made of it. */
  readonly digest?: string;
  readonly content: Content<Event>;
};

/** What every event has, whatever it is about. */
export type Envelope = {
  readonly eventId: string;
  readonly occurredAt: number;
  readonly actorId: string;
  readonly correlationId: string;
  readonly source: string;
};

/** Where and when an event counts. */
export type Place = {
  readonly key: string;
  readonly partition: number;
  readonly offset: number;
  readonly now: number;
  /** The record itself, where more of it counts. */
  readonly record?: { readonly time: number; readonly id: string; readonly digest: string };
};

export type Cell = string | number | Uint8Array | null;
export type RowOf = Readonly<Record<string, Cell>>;

/** A derived event that must stand in the log, once with effect. */
export type Derived = {
  readonly topic: string;
  readonly key: string;
  readonly id: string;
  readonly lane: string;
  readonly offset: number;
  readonly index: number;
  readonly event: Readonly<Record<string, unknown>>;
  /** Whether what stands in the log says the same, where that is more than that all fields are equal. */
  readonly isSame?: (found: Readonly<Record<string, unknown>>) => boolean;
};

/** An event's ids that a key has seen, oldest first. */
export type SeenId = { readonly id: string; readonly time: number };

/** Everything a partition of a processor must hold at the end of the log. */
export class Kept {
  readonly states = new Map<string, unknown>();
  readonly hashes = new Map<string, Map<string, string>>();
  readonly boards = new Map<string, Map<string, number>>();
  readonly rows = new Map<string, Map<string, RowOf>>();
  readonly seen = new Map<string, SeenId[]>();
  readonly marks = new Map<string, string>();
  readonly pending = new Map<number, string>();
  readonly derived: Derived[] = [];
  /** Id → how often it took effect. */
  readonly effects = new Map<string, number>();
  readonly complaints: string[] = [];
  readonly counts = { folded: 0, repeated: 0, copies: 0, skipped: 0, mended: 0, foreign: 0 };
  next = 0;
  last: { readonly id: string; readonly time: number } | null = null;

  field(hash: string, field: string, value: string): void {
    const fields = this.hashes.get(hash) ?? new Map<string, string>();
    this.hashes.set(hash, fields.set(field, value));
  }

  score(board: string, member: string, score: number | null): void {
    const members = this.boards.get(board) ?? new Map<string, number>();
    if (score === null) members.delete(member);
    else members.set(member, score);
    this.boards.set(board, members);
  }

  /** A member stays, even at nothing. */
  add(board: string, member: string, by: number): void {
    this.score(board, member, (this.boards.get(board)?.get(member) ?? 0) + by);
  }

  /** A later write of the same row leaves the cells that it does not name. */
  row(table: string, key: string, row: RowOf): void {
    const rows = this.rows.get(table) ?? new Map<string, RowOf>();
    const named = Object.fromEntries(Object.entries(row).filter(([, cell]) => cell !== null));
    this.rows.set(table, rows.set(key, { ...rows.get(key), ...named }));
  }
}

/** What must be kept of it at least; from `until` on it may be gone. */
export type Memo = { readonly value: Readonly<Record<string, unknown>>; readonly until: number | null };

/** One processor in the fold's own words: what an event does to what its partition holds. */
export type Reading<Event> = {
  readonly processor: string;
  readonly topic: string;
  /** Clients' events arrive here first, so repeated ids of a day count once. */
  readonly arrivesFirst: boolean;
  readonly take: (kept: Kept, event: Event, place: Place) => void;
  /** What follows from it, once it is taken: topic, key and content of each derived event. */
  readonly derive: (
    event: Event,
    place: Place,
    kept: Kept,
  ) => readonly Pick<Derived, 'topic' | 'key' | 'event' | 'isSame'>[];
  /** Small states of a partition beside those of keys, once everything is folded and the log compared. */
  readonly memos?: (kept: Kept) => ReadonlyMap<string, Memo>;
};
