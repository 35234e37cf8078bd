// Strong entity tags (RFC 9110, 8.8.3): what a client has already is not sent again.
import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';

export function etagOf(text: string | Buffer): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
}

/** Sets the tag, and answers 304 if that is what the client has; its copy is for itself and asked about each time. */
export function hasAlready(request: Request, response: Response, etag: string): boolean {
  response.setHeader('etag', etag);
  response.setHeader('cache-control', 'private, no-cache');
  return isKnown(request, response, etag);
}

/** Answers 304 if the client has what this tag stands for. */
export function isKnown(request: Request, response: Response, etag: string): boolean {
  const known = request.headers['if-none-match'];
  if (response.statusCode !== 200 || known === undefined || !isAmong(known, etag)) return false;
  response.status(304).end();
  return true;
}

/** Compared weakly, as If-None-Match is. */
const isAmong = (known: string, etag: string): boolean =>
  known.trim() === '*' || known.split(',').some((one) => one.trim().replace(/^W\//, '') === etag);
