// The pages' own client of /ws: one connection for all channels; reconnects with jitter, resumes where it was, passes nothing on twice.
const firstWaitMs = 500;
const waitMsMax = 15_000;
const silenceMsMax = 75_000;
const subprotocol = 'profithack.v2';

const address = () => `${location.origin.replace('http', 'ws')}/ws`;

export class Live {
  #channels = new Map();
  #socket = null;
  #waitMs = firstWaitMs;
  #heardAt = 0;
  #onState;
  #accessToken;

  /**
   * @param onState told `live`, `connecting` or what was refused
   * @param accessToken the newest one, where there are accounts
   */
  constructor(onState = () => {}, accessToken = () => null) {
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
    this.#channels.set(channel, { told, last: null });
    this.#send({ type: 'subscribe', channel });
  }

  #send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #authenticate() {
    const token = this.#accessToken();
    if (token) this.#send({ type: 'authenticate', access_token: token });
  }

  #connect() {
    const socket = new WebSocket(address(), subprotocol);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      this.#waitMs = firstWaitMs;
      this.#heardAt = Date.now();
      this.#authenticate();
      const channels = [...this.#channels].map(([channel, { last }]) => (last ? { channel, after: last } : channel));
      if (channels.length > 0) this.#send({ type: 'subscribe', channels });
      this.#onState('live');
    });
    socket.addEventListener('message', ({ data }) => this.#take(JSON.parse(data)));
    socket.addEventListener('close', ({ reason }) => {
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

  #take({ type, channel, sequence, previous, to, snapshot, data, detail }) {
    this.#heardAt = Date.now();
    if (type === 'error') this.#onState(detail);
    if (type === 'reauthenticate') this.#authenticate();
    const subscribed = this.#channels.get(channel);
    if (!subscribed) return;
    const { told, last } = subscribed;
    if (type === 'subscribed' && snapshot !== undefined) {
      subscribed.last = sequence;
      told.value?.(snapshot);
    } else if (type === 'gap') {
      subscribed.last = to;
      told.value?.(snapshot);
    } else if (type === 'state') told.value?.(data);
    else if (type === 'event' || type === 'update') {
      // Not what follows the last one: it was here already.
      if (previous !== last) return;
      subscribed.last = sequence;
      if (type === 'event') told.event?.(data);
      else told.value?.(data);
    }
  }
}
