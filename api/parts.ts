// Makes the clients and readers that the services need, hands each over as soon as it works, and closes them in order.

import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'cassandra-driver';
import type { Redis } from 'ioredis';
import type { Admin, Kafka } from 'kafkajs';
import { Registry } from '../infra/avro.ts';
import { connectCassandra, createCassandra } from '../infra/cassandra.ts';
import type { Config } from '../infra/config.ts';
import { createKafka } from '../infra/kafka.ts';
import type { Log } from '../infra/log.ts';
import { type Personal, PersonKeys } from '../infra/person-keys.ts';
import { connectRedis, createRedis } from '../infra/redis.ts';
import { processorList } from '../processors/list.ts';
import { Generations } from '../processors/runtime/generations.ts';
import type { LiveGenerations } from '../processors/runtime/keys.ts';
import { type ActivityProducer, activityProducer } from '../producers/activity.ts';
import { Exposures } from '../producers/exposures.ts';
import { Publisher } from '../producers/publish.ts';
import { ExperimentReader } from '../projections/experiment-results.ts';
import { Experiments } from '../projections/experiments.ts';
import { FeedReader } from '../projections/feed.ts';
import { HistoryReader } from '../projections/history-reader.ts';
import { Leaderboards } from '../projections/leaderboards.ts';
import { Models } from '../projections/models.ts';
import { Positions } from '../projections/positions.ts';
import type { FoldedPlace } from '../projections/recipients.ts';
import { Topology } from '../projections/topology.ts';
import { VideoReader } from '../projections/videos.ts';
import { type Replica as Replicas, Visibility } from '../projections/visibility.ts';
import { WholeFolds } from '../projections/whole-folds.ts';
import { DatingParts } from './dating-parts.ts';
import { eventDoor } from './event-door.ts';
import { feedInExperiments } from './feed-in-experiments.ts';
import { Health } from './health.ts';
import { checksOf } from './health-checks.ts';
import { IdentityParts } from './identity-parts.ts';
import type { Metrics } from './metrics.ts';
import { MoneyParts } from './money-parts.ts';
import { PaymentParts } from './payment-parts.ts';
import { Pending } from './pending.ts';
import { PeopleParts } from './people-parts.ts';
import type { Awaited, Part, Provide } from './ports.ts';
import { type Origin, ReadyPages } from './ready-pages.ts';
import { SecurityParts } from './security-parts.ts';
import { type Dependency, dependencyBehind, Unavailable } from './unavailable.ts';

export type PartsNeeds = {
  readonly config: Config;
  readonly log: Log;
  readonly provide: Provide;
  readonly onReady: (part: Part) => void;
  readonly metrics: Metrics;
  readonly onFatal: (why: string) => void;
};

const retryMs = 1_000;
const flushMsMax = 1_500;
const disconnectMsMax = 500;
/** A page that can do without Redis does not wait for it longer than somebody would look at nothing. */
const redisPatienceMs = 1_000;
/** Kafka's own patience is too long for someone who waits for an answer. */
const adminRetry = { initialRetryTime: 100, maxRetryTime: 500, retries: 2 };

export class ApiParts {
  readonly #needs: PartsNeeds;
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #redis: Redis;
  /** Of its own: what sessions write is not given up as early as a read. */
  readonly #sessions: Redis;
  readonly #cassandra: Client;
  readonly #personKeys: PersonKeys;
  readonly #publisher: Publisher;
  readonly #feed: FeedReader;
  readonly #generations: Generations;
  readonly #models: Models;
  readonly #experiments: Experiments;
  readonly #activity: ActivityProducer;
  readonly #topology: Topology;
  readonly #visibility: Visibility;
  readonly #money: MoneyParts;
  readonly #payments: PaymentParts;
  readonly #people: PeopleParts;
  readonly #whole: WholeFolds;
  readonly #dating: DatingParts;
  readonly #identity: IdentityParts;
  readonly security: SecurityParts;
  readonly #stopping = new AbortController();
  readonly #pending = new Pending();
  #isConnected = false;
  #keysRead: Promise<void> | null = null;
  #generationsRead: Promise<void> | null = null;
  #generationsKnown = false;
  #videosKnown = false;
  /** Nothing is read before it is known of which generation. */
  readonly #known: LiveGenerations = {
    live: (slug) => {
      if (!this.#generationsKnown) throw new Unavailable('kafka', 'the generations have not been read yet');
      return this.#generations.live(slug);
    },
    onChange: (listener) => this.#generations.onChange(listener),
  };

