// What every request passes before its route, whichever way it came: the guard against floods, then who calls.
import type { IncomingMessage } from 'node:http';
import { anonymousCaller, type Caller } from '../access.ts';
import type { Credentials, Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { type Soon, soon } from '../soon.ts';
import type { Peer } from './addresses.ts';
import type { Limits } from './limits.ts';

export type Visitor = { readonly caller: Caller; readonly peer: Peer };

/** @param from the socket's address (in gRPC with its port), and X-Forwarded-For */
export function visitorOf(
  { limits, identity }: Services,
  credentials: Credentials,
  from: { readonly peer: string; readonly forwardedFor?: string | undefined },
): Soon<Visitor | Refusal> {
  const peer = limits.peerOf(from.peer.replace(/:\d+$/, ''), from.forwardedFor);
  const flooding = limits.admits(peer);
  if (flooding) return flooding;
  return soon(
    identity.callerOf(credentials),
    (caller): Soon<Visitor | Refusal> =>
      caller instanceof Refusal ? unknownCaller(limits, peer, caller) : { caller, peer },
  );
}

/** Whose token is not good is charged to its address, as one without. */
export async function unknownCaller(limits: Limits, peer: Peer, refusal: Refusal): Promise<Refusal> {
  return (await limits.ofBudget('general', { caller: anonymousCaller, peer })) ?? refusal;
}

/** Of HTTP, also where a WebSocket is wanted: whose address it comes from, before anything else is looked at; a refusal if that one floods. */
export function socketPeer(limits: Limits, { socket, headers }: IncomingMessage): Peer | Refusal {
  const forwarded = headers['x-forwarded-for'];
  const peer = limits.peerOf(socket.remoteAddress, Array.isArray(forwarded) ? forwarded.join(',') : forwarded);
  return limits.admits(peer) ?? peer;
}

/** Null, or why this visitor may not open a socket now. */
export const socketMayOpen = (limits: Limits, visitor: Visitor) => limits.ofBudget('sockets', visitor);

/** Null, or why this message is too much; awaits nothing while the visitor's lease lasts. */
export const messageMayCome = (limits: Limits, visitor: Visitor) => limits.ofBudget('messages', visitor);
