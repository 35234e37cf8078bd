// Somebody's matches: each that is made, unlocked or ended is an event, and beside them stand the matches as they are.
import type { Services } from '../ports.ts';
import { datingEvents, datingShown } from '../services/dating-people.ts';
import type { Reading } from './delivery.ts';
import { isAfter, type Sequence } from './sequence.ts';
import type { EventSource } from './sources.ts';

/** All of it lies in one state, and so in one commit. */
export function datingSource(userId: string, services: Services): EventSource {
  return {
    kind: 'events',
    read: async (after) => {
      for (;;) {
        const generation = services.positions.generation('dating');
        const reading = await readOnce(userId, services, { after, generation });
        if (services.positions.generation('dating') === generation) return reading;
      }
    },
    changes: (listener) => services.people.onChange(userId, listener),
  };
}

type Asked = { readonly after: Sequence | null; readonly generation: number };

async function readOnce(userId: string, services: Services, { after, generation }: Asked): Promise<Reading> {
  const isErased = services.people.isErased(userId);
  const person = isErased ? null : await services.people.person(userId);
  const sequenceOf = (offset: number): Sequence => ({ generation, offset, index: 0 });
  const events = datingEvents(services, userId, person).map(({ offset, ...data }) => ({
    sequence: sequenceOf(offset),
    data,
  }));
  // Of those whose account is gone too: what is shown of them is nothing, but the place stays.
  const last = Math.max(-1, ...(person?.matches ?? []).map(({ offset }) => offset));
  const latest = isErased && after?.generation === generation ? after : sequenceOf(last);
  const isKept = !after || !isAfter(sequenceOf(person?.forgottenOffset ?? -1), after);
  const isMissed = ({ sequence }: { sequence: Sequence }) => after !== null && isAfter(sequence, after);
  const state = await datingShown(services, userId, person);
  return { latest, events: isKept ? events.filter(isMissed) : null, state };
}
