// The first look at a request: whose address it comes from, and whether that one floods.
import type { RequestHandler } from 'express';
import type { Services } from '../ports.ts';
import { sendRefusal } from './problem-answers.ts';

export function atTheDoor(services: Services): RequestHandler {
  return (request, response, next) => {
    const { limits } = services;
    const forwarded = request.headers['x-forwarded-for'];
    const peer = limits.peerOf(
      request.socket.remoteAddress,
      Array.isArray(forwarded) ? forwarded.join(',') : forwarded,
    );
    response.locals.peer = peer;
    const flooding = limits.admits(peer);
    if (flooding) sendRefusal(response, flooding);
    else next();
  };
}
