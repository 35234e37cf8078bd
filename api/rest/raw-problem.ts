// Problems for connections that never became a request or a socket: written by hand, then the connection ends.
import { type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { sizes } from '../limits/sizes.ts';
import type { Identity } from '../ports.ts';
import { problemOf, Refusal } from '../problems.ts';

type Told = { readonly identity: Pick<Identity, 'answerHeaders'> };

/** @param told what every answer says of who may call */
export function endWithProblem(stream: Duplex, refusal: Refusal, { identity }: Told): void {
  const problem = problemOf(refusal);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    'x-content-type-options: nosniff',
    'cache-control: no-store',
    ...Object.entries({ ...identity.answerHeaders, ...refusal.more.headers }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
  ];
  stream.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** What Node's parser cannot read gets a problem too, as does what has not come whole in time: also where it was this process that had none. */
export function answerUnreadable(server: Server, told: Told): void {
  server.on('clientError', (error: NodeJS.ErrnoException, stream) => {
    if (error.code === 'ECONNRESET' || !stream.writable || isBeingAnswered(stream)) stream.destroy();
    else endWithProblem(stream, refusalOf(error), told);
  });
}

/** Part of an answer has been sent, and what came behind it would be read as more of it: Node's own handler looks there, too. */
const isBeingAnswered = (stream: Duplex): boolean =>
  (stream as { _httpMessage?: { headersSent: boolean } | null })._httpMessage?.headersSent === true;

function refusalOf({ code }: NodeJS.ErrnoException): Refusal {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new Refusal('too_slow', 'the request has not been read whole in time');
  if (code !== 'HPE_HEADER_OVERFLOW')
    return new Refusal('malformed_request', 'this is not HTTP as it can be read here');
  const detail = `address and headers together have at most ${sizes.headerBytes / 1_024} KiB`;
  return new Refusal('headers_too_large', detail);
}
