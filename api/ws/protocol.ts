// The protocol's closed lists: version, limits, close codes, and the messages a client may send, each read strictly.
import { sizes } from '../limits/sizes.ts';
import { isObject } from '../names.ts';
import { Refusal } from '../problems.ts';
import { type Sequence, sequenceExpected, sequenceIn } from './sequence.ts';

export const version = 2;
export const subprotocol = `profithack.v${version}`;

export const limits = {
  messageBytesMax: sizes.socketMessageBytes,
  messagesPerSecondMax: sizes.socketMessagesPerSecond,
  subscriptionsMax: sizes.socketSubscriptions,
  /** Values are passed over while more than this waits to be sent, and the socket is closed beyond the other. */
  bufferedBytesSoft: 65_536,
  bufferedBytesMax: sizes.socketBufferedBytes,
  connectionsMax: sizes.sockets,
  /** Pings that may stay unanswered, one every so often. */
  heartbeatMs: 30_000,
  heartbeatsMissedMax: 2,
  /** To authenticate in, where nothing public is subscribed to. */
  authenticateMsMax: 10_000,
  /** How often a token is looked at again, and how long another may be sent once it has expired. */
  recheckMs: 5_000,
  graceMs: 10_000,
  /** Clients come back within this of a server's going. */
  reconnectMsMax: 5_000,
} as const;

/** RFC 6455, the IANA registry, and from 4000 on our own. */
export const closeCode = {
  goingAway: 1001,
  unsupportedData: 1003,
  tryAgainLater: 1013,
  flood: 4400,
  unauthenticated: 4401,
  forbidden: 4403,
} as const;

export type Wanted = { readonly channel: string; readonly after: Sequence | null };
type Identified = { readonly id: string | undefined };
export type Command = Identified &
  (
    | { readonly type: 'authenticate'; readonly accessToken: string }
    | { readonly type: 'subscribe'; readonly wanted: readonly Wanted[] }
    | { readonly type: 'unsubscribe'; readonly channels: readonly string[] }
    | { readonly type: 'ping' }
  );

export type Refused = Identified & { readonly refusal: Refusal };

const fieldsOf = {
  authenticate: ['access_token'],
  subscribe: ['channel', 'after', 'channels'],
  unsubscribe: ['channel', 'channels'],
  ping: [],
} as const;
const types = Object.keys(fieldsOf) as readonly (keyof typeof fieldsOf)[];
const textMax = 200;
const tokenMax = 16_384;

type Fields = Readonly<Record<string, unknown>>;

const invalid = (field: string, expected: string) =>
  new Refusal('invalid_field', `${field} must be ${expected}`, { field });

/** What a message asks for, or why it cannot be read. */
export function commandIn(text: string): Command | Refused {
  const message = parsed(text);
  if (!isObject(message)) {
    return { id: undefined, refusal: new Refusal('malformed_request', 'a message is a JSON object with a type') };
  }
  const id = typeof message.id === 'string' && message.id.length <= textMax ? message.id : undefined;
  const read = commandOf(message, id);
  return read instanceof Refusal ? { id, refusal: read } : read;
}

function commandOf(message: Fields, id: string | undefined): Command | Refusal {
  if (message.id !== undefined && id === undefined) return invalid('id', `a text of at most ${textMax} characters`);
  const type = types.find((known) => known === message.type);
  if (!type) return invalid('type', types.join(', '));
  const unknown = unknownField(message, ['type', 'id', ...fieldsOf[type]]);
  if (unknown) return unknown;
  switch (type) {
    case 'ping':
      return { type, id };
    case 'authenticate':
      return authenticateOf(message, id);
    case 'subscribe': {
      const wanted = wantedIn(message);
      return wanted instanceof Refusal ? wanted : { type, id, wanted };
    }
    case 'unsubscribe': {
      const wanted = wantedIn(message);
      return wanted instanceof Refusal ? wanted : { type, id, channels: wanted.map(({ channel }) => channel) };
    }
  }
}

function authenticateOf({ access_token: accessToken }: Fields, id: string | undefined): Command | Refusal {
  if (typeof accessToken === 'string' && accessToken.length <= tokenMax && /^[\x21-\x7e]+$/.test(accessToken)) {
    return { type: 'authenticate', id, accessToken };
  }
  return invalid('access_token', 'the access_token that logging in has answered');
}

/** One channel, or a list of them. */
function wantedIn({ channel, after, channels }: Fields): readonly Wanted[] | Refusal {
  if (channels === undefined) {
    const one = wantedOf({ channel, after }, '');
    return one instanceof Refusal ? one : [one];
  }
  if (channel !== undefined || after !== undefined) return invalid('channels', 'alone, without channel and after');
  const expected = `a list of 1 to ${limits.subscriptionsMax} channels`;
  if (!Array.isArray(channels) || channels.length === 0 || channels.length > limits.subscriptionsMax)
    return invalid('channels', expected);
  const wanted: Wanted[] = [];
  for (const [i, given] of channels.entries()) {
    const prefix = `channels[${i}].`;
    const fields = typeof given === 'string' ? { channel: given } : given;
    if (!isObject(fields)) return invalid(`channels[${i}]`, 'a channel, or {channel, after}');
    const one = unknownField(fields, ['channel', 'after'], prefix) ?? wantedOf(fields, prefix);
    if (one instanceof Refusal) return one;
    wanted.push(one);
  }
  return wanted;
}

function wantedOf({ channel, after }: Fields, prefix: string): Wanted | Refusal {
  if (typeof channel !== 'string' || channel.length > textMax) return invalid(`${prefix}channel`, channelsExpected);
  if (after === undefined || after === null) return { channel, after: null };
  const sequence = sequenceIn(after);
  return sequence ? { channel, after: sequence } : invalid(`${prefix}after`, sequenceExpected);
}

export const channelsExpected =
  'feed:<user_id>, wallet:<user_id>, dating:<user_id> (feed, wallet, dating for oneself), video:<video_id> or leaderboard:<name>';

function unknownField(fields: Fields, known: readonly string[], prefix = ''): Refusal | null {
  const name = Object.keys(fields).find((given) => !known.includes(given));
  if (name === undefined) return null;
  const field = `${prefix}${name.slice(0, textMax)}`;
  return new Refusal('unknown_field', `there is no field ${field}; known are ${known.join(', ')}`, { field });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
