// Collects what differs between two generations: all are counted, the first few are kept in both versions.

export type Difference = {
  /** Such as "state of user u1" or "user_swipe_history user_id=u1 …". */
  readonly where: string;
  readonly live: string | null;
  readonly shadow: string | null;
};

const keptMax = 10;
export const shownMax = 2_000;

export class Differences {
  readonly first: Difference[] = [];
  /** Rows, states, fields and scores that were compared. */
  compared = 0;
  count = 0;
  /** Rows of events that live has written but not yet committed; they will be written again. */
  ahead = 0;

  /** Compares one value; null where it does not exist. */
  compare(where: () => string, live: string | null, shadow: string | null): void {
    this.compared += 1;
    if (live === shadow) return;
    this.count += 1;
    if (this.first.length < keptMax) this.first.push({ where: where(), live: cut(live), shadow: cut(shadow) });
  }
}

const cut = (text: string | null) => (text && text.length > shownMax ? `${text.slice(0, shownMax)}…` : text);
