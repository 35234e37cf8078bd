// Typed calls that publish what users do: validated, personal details encrypted, keyed by user.
import type { PersonKeys } from '../infra/person-keys.ts';
import { uuidv7 } from '../infra/uuid.ts';
import type { UserActivity } from '../schemas/generated.ts';
import { checkEvent, type Loose } from '../schemas/validate.ts';
import { InvalidEvent } from './invalid-event.ts';
import { encrypted, hasPersonal } from './personal.ts';
import type { Acknowledgement, Publisher } from './publish.ts';
import type { InputOf } from './typed.ts';

/** Personal details by their plain names; they travel encrypted under the user's key. */
export type PersonalDetails = {
  text?: string;
  username?: string;
  birthDate?: string;
  biography?: string;
  place?: string;
  /** A whole dating profile. */
  dating?: Readonly<Record<string, unknown>>;
};

/** What a call gives: the user, the action with its details, and of the envelope what it knows. */
export type UserActivityInput = InputOf<UserActivity> & PersonalDetails;

const personalNames = ['text', 'username', 'birthDate', 'biography', 'place', 'dating'] as const;

export type ClientEvent = Loose & { readonly action: string; readonly userId: string; readonly eventId: string };

/** What a client posted, as an event with an id. @throws InvalidEvent for the first wrong field. */
export function validateClientEvent(given: object, now: number): ClientEvent {
  const checked = checkEvent('user_activity', given as Loose, { client: true, now });
  if (!checked.ok) throw new InvalidEvent(checked.problem);
  // Not `{ eventId, ...event }`: what is spread behind other fields is copied many times slower than what is assigned.
  return Object.assign({ eventId: checked.event.eventId ?? uuidv7() }, checked.event) as ClientEvent;
}

export type ActivityProducer = {
  produceUserActivityEvent(input: UserActivityInput): Promise<Acknowledgement>;
  /** Publishes what `validateClientEvent` has checked. @throws as its promise does, where nothing had to be waited for */
  produce(event: ClientEvent, correlationId: string): Promise<Acknowledgement>;
};

export function activityProducer(publisher: Publisher, personKeys: PersonKeys): ActivityProducer {
  const publishSecret = async (event: Loose) => {
    const identified = { ...event, eventId: String(event.eventId ?? uuidv7()) };
    const since = performance.now();
    const secret = { personId: String(event.userId), names: personalNames };
    return publisher.publish('user_activity', await encrypted(identified, secret, personKeys), since);
  };
  const publish = (event: Loose) =>
    hasPersonal(event, personalNames) ? publishSecret(event) : publisher.publish('user_activity', event);
  return {
    produceUserActivityEvent: async (input) => {
      const checked = checkEvent('user_activity', input as Loose, { now: publisher.now() });
      if (!checked.ok) throw new InvalidEvent(checked.problem);
      return publish(checked.event);
    },
    produce: (event, correlationId) => publish(Object.assign({}, event, { correlationId, source: 'api' })),
  };
}
