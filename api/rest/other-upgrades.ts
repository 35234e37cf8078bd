// Requests that offer to go on in another protocol than WebSocket (curl and Java offer HTTP/2 so): the offer is passed over, the request is answered.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

export const isForWebSocket = ({ headers }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase().split(',')[0]?.trim() === 'websocket';

type Rest = { readonly stream: Duplex; readonly head: Buffer };

/** Node hands over every offer once somebody listens for WebSockets; so the server reads the request again, without it (RFC 9110, 7.8). */
export function withoutUpgrade(server: Server, request: IncomingMessage, { stream, head }: Rest): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.toLowerCase() !== 'upgrade') lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  stream.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', stream);
}