  constructor(needs: PartsNeeds) {
    const { config, log, onFatal } = needs;
    this.#needs = needs;
    this.#kafka = createKafka(config, log, 'api');
    this.#admin = this.#kafka.admin({ retry: adminRetry });
    this.#redis = createRedis(config, log, { name: 'api', autoPipelining: true, patienceMs: redisPatienceMs });
    this.#sessions = createRedis(config, log, { name: 'sessions' });
    this.#cassandra = createCassandra(config, log);
    this.#personKeys = new PersonKeys({ config, log, onFatal });
    this.#publisher = new Publisher({ config, log });
    const { namespace } = config;
    const registry = new Registry(config.registry.url, namespace);
    this.security = new SecurityParts({
      ...{ config, log, kafka: this.#kafka, registry, publisher: this.#publisher, provide: needs.provide, onFatal },
      isConnected: () => this.#isConnected,
    });
    this.#generations = new Generations({ kafka: this.#kafka, registry, namespace, log, onFatal });
    this.#models = new Models({ kafka: this.#kafka, registry, namespace, log, onFatal });
    const models = this.#models;
    const variantOf = (userId: string) => this.#experiments.variantOf(userId)?.variant ?? null;
    this.#experiments = new Experiments({ kafka: this.#kafka, registry, namespace, log, onFatal });
    this.#activity = activityProducer(this.#publisher, this.#personKeys);
    this.#feed = new FeedReader({ redis: this.#redis, namespace, generations: this.#known, log, models, variantOf });
    this.#payments = new PaymentParts({
      ...{ config, log, redis: this.#redis, generations: this.#known, provide: needs.provide },
      ...{ publisher: this.#publisher, personKeys: this.#personKeys, isConnected: () => this.#isConnected },
    });
    this.#money = new MoneyParts({
      log,
      metrics: needs.metrics,
      provide: needs.provide,
      redis: this.#redis,
      cassandra: this.#cassandra,
      keyspace: config.cassandra.keyspace,
      namespace,
      generations: this.#known,
      publisher: this.#publisher,
      personKeys: this.#personKeys,
      isConnected: () => this.#isConnected,
      hasVideos: (userId) => this.#feed.hasVideosOf(userId) || (this.#videosKnown ? false : null),
      hasFolded: (place) => this.#hasFolded(place),
    });
    this.#whole = new WholeFolds({
      ...{ redis: this.#redis, namespace, generations: this.#known },
      ends: (topic) => this.#topology.freshEnds(topic),
    });
    this.#people = new PeopleParts({
      ...{ log, redis: this.#redis, cassandra: this.#cassandra, keyspace: config.cassandra.keyspace, namespace },
      ...{ generations: this.#known, publisher: this.#publisher, activity: this.#activity },
      ...{ personKeys: this.#personKeys, provide: needs.provide, isConnected: () => this.#isConnected },
      whole: this.#whole,
    });
    this.#dating = new DatingParts({
      ...{ log, redis: this.#redis, namespace, generations: this.#known, publisher: this.#publisher },
      ...{ personKeys: this.#personKeys, provide: needs.provide, isConnected: () => this.#isConnected },
      profiles: this.#people.profiles,
      hasFolded: (place) => this.#hasFolded(place),
      whole: this.#whole,
      onTouch: (userId) => this.#people.touch(userId),
      personality: () => models.personality()?.personality ?? null,
      now: Date.now,
    });
    this.#topology = new Topology({
      ...{ redis: this.#redis, admin: this.#admin, namespace, generations: this.#known },
      processors: processorList,
    });
    this.#identity = new IdentityParts({
      ...{ config, log, redis: this.#sessions, personKeys: this.#personKeys },
      ...{ provide: needs.provide, onFatal, now: Date.now },
    });
    const replicas = this.#replicas();
    replicas.onAdvance?.((processor, partition, offset) => {
      if (processor === 'ledger' || processor === 'pairs') this.#whole.advanced(processor, partition, offset);
    });
    this.#visibility = new Visibility(this.#topology, replicas);
    this.#provideReaders();
    this.#provideDoor();
  }

  /** Before anything is answered. @throws StartRefused for a configuration that would not be safe */
  prepare(): Promise<void> {
    return this.#identity.readKeys();
  }

  /** Connects everything at the same time; what is away is tried again until it is there. */
  async connect(): Promise<void> {
    try {
      const told = (part: Part) => () => this.#needs.onReady(part);
      await Promise.all([
        this.#connectFeed().then(told('videos')),
        this.#connectCassandra().then(told('statements')),
        this.#connectPublisher()
          .then(told('log'))
          .then(() => this.#connectSecurity()),
        this.#connectPeople().then(told('people')),
        this.#connectIdentity(),
      ]);
    } catch (error) {
      if (!this.#stopping.signal.aborted) throw error;
    }
  }

  /** What is missing, where it is not a connection that the callers would name themselves. */
  awaited(usual: Dependency): Awaited | null {
    const { status } = this.#redis;
    if (status === 'wait') return { dependency: usual, detail: 'still taking its ports: nothing is connected before' };
    return usual === 'redis' && status === 'ready' ? this.#pending.awaited() : null;
  }

  /** Sends what waits, then disconnects; a server that is away does not hold this up. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await within(flushMsMax, [this.#publisher.stop(), this.#feed.stop()]);
    this.#money.stop();
    this.#payments.stop();
    this.#people.stop();
    this.#dating.stop();
    this.#identity.stop();
    this.#redis.disconnect();
    this.#sessions.disconnect();
    await within(disconnectMsMax, [
      this.#personKeys.stop(),
      this.#generations.stop(),
      this.#models.stop(),
      this.#experiments.stop(),
      this.#identity.disconnect(),
      this.security.stop(),
      this.#admin.disconnect(),
      this.#cassandra.shutdown(),
    ]);
  }

  async #hasFolded({ processor, topic, partition }: FoldedPlace): Promise<boolean> {
    const ends = await this.#topology.freshEnds(topic).catch(() => null);
    if (!ends) return false;
    const offset = (ends[partition] ?? 0) - 1;
    return offset < 0 || (await this.#visibility.wait({ topic, partition, offset }, [processor])) === 'visible';
  }

  /** Readers that fail fast by themselves while their store is away need no waiting for. */
  #provideReaders(): void {
    const { config, provide } = this.#needs;
    const { namespace } = config;
    const [admin, cassandra, redis, generations] = [this.#admin, this.#cassandra, this.#redis, this.#known];
    const topology = this.#topology;
    provide('topology', topology);
    provide('visibility', this.#visibility);
    provide('positions', new Positions(redis, namespace, generations));
    provide('videos', new VideoReader(redis, namespace, generations));
    provide('leaderboards', new Leaderboards(redis, namespace, generations));
    provide('health', new Health(checksOf({ admin, cassandra, redis, topology, config })));
    const { keyspace } = config.cassandra;
    const decrypt = (userId: string, personal: Buffer) => this.#decrypt(userId, personal);
    const history = new HistoryReader({ cassandra, keyspace, redis, namespace, generations, decrypt });
    // Of somebody who is gone for good, what was done is no longer anybody's to read.
    const isGone = (userId: string) => this.#isConnected && this.#personKeys.isErased(userId);
    provide('history', {
      page: async (question) => (isGone(question.userId) ? { entries: [], next: null } : history.page(question)),
    });
  }

  /** What is copied here, and who tells of commits as they happen. */
  #replicas(): Replicas {
    return {
      caughtUp: (...place) => this.#feed.caughtUp(...place) && this.#people.caughtUp(...place),
      onAdvance: (listener) => {
        this.#feed.onAdvance(listener);
        this.#money.onAdvance(listener);
        this.#people.onAdvance(listener);
        this.#dating.onAdvance(listener);
      },
    };
  }

  #provideDoor(): void {
    this.#needs.provide(
      'events',
      eventDoor(() => (this.#isConnected ? this.#activity : null)),
    );
  }

  #provideFeed(): void {
    const { config, metrics, provide } = this.#needs;
    const exposures = new Exposures({
      producer: () => (this.#isConnected ? this.#activity : null),
      onResult: (result) => metrics.exposures.inc({ result }),
      now: Date.now,
    });
    const [feed, experiments] = [this.#feed, this.#experiments];
    const reader = new ExperimentReader(this.#redis, config.namespace, this.#known);
    const served = {
      ready: metrics.feedPages.labels({ from: 'ready' }),
      ranked: metrics.feedPages.labels({ from: 'ranked' }),
      shared: metrics.feedPages.labels({ from: 'shared' }),
    };
    const onServed = (from: Origin) => served[from].inc();
    const onRenewed = () => metrics.feedPagesRenewed.inc();
    const pages = new ReadyPages({ feed, model: () => this.#models.current('learned'), onServed, onRenewed });
    provide('feed', feedInExperiments({ feed, pages, experiments, exposures }));
    provide('feedback', feed);
    provide('experiments', {
      find: (id) => experiments.find(id),
      list: (limit) => experiments.list(limit),
      sums: (id) => reader.sums(id),
    });
  }

  /** A key that has not been read yet is not a key that was deleted. */
  #decrypt(userId: string, personal: Buffer): Personal | 'erased' {
    if (!this.#isConnected) throw new Unavailable('kafka', 'the keys of personal texts have not been read yet');
    return this.#personKeys.decrypt(userId, personal);
  }

  async #connectFeed(): Promise<void> {
    // Unconnected, the first questions that come together find no broker.
    const admin = this.#untilItWorks('the admin client', () => this.#admin.connect());
    await Promise.all([connectRedis(this.#redis), admin]);
    await this.#readGenerations();
    await Promise.all([
      this.#untilItWorks('the models', () => this.#models.start()),
      this.#untilItWorks('the experiments', () => this.#experiments.start()),
      this.#untilItWorks('the feed', () => this.#feed.start()),
      this.#untilItWorks('the outcomes of requests', () => this.#money.start()),
      this.#untilItWorks('payments', () => this.#payments.start()),
    ]);
    this.#videosKnown = true;
    this.#provideFeed();
  }

  /** Who is there cannot be said before the keys are read: a profile whose key is unknown would pass for one that is gone. */
  async #connectPeople(): Promise<void> {
    await Promise.all([this.#readKeys(), this.#readGenerations(), connectRedis(this.#redis)]);
    await this.#untilItWorks('people', () => this.#people.start());
    // Candidates are offered once all profiles are here.
    await this.#untilItWorks('dating', () => this.#dating.start());
  }

  async #connectIdentity(): Promise<void> {
    await connectRedis(this.#sessions);
    await this.#untilItWorks('the ended sessions', () => this.#identity.startRevocations());
    await this.#untilItWorks('the accounts', () => this.#identity.startAccounts());
  }

  #readKeys(): Promise<void> {
    this.#keysRead ??= this.#untilItWorks('the table of keys', () => this.#personKeys.start());
    return this.#keysRead;
  }

  #readGenerations(): Promise<void> {
    this.#generationsRead ??= this.#untilItWorks('the generations', () => this.#generations.start()).then(() => {
      this.#generationsKnown = true;
    });
    return this.#generationsRead;
  }

  #connectCassandra(): Promise<void> {
    return connectCassandra(this.#cassandra, this.#needs.log, this.#stopping.signal);
  }

  async #connectPublisher(): Promise<void> {
    await Promise.all([this.#readKeys(), this.#untilItWorks('the publisher', () => this.#publisher.start())]);
    this.#isConnected = true;
  }

  /** Certificates go through the log. */
  async #connectSecurity(): Promise<void> {
    await this.#untilItWorks('the certificates', () => this.security.start());
    if (this.#needs.config.security.folder !== null) this.#needs.onReady('security');
  }

  async #untilItWorks(what: string, attempt: () => Promise<void>): Promise<void> {
    this.#pending.begin(what);
    for (;;) {
      try {
        await attempt();
        return this.#pending.end(what);
      } catch (error) {
        this.#stopping.signal.throwIfAborted();
        this.#pending.failed(what, dependencyBehind(error));
        this.#needs.log.warn(`${what} cannot start yet: ${(error as Error).message}`);
        await pause(retryMs, undefined, { signal: this.#stopping.signal });
      }
    }
  }
}

async function within(ms: number, endings: readonly Promise<unknown>[]): Promise<void> {
  await Promise.race([Promise.allSettled(endings), pause(ms, undefined, { ref: false })]);
}
