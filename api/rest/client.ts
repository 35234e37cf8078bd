// Where a request comes from, as its user is shown it among the sessions; and what every answer says of who may call.
import type { Request, RequestHandler } from 'express';
import type { Client } from '../identity/sessions.ts';
import type { Peer } from '../limits/addresses.ts';
import type { Services } from '../ports.ts';

export const clientOf = (request: Request, peer: Peer): Client => ({
  address: peer.address,
  userAgent: request.get('user-agent') ?? '',
});

/** In demo mode each answer says so. */
export const identityHeaders =
  (services: Services): RequestHandler =>
  (_request, response, next) => {
    const { answerHeaders } = services.identity;
    for (const name in answerHeaders) response.setHeader(name, answerHeaders[name] as string);
    next();
  };
