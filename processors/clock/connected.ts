// The clock on the servers: boards of the live generations in Redis, inputs in Kafka.
import type { Producer } from 'kafkajs';
import { v7 as uuidv7 } from 'uuid';
import { Registry, type TopicCodec } from '../../infra/avro.ts';
import type { Config } from '../../infra/config.ts';
import { connectedProducer, createKafka, topicIn } from '../../infra/kafka.ts';
import type { Log } from '../../infra/log.ts';
import { connectRedis, createRedis } from '../../infra/redis.ts';
import { futureMsMax } from '../../schemas/ids.ts';
import type { TopicName } from '../../schemas/topics.ts';
import { sendRetry } from '../runtime/derived-log.ts';
import { Generations } from '../runtime/generations.ts';
import { timersBoard, writeKey } from '../runtime/keys.ts';
import type { Processor } from '../runtime/processor.ts';
import { Clock, type ClockOptions, type Fired, type Place } from './clock.ts';
import { type Timer, timerOf } from './due-timers.ts';

export type ConnectedClockOptions = Pick<ClockOptions, 'everyMs' | 'againAfterMs'> & {
  readonly config: Config;
  readonly log: Log;
  readonly processors: readonly Processor[];
  readonly onFatal: (why: string) => void;
  /** ms since 1970 */
  readonly now?: () => number;
};

/** What PROCESSORS calls it, and who has fired a timer. */
export const clockName = 'clock';

/** Connects and starts; several at once do no harm, for a timer that is gone is ignored. @returns how to stop it */
export async function startClock(options: ConnectedClockOptions): Promise<{ stop(): Promise<void> }> {
  const { config, log, onFatal, now = Date.now } = options;
  const { namespace } = config;
  const redis = createRedis(config, log, { name: clockName });
  const [generations] = await Promise.all([Generations.follow(config, log, onFatal), connectRedis(redis)]);
  const due = async ({ processor, partition }: Place, by: number, limit: number): Promise<Timer[]> => {
    const { name, input: topic } = processor;
    const tag = { namespace, generation: generations.live(name), processor: name, topic, partition };
    const found = await redis.zrangebyscore(writeKey(tag, timersBoard), '-inf', by, 'WITHSCORES', 'LIMIT', 0, limit);
    return timersOf(found);
  };
  const inputs = new Inputs(config, log);
  const append = (topic: TopicName, fired: readonly Fired[]) => inputs.append(topic, fired);
  let isAhead = false;
  const believed = async () => {
    const [seconds] = await redis.time();
    const [own, witnessed] = [now(), Number(seconds) * 1_000];
    const time = believedTime(own, witnessed);
    if (time < own && !isAhead)
      log.warn({ aheadMs: own - witnessed }, 'the time here is ahead of that of redis, which counts');
    isAhead = time < own;
    return time;
  };
  const clock = new Clock({ ...options, ports: { due, append, now: believed } });
  clock.start();
  return {
    stop: async () => {
      await clock.stop();
      await Promise.all([inputs.stop(), generations.stop()]);
      redis.disconnect();
    },
  };
}

/**
 * Of its own time and that of the server that keeps the timers: a clock far ahead would fire what is not due again and again, and
 * nothing would come of it but entries.
 */
export const believedTime = (own: number, witnessed: number): number => Math.min(own, witnessed + futureMsMax);

/** Members and scores by turns; what is no timer is passed over. */
function timersOf(found: readonly string[]): Timer[] {
  const timers: Timer[] = [];
  for (let i = 0; i + 1 < found.length; i += 2) {
    const timer = timerOf(found[i] as string, Number(found[i + 1]));
    if (timer) timers.push(timer);
  }
  return timers;
}

/** Appends as a source does: a failed producer is thrown away, and what it may have lost is appended again later. */
class Inputs {
  readonly #config: Config;
  readonly #log: Log;
  readonly #registry: Registry;
  readonly #codecs = new Map<TopicName, TopicCodec<unknown>>();
  #producer: Promise<Producer> | null = null;

  constructor(config: Config, log: Log) {
    this.#config = config;
    this.#log = log;
    this.#registry = new Registry(config.registry.url, config.namespace);
  }

  async append(topic: TopicName, fired: readonly Fired[]): Promise<void> {
    const codec = this.#codecs.get(topic) ?? (await this.#registry.codec<unknown>(topic));
    this.#codecs.set(topic, codec);
    const messages = fired.map(({ key, partition, due, event }) => {
      const id = uuidv7();
      const envelope = { eventId: id, occurredAt: due, actorId: clockName, correlationId: id, source: clockName };
      const value = codec.encode({ ruleSet: 0, origin: null, ...event, ...envelope });
      return { key, partition, value, headers: { id } };
    });
    this.#producer ??= connectedProducer(createKafka(this.#config, this.#log, clockName), sendRetry);
    const connecting = this.#producer;
    try {
      await (await connecting).send({ topic: topicIn(this.#config.namespace, topic), messages, acks: -1 });
    } catch (error) {
      this.#producer = null;
      connecting.then((producer) => producer.disconnect()).catch(() => {});
      throw error;
    }
  }

  async stop(): Promise<void> {
    await (await this.#producer?.catch(() => null))?.disconnect();
  }
}
