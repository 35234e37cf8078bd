// Takes what clients did: each event is validated, published, and acknowledged with the place it got in the log.
import { type Caller, notYours } from '../access.ts';
import { sizes } from '../limits/sizes.ts';
import { type Fields, isObject } from '../names.ts';
import type { Acknowledgement, Call, Services } from '../ports.ts';
import { type Problem, problemOf, Refusal } from '../problems.ts';
import { refusalFor } from '../unavailable.ts';

export const eventsPerRequestMax = sizes.events;

export type Accepted = {
  readonly accepted: true;
  readonly event_id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly token: string;
};
export type ItemRefused = { readonly accepted: false } & Problem;

export async function recordInteraction(services: Services, event: unknown, call: Call): Promise<Accepted | Refusal> {
  const outcome = isObject(event)
    ? await posted(services, event, call)
    : new Refusal('malformed_request', 'an event is a JSON object', { field: 'body' });
  const isRefused = outcome instanceof Refusal;
  services.metrics.events.inc({ result: isRefused ? 'refused' : 'accepted', reason: isRefused ? outcome.reason : '' });
  return outcome;
}

/** Every event on its own: the others of an array do not suffer from a wrong one. */
export async function recordInteractions(services: Services, events: readonly unknown[], call: Call) {
  if (events.length === 0 || events.length > eventsPerRequestMax) {
    const detail = `an array holds 1 to ${eventsPerRequestMax} events, not ${events.length}`;
    return new Refusal(events.length === 0 ? 'invalid_field' : 'too_large', detail, { field: 'events' });
  }
  const outcomes = await Promise.all(events.map((event) => recordInteraction(services, event, call)));
  return outcomes.map((outcome): Accepted | ItemRefused =>
    outcome instanceof Refusal ? { accepted: false, ...problemOf(outcome) } : outcome,
  );
}

async function posted(services: Services, event: Fields, call: Call): Promise<Accepted | Refusal> {
  const own = ofCaller(event, call.caller);
  if (own instanceof Refusal) return own;
  const stop = services.metrics.publishSeconds.startTimer();
  try {
    const outcome = await services.events.post(own, { correlationId: call.requestId, now: services.now() });
    if (outcome instanceof Refusal) return outcome;
    stop();
    return acceptedAs(outcome);
  } catch (error) {
    const refusal = refusalFor(error);
    if (refusal.reason === 'internal') throw error;
    return refusal;
  }
}

/** What somebody did is told by themselves alone; in either spelling, or left out. */
function ofCaller(event: Fields, caller: Caller): Fields | Refusal {
  if (caller.kind !== 'user') return event;
  const named = ['user_id', 'userId'].filter((field) => event[field] !== undefined);
  if (named.length === 0) return { ...event, user_id: caller.userId };
  const others = named.find((field) => event[field] !== caller.userId);
  return others === undefined ? event : notYours(others);
}

function acceptedAs({ eventId, topic, partition, offset, token }: Acknowledgement): Accepted {
  return { accepted: true, event_id: eventId, topic, partition, offset, token };
}
