// The door for what clients post: only their actions, checked field by field, published, acknowledged by the broker.
import { type ActivityProducer, type ClientEvent, validateClientEvent } from '../producers/activity.ts';
import { InvalidEvent } from '../producers/invalid-event.ts';
import { PublishUnavailable } from '../producers/publish.ts';
import { asSpelled, type Fields, inCamelCase } from './names.ts';
import type { Events } from './ports.ts';
import { Refusal } from './problems.ts';

/**
 * The publisher answers within 1.8 s by itself, the time for a new person's key included, so nothing is timed here.
 * @param producer null until it is connected
 */
export function eventDoor(producer: () => ActivityProducer | null): Events {
  return {
    post: (given, { correlationId, now }) => {
      const event = checked(given as Fields, now);
      if (event instanceof Refusal) return event;
      const connected = producer();
      if (!connected) throw new PublishUnavailable(event.eventId, 'still connecting to kafka');
      return connected.produce(event, correlationId);
    },
  };
}

function checked(given: Fields, now: number): ClientEvent | Refusal {
  const named = inCamelCase(given);
  if (named instanceof Refusal) return named;
  try {
    return validateClientEvent(named, now);
  } catch (error) {
    if (!(error instanceof InvalidEvent)) throw error;
    const field = asSpelled(given, error.field);
    const detail = error.reason === 'unknown_field' ? error.expected : `expected ${error.expected}`;
    return new Refusal(error.reason, `${field}: ${detail}`, { field });
  }
}
