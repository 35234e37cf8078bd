// From a topic's generated union to the input of its producer call: what can be absent may be left out.
import type { TopicName } from '../schemas/topics.ts';
import { checkEvent, type Loose } from '../schemas/validate.ts';
import { InvalidEvent } from './invalid-event.ts';
import type { Acknowledgement, Publisher } from './publish.ts';

/** Every event has these; a producer call may set them and need not. */
type EnvelopeName = 'eventId' | 'occurredAt' | 'actorId' | 'correlationId' | 'source' | 'ruleSet' | 'origin';

type Optional<Event> = { [K in keyof Event as null extends Event[K] ? never : K]: Event[K] } & {
  [K in keyof Event as null extends Event[K] ? K : never]?: Event[K];
};

/** The input of a call for each member of an event union. */
export type InputOf<Event> = Event extends { readonly [K in EnvelopeName]: unknown }
  ? Optional<Omit<Event, EnvelopeName | 'personal'>> & Partial<Pick<Event, EnvelopeName>>
  : never;

/** Checks and publishes. @throws InvalidEvent for the first wrong field, PublishUnavailable if Kafka does not answer. */
export async function publishChecked(publisher: Publisher, topic: TopicName, input: object): Promise<Acknowledgement> {
  const checked = checkEvent(topic, input as Loose, { now: publisher.now() });
  if (!checked.ok) throw new InvalidEvent(checked.problem);
  return publisher.publish(topic, checked.event);
}
