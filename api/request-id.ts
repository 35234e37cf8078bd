// The id of a request: the caller's, if it has the shape of one, else a UUID of version 7.
import { uuidv7 } from '../infra/uuid.ts';
import { idPattern } from '../schemas/ids.ts';

const isId = new RegExp(idPattern);

export const requestIdOf = (given: string | undefined): string =>
  given !== undefined && isId.test(given) ? given : uuidv7();
