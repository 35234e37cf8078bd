// What is told of an account that was deleted: its owner can ask for nothing new, whatever stays of it in sums.
import type { Services } from '../ports.ts';
import { Refusal } from '../problems.ts';

const detail =
  'this account was deleted for good: nothing personal of it can be read any more, and it does nothing new; amounts and sums stay';

export const deletedAccount = (field = 'user_id'): Refusal => new Refusal('account_deleted', detail, { field });

/** @param field of the request, which names the user */
export const refusedIfDeleted = (services: Services, userId: string, field = 'user_id'): Refusal | null =>
  services.people.isErased(userId) ? deletedAccount(field) : null;
