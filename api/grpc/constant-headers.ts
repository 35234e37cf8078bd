// Gives what grpc-js answers by itself (unknown methods, health, reflection, malformed calls) the headers that all answers have.
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';

export type StreamListener = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ...more: unknown[]) => void;
type Headers = Readonly<Record<string, string>> | undefined;

/** Before grpc-js sees the stream: what it says itself comes on top. */
export function answerWith(stream: ServerHttp2Stream, headers: Headers): void {
  if (headers === undefined) return;
  const always = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const respond = stream.respond.bind(stream);
  stream.respond = (given?: OutgoingHttpHeaders, options?) => respond({ ...always, ...given }, options);
}
