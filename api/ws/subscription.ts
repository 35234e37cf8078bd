// One subscription of one socket: whom it tells, and what it was told last.
import type { Message } from './delivery.ts';
import { isAfter, type Sequence } from './sequence.ts';

export type Receiver = {
  /** Sends it now; a receiver that is far behind is let go of. */
  send(message: Message | Buffer): void;
  /** Sends what `make` makes as soon as the receiver keeps up; offered again before, only once. Null: there is nothing any more. */
  offer(subscription: Subscription, make: () => Message | Buffer | null): void;
};

export type Subscription = {
  readonly channel: string;
  readonly to: Receiver;
  sent: Sequence;
  /** Of the value, or of the state of an event channel, that it was shown last; empty where that is not known. */
  shown: string;
  /** It began after what is not there: so long it is waited for. Null: what it was sent is known. */
  aheadUntil: number | null;
};

/** Another instance may know more already, a store that has lost its last second gets it back from the log. */
export const aheadMsMax = 30_000;

export const aheadUntil = (after: Sequence, latest: Sequence): number | null =>
  isAfter(after, latest) ? Date.now() + aheadMsMax : null;

/** Whether it has waited in vain: its place is of another log, or of no log at all. */
export function isLost(subscription: Subscription, latest: Sequence): boolean {
  if (subscription.aheadUntil === null) return false;
  const isAhead = isAfter(subscription.sent, latest);
  const isOver = Date.now() >= subscription.aheadUntil;
  if (!isAhead || isOver) subscription.aheadUntil = null;
  return isAhead && isOver;
}

/** How a subscription began. */
export type Joining = {
  readonly channel: string;
  readonly to: Receiver;
  /** The last sequence seen; null asks for a snapshot. */
  readonly after: Sequence | null;
  /** The client's id of its request. */
  readonly id: string | undefined;
  /** False once it was ended before it began. */
  readonly isWanted: () => boolean;
};

/** A channel that is open in this process. */
export type Channel = {
  readonly name: string;
  readonly isIdle: boolean;
  /** @throws Unavailable if what it shows cannot be read now. */
  join(joining: Joining): Promise<void>;
  leave(to: Receiver): void;
  /** Something may have changed that it was not told of. */
  look(): void;
  close(): void;
};
