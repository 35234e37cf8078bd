// Moves the personal details of an event into one field, encrypted under the key of the person whom they concern.
import { KeysUnavailable, type PersonKeys } from '../infra/person-keys.ts';
import type { Loose } from '../schemas/validate.ts';
import { PublishUnavailable } from './publish.ts';

export type WithPersonal = { readonly personId: string; readonly names: readonly string[] };

/** Looks at the few fields that the event has, not for each of the names. */
export function hasPersonal(event: Loose, names: readonly string[]): boolean {
  for (const name in event) if (names.includes(name) && event[name] !== undefined) return true;
  return false;
}

/** @throws PublishUnavailable if a new person's key cannot be made now */
export async function encrypted(
  event: Loose & { readonly eventId: string },
  { personId, names }: WithPersonal,
  personKeys: PersonKeys,
): Promise<Loose> {
  if (!hasPersonal(event, names)) return event;
  const details = Object.fromEntries(names.flatMap((name) => (event[name] === undefined ? [] : [[name, event[name]]])));
  const plain = Object.fromEntries(Object.entries(event).filter(([name]) => !(name in details)));
  try {
    return { ...plain, personal: await personKeys.encrypt(personId, details) };
  } catch (error) {
    if (error instanceof KeysUnavailable) throw new PublishUnavailable(event.eventId, error.message);
    throw error;
  }
}
