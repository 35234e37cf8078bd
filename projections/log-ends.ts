// Asks Kafka for the ends of topics: many askers share an answer, and nobody waits long for a Kafka that is away.
import { setTimeout as pause } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import type { TopicName } from '../schemas/topics.ts';

/** Kafka did not say where a topic ends. */
export class LogUnavailable extends Error {
  override readonly name = 'LogUnavailable';
}

/** The end offset of each partition. */
export type Ends = readonly number[];

type Asked = { readonly at: number; readonly answer: Promise<Ends>; isPending: boolean };

/** An answer is given to others for so long. */
const reusedMs = 250;
const waitMsMax = 1_500;

export class LogEnds {
  readonly #admin: Pick<Admin, 'fetchTopicOffsets'>;
  readonly #namespace: string;
  readonly #last = new Map<TopicName, Asked>();
  /** Who asks while Kafka is being asked gets the answer to the next question, which all of them share. */
  readonly #next = new Map<TopicName, Promise<Ends>>();

  constructor(admin: Pick<Admin, 'fetchTopicOffsets'>, namespace: string) {
    this.#admin = admin;
    this.#namespace = namespace;
  }

  /** At most 250 ms old. @throws LogUnavailable */
  recent(topic: TopicName): Promise<Ends> {
    const last = this.#last.get(topic);
    const isUsable = last && (last.isPending || Date.now() - last.at < reusedMs);
    return inTime(isUsable ? last.answer : this.#ask(topic));
  }

  /** As of now or later. @throws LogUnavailable */
  fresh(topic: TopicName): Promise<Ends> {
    const last = this.#last.get(topic);
    if (!last?.isPending) return inTime(this.#ask(topic));
    const next = this.#next.get(topic) ?? this.#askAfter(last, topic);
    this.#next.set(topic, next);
    return inTime(next);
  }

  async #askAfter(last: Asked, topic: TopicName): Promise<Ends> {
    await last.answer.catch(() => undefined);
    this.#next.delete(topic);
    return this.#ask(topic);
  }

  #ask(topic: TopicName): Promise<Ends> {
    const asked: Asked = { at: Date.now(), answer: this.#fetch(topic), isPending: true };
    this.#last.set(topic, asked);
    asked.answer.then(
      () => {
        asked.isPending = false;
      },
      () => this.#last.delete(topic),
    );
    return asked.answer;
  }

  async #fetch(topic: TopicName): Promise<Ends> {
    const ends: number[] = [];
    for (const { partition, high } of await this.#admin.fetchTopicOffsets(this.#namespace + topic)) {
      ends[partition] = Number(high);
    }
    return ends;
  }
}

async function inTime(answer: Promise<Ends>): Promise<Ends> {
  const answered = new AbortController();
  const tooLate = pause(waitMsMax, undefined, { signal: answered.signal }).then(() => {
    throw new Error(`no answer within ${waitMsMax} ms`);
  });
  tooLate.catch(() => undefined);
  try {
    return await Promise.race([answer, tooLate]);
  } catch (error) {
    throw new LogUnavailable(`kafka does not say where topics end: ${(error as Error).message}`);
  } finally {
    answered.abort();
  }
}
