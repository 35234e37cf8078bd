// Lets pages of the configured origins read answers (CORS, the Fetch standard); those of others get no header, and browsers keep answers from them.
//
// Credentials are never allowed: tokens travel in Authorization, which a page has to set itself, so there is no cookie to misuse.
import type { Request, RequestHandler } from 'express';
import { hitHeader, idempotencyHeader } from '../names.ts';
import type { Web } from './web.ts';

const exposed = [
  'RateLimit-Policy',
  'RateLimit',
  'Retry-After',
  'ETag',
  hitHeader,
  'X-Request-Id',
  'X-Next-Cursor',
  'Demo-Mode',
].join(', ');
const accepted = [
  'Authorization',
  'Content-Type',
  idempotencyHeader,
  'If-None-Match',
  'X-Request-Id',
  'X-Read-Token',
].join(', ');
const methods = 'GET, HEAD, POST, PUT, DELETE';
const keptS = 600;

export function cors({ origins }: Pick<Web, 'origins'>): RequestHandler {
  if (origins.length === 0) return (_request, _response, next) => next();
  const isAny = origins.includes('*');
  return (request, response, next) => {
    response.vary('origin');
    const { origin } = request.headers;
    if (origin === undefined || !(isAny || origins.includes(origin))) return next();
    response.setHeader('access-control-allow-origin', isAny ? '*' : origin);
    if (!isPreflight(request)) {
      response.setHeader('access-control-expose-headers', exposed);
      return next();
    }
    response.set({
      'access-control-allow-methods': methods,
      'access-control-allow-headers': accepted,
      'access-control-max-age': String(keptS),
    });
    response.status(204).end();
  };
}

const isPreflight = ({ method, headers }: Request): boolean =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
