// Acts on payment_intents: reads each partition from its beginning, waits until it has caught up, acts on what has no outcome, tells what came of it.
import { setTimeout as pause } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { Registry, type TopicCodec, Unreadable } from '../../infra/avro.ts';
import type { Config } from '../../infra/config.ts';
import { createKafka, idleFetchMs, topicIn } from '../../infra/kafka.ts';
import type { Log } from '../../infra/log.ts';
import { PersonKeys } from '../../infra/person-keys.ts';
import type { Providers } from '../../infra/providers/list.ts';
import { ProviderUnknown } from '../../infra/providers/provider.ts';
import type { PaymentIntent, PayoutBatch } from '../../schemas/generated.ts';
import type { TopicName } from '../../schemas/topics.ts';
import { act, type PaymentAct } from '../payments/effects.ts';
import { recordOf } from '../runtime/input-record.ts';
import { Batches } from './batches.ts';
import { IntentBook, mayBeRepeated, type OpenIntent } from './intent-book.ts';
import { type Outcome, OutcomeLog } from './outcome-log.ts';
import { Payouts } from './payouts.ts';

export type EffectsOptions = {
  readonly config: Config;
  readonly log: Log;
  readonly providers: Providers;
  readonly onFatal: (why: string) => void;
  readonly now?: () => number;
};

export const effectsName = 'effects';
const outcomeTopics: readonly TopicName[] = ['payments', 'payment_transactions', 'payout_batches'];
/** So many third parties are asked at once. */
const actsAtOnceMax = 16;
const backoffMs = { first: 500, max: 60_000 };
const lookEveryMs = 100;
/** So long a member that was told of a rebalance waits for its new partitions. */
const rejoinMsMax = 3_000;

export class EffectsWorker {
  readonly #options: EffectsOptions;
  readonly #kafka: Kafka;
  readonly #topic: string;
  readonly #consumer: Consumer;
  readonly #book = new IntentBook();
  readonly #personKeys: PersonKeys;
  readonly #warned = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  #codec: TopicCodec<PaymentIntent> | null = null;
  #outcomes: OutcomeLog | null = null;
  #batches: Batches | null = null;
  #payouts: Payouts | null = null;
  #timer: NodeJS.Timeout | null = null;
  #joins = 0;
  #joined: readonly number[] = [];
  #rejoining: NodeJS.Timeout | null = null;
  #stopping = false;

