// Typed calls that publish what one person asks for about another, keyed by their pair; a report's words travel encrypted.
import { v7 as uuidv7 } from 'uuid';
import type { PersonKeys } from '../infra/person-keys.ts';
import type { DatingPair } from '../schemas/generated.ts';
import { idPattern, pairIdOf, valueShapes } from '../schemas/ids.ts';
import { checkEvent, type Loose } from '../schemas/validate.ts';
import { InvalidEvent } from './invalid-event.ts';
import { encrypted } from './personal.ts';
import type { Acknowledgement, Publisher } from './publish.ts';
import type { InputOf } from './typed.ts';

/** Swipes and unlocks come from the ledger alone, timers from the clock. */
type Asked = Extract<DatingPair, { readonly type: 'undo' | 'block' | 'unblock' | 'report' }>;

/** The pair follows from the two. */
export type PairInput = InputOf<DropPair<Asked>> & { readonly text?: string };
type DropPair<Event> = Event extends { readonly pairId: string } ? Omit<Event, 'pairId'> : never;

const personalNames = ['text'] as const;
const id = new RegExp(idPattern);

export type PairProducer = ReturnType<typeof pairProducer>;

/** @param personKeys needed only by reports with words */
export const pairProducer = (publisher: Publisher, personKeys?: PersonKeys) => ({
  /** @throws InvalidEvent for the first wrong field, PublishUnavailable if Kafka does not answer */
  producePairEvent: async (input: PairInput): Promise<Acknowledgement> => {
    const since = performance.now();
    const { userId, targetUserId } = input;
    refuseWrongPeople(input);
    const given = { actorId: userId, ...input, pairId: pairIdOf(userId, targetUserId) };
    const checked = checkEvent('dating_pairs', given as Loose, { now: publisher.now() });
    if (!checked.ok) throw new InvalidEvent(checked.problem);
    const event = { ...checked.event, eventId: String(checked.event.eventId ?? uuidv7()) };
    const secret = { personId: userId, names: personalNames };
    if (!personKeys && 'text' in checked.event) throw new Error('a report’s words need the keys of persons');
    const published = personKeys ? await encrypted(event, secret, personKeys) : event;
    return publisher.publish('dating_pairs', published, since);
  },
});

/** Before they are made into a pair, whose name no caller knows. */
function refuseWrongPeople(input: PairInput): void {
  for (const field of ['userId', 'targetUserId'] as const)
    if (typeof input[field] !== 'string' || !id.test(input[field]))
      throw new InvalidEvent({ field, expected: valueShapes.id.description, reason: 'invalid_field' });
  if (input.userId === input.targetUserId)
    throw new InvalidEvent({ field: 'targetUserId', expected: 'somebody else', reason: 'invalid_field' });
}
