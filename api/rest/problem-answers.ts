// Sends refusals as problem+json, and turns what went wrong on the way to a service into one; never a stack trace.
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Log } from '../../infra/log.ts';
import { problemOf, Refusal, reasons, retryAfterS } from '../problems.ts';
import { refusalFor } from '../unavailable.ts';

export function sendRefusal(response: Response, refusal: Refusal): void {
  const wait = retryAfterS(refusal.reason);
  if (wait !== undefined) response.set('retry-after', String(wait));
  if (refusal.more.headers) response.set(refusal.more.headers);
  if (refusal.more.allow) response.set('allow', refusal.more.allow.join(', '));
  response.status(reasons[refusal.reason].status).type('application/problem+json');
  response.send(JSON.stringify({ ...problemOf(refusal), request_id: response.locals.requestId }));
}

export const unknownRoute: RequestHandler = (request, response) => {
  sendRefusal(response, new Refusal('unknown_route', `there is nothing at ${request.path.slice(0, 200)}`));
};

/** What the body parser and the router throw: `type` is the body parser's, `status` both have. */
type Thrown = { readonly type?: string; readonly status?: number; readonly limit?: number };

export function onError(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const refusal = misread((error ?? {}) as Thrown) ?? refusalFor(error);
    if (refusal.reason === 'internal')
      log.error({ err: error, requestId: response.locals.requestId, path: request.path });
    sendRefusal(response, refusal);
  };
}

function misread({ type, status, limit }: Thrown): Refusal | null {
  if (status === undefined || status < 400 || status > 499) return null;
  if (type === 'entity.parse.failed')
    return new Refusal('malformed_request', 'the body is not JSON', { field: 'body' });
  if (type === 'entity.too.large') {
    return new Refusal('too_large', `a body has at most ${limit ?? 'a million'} bytes`, { field: 'body' });
  }
  if (status === 415) return new Refusal('unsupported_media_type', 'send JSON in UTF-8, plain or gzipped');
  return new Refusal('malformed_request', 'the request cannot be read as it was sent');
}