  constructor(options: EffectsOptions) {
    const { config, log, onFatal } = options;
    this.#options = options;
    this.#kafka = createKafka(config, log, effectsName);
    this.#topic = topicIn(config.namespace, 'payment_intents');
    this.#personKeys = new PersonKeys({ config, log, onFatal });
    const { sessionTimeoutMs } = config.kafka;
    this.#consumer = this.#kafka.consumer({
      groupId: `${config.namespace}${effectsName}`,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.min(3_000, Math.floor(sessionTimeoutMs / 3)),
      rebalanceTimeout: Math.max(sessionTimeoutMs, 10_000),
      maxWaitTimeInMs: idleFetchMs,
      allowAutoTopicCreation: false,
    });
  }

  async start(): Promise<void> {
    const { config, log, onFatal, now = Date.now } = this.#options;
    const { namespace } = config;
    const registry = new Registry(config.registry.url, namespace);
    this.#codec = await registry.codec<PaymentIntent>('payment_intents');
    const codecs = await Promise.all(
      outcomeTopics.map(async (topic) => [topic, await registry.codec<unknown>(topic)] as const),
    );
    const outcomes = new OutcomeLog({ kafka: this.#kafka, namespace, codecs: new Map(codecs), now });
    this.#outcomes = outcomes;
    const codec = new Map(codecs).get('payout_batches') as TopicCodec<PayoutBatch>;
    const batches = new Batches({ kafka: this.#kafka, onFatal, namespace, codec, log: outcomes, now });
    this.#batches = batches;
    const provider = (name: string) => this.#options.providers.get(name);
    const decrypt = async (userId: string, personal: Buffer) => {
      const details = this.#personKeys.decrypt(userId, personal);
      if (details !== 'erased') return details;
      // A key that is not here yet is not one that was deleted.
      await this.#personKeys.caughtUp();
      return this.#personKeys.decrypt(userId, personal);
    };
    const { payoutBatchMs: batchMs, payoutPollMs: pollMs } = config.payments;
    this.#payouts = new Payouts({ batches, provider, decrypt, log, now, batchMs, pollMs });
    await Promise.all([batches.start(), this.#personKeys.start()]);
    await this.#consume();
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#timer) clearInterval(this.#timer);
    if (this.#rejoining) clearTimeout(this.#rejoining);
    this.#book.begin([]);
    await Promise.allSettled(this.#running);
    await this.#consumer.disconnect();
    await Promise.allSettled([this.#batches?.stop(), this.#personKeys.stop(), this.#outcomes?.stop()]);
  }

  status(): { readonly ready: boolean; readonly partitions: ReturnType<IntentBook['status']> } {
    const partitions = this.#book.status();
    return { ready: this.#joins > 0 && partitions.every(({ isReady }) => isReady), partitions };
  }

  async #consume(): Promise<void> {
    const { events } = this.#consumer;
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => void this.#join(payload.memberAssignment[this.#topic] ?? []));
    this.#consumer.on(events.REBALANCING, () => this.#rebalance());
    this.#consumer.on(events.CRASH, ({ payload }) => {
      if (!payload.restart) this.#options.onFatal(`the effects worker's consumer crashed: ${payload.error.message}`);
    });
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topic: this.#topic, fromBeginning: true });
    // Nothing is ever committed to the broker: whoever is assigned a partition reads all of it.
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#eachBatch(payload),
    });
  }

  /** Lets go of everything. Where the client's attempt to join fails, its membership may be valid still, and no join follows. */
  #rebalance(): void {
    this.#book.begin([]);
    if (this.#rejoining) clearTimeout(this.#rejoining);
    this.#rejoining = setTimeout(() => void this.#join(this.#joined), rejoinMsMax);
  }

  async #join(partitions: readonly number[]): Promise<void> {
    if (this.#rejoining) clearTimeout(this.#rejoining);
    this.#rejoining = null;
    this.#joined = partitions;
    this.#book.begin(partitions);
    this.#joins += 1;
    const join = this.#joins;
    for (let tries = 0; join === this.#joins && !this.#stopping; tries++) {
      try {
        const ends = await this.#ends();
        await this.#batches?.caughtUp();
        if (join !== this.#joins) return;
        for (const partition of partitions) this.#readOn(partition, ends.get(partition) ?? 0);
        return;
      } catch (error) {
        this.#options.log.warn(`the effects worker does not learn where the intents end: ${(error as Error).message}`);
        await pause(Math.min(backoffMs.max, backoffMs.first * 2 ** tries));
      }
    }
  }

  /** The client may go on from where it was before a rebalance; the book begins anew. */
  #readOn(partition: number, end: number): void {
    this.#book.setEnd(partition, end);
    const offset = String(this.#book.position(partition) ?? 0);
    this.#consumer.seek({ topic: this.#topic, partition, offset });
  }

  async #ends(): Promise<Map<number, number>> {
    const admin = this.#kafka.admin();
    await admin.connect();
    try {
      const offsets = await admin.fetchTopicOffsets(this.#topic);
      return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
    } finally {
      await admin.disconnect();
    }
  }

  async #eachBatch({ batch, resolveOffset, isStale }: EachBatchPayload): Promise<void> {
    const { partition } = batch;
    for (const message of batch.messages) {
      if (isStale() || this.#stopping) return;
      const record = recordOf(partition, message);
      const position = this.#book.position(partition);
      // Where nothing is assigned, what is left is fetched again at once.
      if (position === null) return void (await pause(lookEveryMs));
      if (record.offset > position) {
        this.#consumer.seek({ topic: this.#topic, partition, offset: String(position) });
        return;
      }
      await this.#take(partition, record);
      resolveOffset(message.offset);
    }
    this.#look();
  }

  async #take(partition: number, record: ReturnType<typeof recordOf>): Promise<void> {
    try {
      const intent = await (this.#codec as TopicCodec<PaymentIntent>).read(record.value);
      this.#book.take(partition, record, intent);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.#options.log.error({ partition, offset: record.offset }, `an unreadable intent: ${error.message}`);
      this.#book.skip(partition, record.offset);
    }
  }

  /** Starts what can be started now. */
  #look(): void {
    if (this.#stopping) return;
    const now = performance.now();
    const isFree = ({ state, notBefore }: OpenIntent) => state === 'waiting' && notBefore <= now;
    const open = [...this.#book.ready()].filter(({ state }) => state !== 'told');
    const known = open.filter(({ intent }) => this.#isKnown(intent.provider));
    const payouts = known.filter(({ intent }) => intent.kind === 'payout');
    const groups = this.#payouts?.groups(payouts, this.#now(), isFree) ?? [];
    const singles = known.filter((one) => one.intent.kind !== 'payout' && isFree(one)).map((one) => [one]);
    for (const group of [...singles, ...groups]) {
      if (this.#running.size >= actsAtOnceMax) return;
      this.#run(group);
    }
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }

  #isKnown(provider: string): boolean {
    if (this.#options.providers.has(provider)) return true;
    if (!this.#warned.has(provider) && this.#warned.size < 100) {
      this.#warned.add(provider);
      this.#options.log.error({ provider }, 'intents wait for a payment provider that is not configured here');
    }
    return false;
  }

  #run(group: readonly OpenIntent[]): void {
    for (const one of group) one.state = 'acting';
    const running = this.#act(group).finally(() => {
      this.#running.delete(running);
      this.#look();
    });
    this.#running.add(running);
  }

  async #act(group: readonly OpenIntent[]): Promise<void> {
    try {
      const told =
        group[0]?.intent.kind === 'payout' ? await this.#payOut(group) : await this.#actAlone(group[0] as OpenIntent);
      for (const one of group) if (!told.has(one)) this.#later(one, this.#pendingMs(one));
    } catch (error) {
      const reason = (error as Error).message;
      const [first] = group as [OpenIntent];
      const backMs = Math.min(backoffMs.max, backoffMs.first * 2 ** Math.min(first.tries, 10));
      const waitMs = Math.max(backMs, error instanceof ProviderUnknown ? error.waitMs : 0);
      this.#options.log.warn(
        { intentId: first.intent.intentId, kind: first.intent.kind, waitMs },
        `an intent is tried again: ${reason}`,
      );
      for (const one of group) if (one.state === 'acting') this.#later(one, waitMs, true);
    }
  }

  /** What was just put into a batch goes on at once; what a provider is busy with is asked after later. */
  #pendingMs({ mayBeRepeat }: OpenIntent): number {
    return mayBeRepeat ? this.#options.config.payments.payoutPollMs : 0;
  }

  #later(one: OpenIntent, waitMs: number, failed = false): void {
    one.state = 'waiting';
    one.notBefore = performance.now() + waitMs;
    if (!failed) return;
    one.tries += 1;
    one.mayBeRepeat = true;
  }

  async #actAlone(one: OpenIntent): Promise<Set<OpenIntent>> {
    const provider = this.#options.providers.get(one.intent.provider);
    if (!provider) return new Set();
    const mayBeRepeat = mayBeRepeated(one, this.#now());
    const outcome = await act(one.intent as PaymentAct, { provider, mayBeRepeat });
    this.#warnOfDebt(outcome.event);
    one.mayBeRepeat = true;
    await this.#outcomes?.tell(outcome, one.intent);
    one.state = 'told';
    return new Set([one]);
  }

  /** Nobody asks again for a refund that was refused: the buyer's money is still here. */
  #warnOfDebt({ kind, paymentId, intentId, reason }: Outcome['event']): void {
    if (kind !== 'refund_failed') return;
    this.#options.log.error(
      { paymentId, intentId, reason },
      'a refund was refused: npm run payments -- refund asks for another',
    );
  }

  async #payOut(group: readonly OpenIntent[]): Promise<Set<OpenIntent>> {
    const wasBatched = group.every(({ intent }) => this.#batches?.of(intent.intentId));
    const told = (await this.#payouts?.act(group)) ?? [];
    if (wasBatched) for (const one of group) one.mayBeRepeat = true;
    for (const { open, outcome } of told) {
      open.mayBeRepeat = true;
      await this.#outcomes?.tell(outcome, open.intent);
      open.state = 'told';
    }
    return new Set(told.map(({ open }) => open));
  }
}
