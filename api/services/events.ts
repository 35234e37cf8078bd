// Takes what clients did: each event is validated, published, and acknowledged with the place it got in the log.
import { type Caller, notYours } from '../access.ts';
import { sizes } from '../limits/sizes.ts';
import { type Fields, isObject } from '../names.ts';
import type { Acknowledgement, Call, Services } from '../ports.ts';
import { type Problem, problemOf, Refusal } from '../problems.ts';
import type { Soon } from '../soon.ts';
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
  const outcome = await posted(services, event, { call, startedAt: performance.now() });
  count(services, [outcome]);
  return outcome;
}

/** Every event on its own: the others of an array do not suffer from a wrong one. */
export async function recordInteractions(services: Services, events: readonly unknown[], call: Call) {
  if (events.length === 0 || events.length > eventsPerRequestMax) {
    const detail = `an array holds 1 to ${eventsPerRequestMax} events, not ${events.length}`;
    return new Refusal(events.length === 0 ? 'invalid_field' : 'too_large', detail, { field: 'events' });
  }
  const how = { call, startedAt: performance.now() };
  const outcomes = await Promise.all(events.map((event) => posted(services, event, how)));
  count(services, outcomes);
  return outcomes.map((outcome): Accepted | ItemRefused =>
    outcome instanceof Refusal ? { accepted: false, ...problemOf(outcome) } : outcome,
  );
}

type How = { readonly call: Call; readonly startedAt: number };

function posted(services: Services, event: unknown, { call, startedAt }: How): Soon<Accepted | Refusal> {
  if (!isObject(event)) return new Refusal('malformed_request', 'an event is a JSON object', { field: 'body' });
  const own = ofCaller(event, call.caller);
  if (own instanceof Refusal) return own;
  try {
    const posting = services.events.post(own, { correlationId: call.requestId, now: services.now() });
    if (posting instanceof Refusal) return posting;
    return Promise.resolve(posting).then((outcome) => {
      if (outcome instanceof Refusal) return outcome;
      services.metrics.publishSeconds.observe((performance.now() - startedAt) / 1_000);
      return acceptedAs(outcome);
    }, whyNot);
  } catch (error) {
    return whyNot(error);
  }
}

function whyNot(error: unknown): Refusal {
  const refusal = refusalFor(error);
  if (refusal.reason === 'internal') throw error;
  return refusal;
}

/** Once a request: each look for a labelled series costs as much as the check of an event. */
function count({ metrics }: Services, outcomes: readonly (Accepted | Refusal)[]): void {
  let accepted = 0;
  for (const outcome of outcomes) {
    if (outcome instanceof Refusal) metrics.events.inc({ result: 'refused', reason: outcome.reason });
    else accepted += 1;
  }
  if (accepted > 0) metrics.events.inc({ result: 'accepted', reason: '' }, accepted);
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
