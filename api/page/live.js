// The pages' own client of /ws: one connection for all channels; reconnects with jitter, resumes where it was, passes nothing on twice.
const retryMs = 5_000;
const firstWaitMs = 500;
const waitMsMax = 15_000;
const silenceMsMax = 75_000;
/** Of who it speaks for, and of an end: their token does not count. */
const refused = { reasons: new Set(['session_revoked', 'invalid_token']), code: 4401 };
const subprotocol = 'profithack.v2';

const address = () => `${location.origin.replace('http', 'ws')}/ws`;

export class Live {
  #channels = new Map();
  #socket = null;
  #waitMs = firstWaitMs;
  #heardAt = 0;
  #onState;
  #accessToken;
  /** Whoever subscribes before is asked for when it opens. */
  #isOpen = false;
  #isRefused = false;

  /**
   * @param onState told `live`, `connecting` or what was refused
   * @param accessToken resolves with one that still counts, where there are accounts; given true after one that did not
   */
  constructor(onState = () => {}, accessToken = async () => null) {
    this.#onState = onState;
    this.#accessToken = accessToken;
    this.#connect();
    // A connection that has died without a word is given up.
    setInterval(() => {
      if (this.#socket?.readyState !== WebSocket.OPEN) return;
      if (Date.now() - this.#heardAt > silenceMsMax) this.#socket.close();
      else this.#send({ type: 'ping' });
    }, 30_000);
  }

  /**
   * @param told.value the whole as it stands, whenever it has changed
   * @param told.event what has happened, each once and in order
   */
  subscribe(channel, told) {
    this.#channels.set(channel, { told, last: null, isAsked: false });
    if (this.#isOpen) this.#ask(channel);
  }

  /** From where it is; until that is answered, what still comes is of an earlier subscription. */
  #ask(...channels) {
    const wanted = channels.map((channel) => {
      const subscribed = this.#channels.get(channel);
      subscribed.isAsked = true;
      return subscribed.last ? { channel, after: subscribed.last } : channel;
    });
    if (wanted.length > 0) this.#send({ type: 'subscribe', channels: wanted });
  }

  #send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  async #authenticate() {
    const socket = this.#socket;
    const isRefused = this.#isRefused;
    this.#isRefused = false;
    const token = await this.#accessToken(isRefused);
    if (token && socket === this.#socket) this.#send({ type: 'authenticate', access_token: token });
  }

  #connect() {
    const socket = new WebSocket(address(), subprotocol);
    this.#socket = socket;
    this.#isOpen = false;
    socket.addEventListener('open', async () => {
      this.#heardAt = Date.now();
      // First who it is for: what is subscribed to may be theirs alone.
      await this.#authenticate().catch(() => {});
      if (socket.readyState !== WebSocket.OPEN) return;
      this.#isOpen = true;
      this.#ask(...this.#channels.keys());
      this.#onState('live');
    });
    socket.addEventListener('message', ({ data }) => this.#take(JSON.parse(data)));
    socket.addEventListener('close', ({ reason, code }) => {
      this.#isRefused ||= code === refused.code;
      this.#isOpen = false;
      this.#onState('connecting');
      setTimeout(() => this.#connect(), this.#wait(reason));
    });
  }

  /** As long as the server says, else longer each time; never all clients at once. */
  #wait(reason) {
    const wait = this.#waitMs;
    this.#waitMs = Math.min(2 * wait, waitMsMax);
    try {
      return JSON.parse(reason).retry_after_ms ?? wait * (0.5 + Math.random());
    } catch {
      return wait * (0.5 + Math.random());
    }
  }

  #take({ type, channel, sequence, previous, to, snapshot, data, reason, detail }) {
    this.#heardAt = Date.now();
    if (type === 'error') this.#onState(detail);
    if (type === 'error' && refused.reasons.has(reason)) void this.#accessToken(true).catch(() => {});
    if (type === 'reauthenticate') void this.#authenticate().catch(() => {});
    const subscribed = this.#channels.get(channel);
    if (!subscribed) return;
    const { told, last } = subscribed;
    if (type === 'error') {
      if (reason === 'unavailable' || reason === 'overloaded') this.#askLater(channel);
    } else if (type === 'subscribed') {
      this.#waitMs = firstWaitMs;
      subscribed.isAsked = false;
      subscribed.last = sequence;
      if (snapshot !== undefined) told.value?.(snapshot);
    } else if (type === 'gap') {
      subscribed.last = to;
      told.value?.(snapshot);
    } else if (type === 'state') told.value?.(data);
    else if ((type === 'event' || type === 'update') && !subscribed.isAsked) {
      // Something is missing or came twice: from here on nothing would ever follow.
      if (previous !== last) return this.#ask(channel);
      subscribed.last = sequence;
      if (type === 'event') told.event?.(data);
      else told.value?.(data);
    }
  }

  /** A store that was away, a server that was full. */
  #askLater(channel) {
    const socket = this.#socket;
    setTimeout(() => {
      if (socket === this.#socket && this.#isOpen) this.#ask(channel);
    }, retryMs);
  }
}
