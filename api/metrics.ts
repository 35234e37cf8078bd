// What Prometheus scrapes: requests, events, publishing, sockets, the feed, and how far behind each processor is.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Topology } from '../projections/topology.ts';

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const lagMsMax = 1_000;

export class Metrics {
  readonly registry = new Registry();
  readonly #in = { registers: [this.registry] };

  readonly httpSeconds = new Histogram({
    ...this.#in,
    name: 'profithack_http_request_duration_seconds',
    help: 'Time to answer, by route, method and status; its count is the rate of requests.',
    labelNames: ['route', 'method', 'status'],
    buckets: seconds,
  });
  readonly grpcSeconds = new Histogram({
    ...this.#in,
    name: 'profithack_grpc_request_duration_seconds',
    help: 'Time to answer a gRPC call, by service, method and status code.',
    labelNames: ['service', 'method', 'code'],
    buckets: seconds,
  });
  readonly events = new Counter({
    ...this.#in,
    name: 'profithack_events_total',
    help: 'Events that clients posted, accepted or refused (and why).',
    labelNames: ['result', 'reason'],
  });
  readonly publishSeconds = new Histogram({
    ...this.#in,
    name: 'profithack_publish_duration_seconds',
    help: 'Time from an event to the acknowledgement of the broker.',
    buckets: seconds,
  });
  readonly feedSeconds = new Histogram({
    ...this.#in,
    name: 'profithack_feed_duration_seconds',
    help: 'Time until one page of a feed is there, ranked or ready.',
    buckets: [0.0005, ...seconds],
  });
  readonly feedPages = new Counter({
    ...this.#in,
    name: 'profithack_feed_pages_total',
    help: 'First pages of personal feeds as they were served: ready, ranked for it, or shared with one being ranked.',
    labelNames: ['from'],
  });
  readonly feedPagesRenewed = new Counter({
    ...this.#in,
    name: 'profithack_feed_pages_renewed_total',
    help: 'First pages of personal feeds that were made anew after an event of their user, before anybody asked.',
  });
  readonly matchesSeconds = new Histogram({
    ...this.#in,
    name: 'profithack_dating_matches_duration_seconds',
    help: 'Time to find, score and explain one page of dating candidates.',
    buckets: [0.0005, ...seconds],
  });
  readonly swipes = new Counter({
    ...this.#in,
    name: 'profithack_dating_swipes_total',
    help: 'Swipes as they were answered, repeats too, by direction and result: free, paid, matched, pending, or the reason of a refusal.',
    labelNames: ['direction', 'result'],
  });
  readonly visibleSeconds = new Histogram({
    ...this.#in,
    name: 'profithack_visibility_wait_seconds',
    help: 'Time that reads with a token waited until they saw its event.',
    labelNames: ['verdict'],
    buckets: seconds,
  });
  readonly exposures = new Counter({
    ...this.#in,
    name: 'profithack_exposures_total',
    help: 'Pages served under an experiment: published as an exposure, repeated within half an hour, or dropped.',
    labelNames: ['result'],
  });
  readonly moneySeconds = new Histogram({
    ...this.#in,
    name: 'profithack_money_request_duration_seconds',
    help: 'Time of a request for money: until the broker has acknowledged it, and from there until it was decided.',
    labelNames: ['hop'],
    buckets: seconds,
  });
  readonly webhooks = new Counter({
    ...this.#in,
    name: 'profithack_payment_webhooks_total',
    help: 'Webhooks of payment providers: kept, or refused and why (bad_signature among them).',
    labelNames: ['provider', 'result'],
  });
  readonly limits = new Counter({
    ...this.#in,
    name: 'profithack_rate_limit_decisions_total',
    help: 'Requests that a limit refused, and those decided without Redis: let through unlimited, or refused as closed.',
    labelNames: ['limit', 'decision'],
  });
  readonly sockets = new Gauge({
    ...this.#in,
    name: 'profithack_websocket_connections',
    help: 'Open WebSocket connections.',
  });
  readonly subscriptions = new Gauge({
    ...this.#in,
    name: 'profithack_websocket_subscriptions',
    help: 'Subscriptions of open WebSocket connections.',
  });
  readonly pushes = new Counter({
    ...this.#in,
    name: 'profithack_websocket_updates_total',
    help: 'Updates sent to WebSocket subscribers.',
    labelNames: ['channel'],
  });
  readonly #lag = new Gauge({
    ...this.#in,
    name: 'profithack_processor_lag_records',
    help: 'Records that a processor has not folded yet, per partition of its input.',
    labelNames: ['processor', 'topic', 'partition'],
  });
  readonly #committed = new Gauge({
    ...this.#in,
    name: 'profithack_processor_committed_offset',
    help: 'The next offset that a processor will fold, per partition of its input.',
    labelNames: ['processor', 'topic', 'partition'],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry, prefix: 'profithack_api_' });
  }

  /** The text of a scrape; while Kafka or Redis is away the lag is left out rather than stale. */
  async scrape(topology: () => Topology): Promise<string> {
    this.#lag.reset();
    this.#committed.reset();
    await Promise.race([this.#measureLag(topology), afterMs(lagMsMax)]).catch(() => undefined);
    return this.registry.metrics();
  }

  async #measureLag(topology: () => Topology): Promise<void> {
    for (const { processor, input, partitions } of await topology().positions()) {
      for (const { partition, lag, committed } of partitions) {
        this.#lag.set({ processor, topic: input, partition }, lag);
        this.#committed.set({ processor, topic: input, partition }, committed);
      }
    }
  }
}

function afterMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
