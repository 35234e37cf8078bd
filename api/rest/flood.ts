// The first look at a request: whose address it comes from, and whether that one floods.
import type { RequestHandler } from 'express';
import { socketPeer } from '../limits/at-the-door.ts';
import type { Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { sendRefusal } from './problem-answers.ts';

export function atTheDoor(services: Services): RequestHandler {
  return (request, response, next) => {
    const peer = socketPeer(services.limits, request);
    if (peer instanceof Refusal) return sendRefusal(response, peer);
    response.locals.peer = peer;
    next();
  };
}
