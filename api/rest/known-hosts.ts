// By which names this API may be asked: where everyone is who they say, only by those of this very machine and those that are configured.
//
// A browser sends the name of its page as Host. A page whose name was made to mean 127.0.0.1 (DNS rebinding) has our origin by that, so neither
// CORS nor the Origin of a WebSocket keeps it out; its name does. With tokens it would have none to send.
import type { RequestHandler } from 'express';
import { isLoopback } from '../../infra/start-rules.mjs';
import { Refusal } from '../problems.ts';
import { sendRefusal } from './problem-answers.ts';
import type { Web } from './web.ts';

/** @param hosts in lower case, without ports; null: any */
export function hostRefusal(host: string | undefined, hosts: Web['hosts']): Refusal | null {
  if (hosts === null) return null;
  const name = (host ?? '').toLowerCase().replace(/:\d*$/, '');
  if (isLoopback(name) || hosts.includes(name)) return null;
  const detail = `in demo mode this API is asked as localhost, not as ${name.slice(0, 100) || 'nobody'}; DEMO_HOSTS names others`;
  return new Refusal('unknown_host', detail);
}

export function knownHosts({ hosts }: Pick<Web, 'hosts'>): RequestHandler {
  return (request, response, next) => {
    const refusal = hostRefusal(request.headers.host, hosts);
    if (refusal) sendRefusal(response, refusal);
    else next();
  };
}
