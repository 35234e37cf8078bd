// What a subscriber of an event channel is sent next, given what it was sent last and what the log's projection holds. Pure.
import { isAfter, type Sequence, textOf } from './sequence.ts';

export type SocketEvent = { readonly sequence: Sequence; readonly data: object };

/** What was committed of a channel, read after a sequence. */
export type Reading = {
  /** Of the last event; before the first the beginning of the generation. */
  readonly latest: Sequence;
  /** All that came after the sequence, in order; null if not all of it is kept. */
  readonly events: readonly SocketEvent[] | null;
  /** The whole as it stands after the last event. */
  readonly state: object;
};

export type Message = Readonly<Record<string, unknown>> & { readonly type: string };
export type Delivery = { readonly messages: readonly Message[]; readonly sent: Sequence };

/** Every event once and in order, or one gap that names what is gone and brings the whole instead. */
export function deliveryAfter(channel: string, sent: Sequence, reading: Reading): Delivery {
  const { latest, events, state } = reading;
  if (latest.generation !== sent.generation) return gap(channel, sent, { ...reading, reason: 'new_generation' });
  if (events === null) {
    // A store that has lost its last second has not lost what this client knows: the log brings it again.
    if (!isAfter(latest, sent)) return { messages: [], sent };
    return gap(channel, sent, { latest, state, reason: 'no_longer_kept' });
  }
  const messages: Message[] = [];
  let last = sent;
  for (const { sequence, data } of events) {
    if (!isAfter(sequence, last)) continue;
    messages.push({ type: 'event', channel, sequence: textOf(sequence), previous: textOf(last), data });
    last = sequence;
  }
  return { messages, sent: last };
}

/** From a place that does not exist to where the channel really is. */
export const deliveryFromNowhere = (channel: string, sent: Sequence, { latest, state }: Reading): Delivery =>
  gap(channel, sent, { latest, state, reason: 'unknown_sequence' });

type Gap = Pick<Reading, 'latest' | 'state'> & {
  readonly reason: 'new_generation' | 'no_longer_kept' | 'unknown_sequence';
};

function gap(channel: string, sent: Sequence, { latest, state, reason }: Gap): Delivery {
  const [from, to] = [textOf(sent), textOf(latest)];
  return { messages: [{ type: 'gap', channel, from, to, reason, snapshot: state }], sent: latest };
}
