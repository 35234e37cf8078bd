// The door for what clients post: only their actions, checked field by field, published, acknowledged by the broker.
import { type ActivityProducer, type ClientEvent, validateClientEvent } from '../producers/activity.ts';
import { InvalidEvent } from '../producers/invalid-event.ts';
import { PublishUnavailable } from '../producers/publish.ts';
import { asSpelled, type Fields, inCamelCase } from './names.ts';
import type { Events } from './ports.ts';
import { Refusal } from './problems.ts';

/** The publisher gives up by itself after 1.8 s; this also bounds what comes before it (a new person's key). */
const answerMsMax = 1_900;

/** @param producer null until it is connected */
export function eventDoor(producer: () => ActivityProducer | null): Events {
  return {
    post: async (given, { correlationId, now }) => {
      const event = checked(given as Fields, now);
      if (event instanceof Refusal) return event;
      const connected = producer();
      if (!connected) throw new PublishUnavailable(event.eventId, 'still connecting to kafka');
      return inTime(event.eventId, connected.produce(event, correlationId));
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

/** With a plain timer: an abort signal for each event took a third of the CPU of a batch. */
async function inTime<T>(eventId: string, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    const late = () => reject(new PublishUnavailable(eventId, 'Kafka did not answer in time'));
    timer = setTimeout(late, answerMsMax);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
