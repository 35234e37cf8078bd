// What a channel shows: of an event channel every event by itself, of a value channel the whole as it stands.
import type { Reading } from './delivery.ts';
import type { Sequence } from './sequence.ts';

type Changes = {
  /** Calls back when something may have changed. @returns a function that ends it */
  readonly changes: (listener: () => void) => () => void;
};

export type EventSource = Changes & {
  readonly kind: 'events';
  /** @param after null: only the state, and of which event it is */
  readonly read: (after: Sequence | null) => Promise<Reading>;
};

export type Value = { readonly sequence: Sequence; readonly data: object };

export type ValueSource = Changes & {
  readonly kind: 'value';
  readonly read: () => Promise<Value>;
  /** Two values with the same fingerprint need not both be sent. */
  readonly fingerprint: (data: object) => string;
  /** Whether the same sequence always means the same value. */
  readonly isExact: boolean;
};

export type Source = EventSource | ValueSource;

/** At most so many missed events are sent one by one. */
export const eventsKept = 1_000;
