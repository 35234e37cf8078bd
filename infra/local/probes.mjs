// Asks a server over its own protocol whether it is ready to serve; answers true or false, never throws.
import { connect } from 'node:net';

const timeoutMs = 1000;

/** Sends the bytes and answers whether the first reply satisfies `isReady`. */
function exchange(port, request, isReady) {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer) => {
      socket.destroy();
      done(answer);
    };
    socket.setTimeout(timeoutMs, () => end(false));
    socket.once('error', () => end(false)).once('close', () => end(false));
    socket.once('connect', () => socket.write(request));
    socket.once('data', (reply) => end(isReady(reply)));
  });
}

// size, api key 3 (metadata), version 1, correlation 1, client "up", no topics
const metadata = Buffer.from([0, 0, 0, 16, 0, 3, 0, 1, 0, 0, 0, 1, 0, 2, 0x75, 0x70, 0, 0, 0, 0]);
// CQL version 4, no flags, stream 0, opcode 5 (OPTIONS), no body; the answer is 6 (SUPPORTED)
const options = Buffer.from([4, 0, 0, 0, 5, 0, 0, 0, 0]);

/** Ready when it names at least one broker, which it does once it serves clients. */
export const kafkaIsReady = (port) =>
  exchange(port, metadata, (reply) => reply.length >= 12 && reply.readInt32BE(8) > 0);
export const cassandraIsReady = (port) => exchange(port, options, (reply) => reply[4] === 6);
export const redisIsReady = (port) => exchange(port, 'PING\r\n', (reply) => reply.toString().startsWith('+PONG'));

/** The status of an HTTP GET with its body, or status 0 if nothing answers. */
export async function get(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    return { status: response.status, body: await response.text() };
  } catch {
    return { status: 0, body: '' };
  }
}

export const registryIsReady = async (port) =>
  (await get(`http://127.0.0.1:${port}/apis/ccompat/v7/subjects`)).status === 200;
