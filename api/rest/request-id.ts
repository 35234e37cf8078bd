// Gives every request an id, and answers carry it back.
import type { RequestHandler } from 'express';
import { requestIdOf } from '../request-id.ts';

export const requestId: RequestHandler = (request, response, next) => {
  const id = requestIdOf(request.get('x-request-id') ?? request.get('x-correlation-id'));
  response.locals.requestId = id;
  response.setHeader('x-request-id', id);
  next();
};
