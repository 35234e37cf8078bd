// Gives every request an id (the client's, if it has the shape of one), and answers carry it back.
import type { RequestHandler } from 'express';
import { idPattern } from '../../schemas/ids.ts';
import { newRequestId } from '../request-id.ts';

const isId = new RegExp(idPattern);

export const requestId: RequestHandler = (request, response, next) => {
  const given = request.get('x-request-id') ?? request.get('x-correlation-id') ?? '';
  const id = isId.test(given) ? given : newRequestId();
  response.locals.requestId = id;
  response.set('x-request-id', id);
  next();
};
