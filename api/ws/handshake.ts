// Who may open a WebSocket: the address, the origin, the version, and whose token it is.
import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../../infra/start-rules.mjs';
import type { Caller } from '../access.ts';
import type { Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { refusalFor } from '../unavailable.ts';
import { subprotocol, version } from './protocol.ts';

/** What can be said without asking anyone. */
export function refusalOf({ url = '', headers }: IncomingMessage, origins: readonly string[]): Refusal | null {
  const [path, query = ''] = url.split('?');
  if (path !== '/ws') return new Refusal('unknown_route', 'WebSockets are at /ws');
  if (!isAllowedOrigin(headers.origin, headers.host, origins))
    return new Refusal('forbidden_origin', 'not from this origin');
  return isSpoken(headers['sec-websocket-protocol'], new URLSearchParams(query)) ? null : unspoken();
}

/** Named in the address or among the subprotocols; who names none speaks the newest. */
function isSpoken(offered: string | undefined, query: URLSearchParams): boolean {
  const asked = query.get('v');
  if (asked !== null && asked !== String(version)) return false;
  return offered === undefined || subprotocolsIn(offered).includes(subprotocol);
}

const subprotocolsIn = (header: string): string[] => header.split(',').map((one) => one.trim());

const unspoken = () =>
  new Refusal('unsupported_version', `spoken here is ${subprotocol} (Sec-WebSocket-Protocol, or /ws?v=${version})`, {
    about: { supported: [subprotocol] },
    headers: { upgrade: 'websocket' },
  });

/** By the Authorization header, if there is one: browsers send a message instead. */
export async function callerAt(services: Services, { headers }: IncomingMessage): Promise<Caller | Refusal> {
  try {
    return await services.identity.callerOf({ authorization: headers.authorization });
  } catch (error) {
    return refusalFor(error);
  }
}

/** Browsers name the page that opens a socket; another site's page must not. Without an origin it is no browser. */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  origins: readonly string[],
): boolean {
  if (origin === undefined || origins.includes('*') || origins.includes(origin)) return true;
  if (!URL.canParse(origin)) return false;
  const from = new URL(origin);
  return from.host === host || isLoopback(from.hostname);
}
