// What every request passes before its route, whichever way it came: the guard against floods, then who calls.
import { anonymousCaller, type Caller } from '../access.ts';
import type { Credentials, Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import type { Peer } from './addresses.ts';
import type { Limits } from './limits.ts';

export type Visitor = { readonly caller: Caller; readonly peer: Peer };

/** @param from the socket's address (in gRPC with its port), and X-Forwarded-For */
export async function visitorOf(
  { limits, identity }: Services,
  credentials: Credentials,
  from: { readonly peer: string; readonly forwardedFor?: string | undefined },
): Promise<Visitor | Refusal> {
  const peer = limits.peerOf(from.peer.replace(/:\d+$/, ''), from.forwardedFor);
  const flooding = limits.admits(peer);
  if (flooding) return flooding;
  const caller = await identity.callerOf(credentials);
  return caller instanceof Refusal ? unknownCaller(limits, peer, caller) : { caller, peer };
}

/** Whose token is not good is charged to its address, as one without. */
export async function unknownCaller(limits: Limits, peer: Peer, refusal: Refusal): Promise<Refusal> {
  return (await limits.ofBudget('general', { caller: anonymousCaller, peer })) ?? refusal;
}
