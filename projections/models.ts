// Follows the topic `models`: each trained model is taken into use when its header has come and all its parts are here.
import type { Kafka } from 'kafkajs';
import { type Registry, type TopicCodec, Unreadable } from '../infra/avro.ts';
import { topicIn } from '../infra/kafka.ts';
import type { Log } from '../infra/log.ts';
import { TopicFollower } from '../infra/topic-table.ts';
import { type Model, modelFrom } from '../processors/feed/ranking/learned/model.ts';
import type { PublishedModel } from '../processors/feed/ranking/published-model.ts';
import type { ModelPart } from '../schemas/generated.ts';

export const headerPart = 'header';
export const videoPart = (videoId: string): string => `video/${videoId}`;
export const partKey = ({ model, part }: Pick<ModelPart, 'model' | 'part'>): string => `${model}/${part}`;

export type ModelsOptions = {
  readonly kafka: Kafka;
  readonly registry: Registry;
  readonly namespace: string;
  readonly log: Log;
  readonly onFatal: (why: string) => void;
};

type Part = { readonly version: string; readonly content: Buffer };

export class Models {
  readonly #options: ModelsOptions;
  readonly #topic: string;
  readonly #follower: TopicFollower;
  /** Model → part → its newest version. */
  readonly #parts = new Map<string, Map<string, Part>>();
  readonly #current = new Map<string, PublishedModel>();
  #codec: TopicCodec<ModelPart> | null = null;

  constructor(options: ModelsOptions) {
    const { kafka, namespace, onFatal } = options;
    this.#options = options;
    this.#topic = topicIn(namespace, 'models');
    this.#follower = new TopicFollower({
      kafka,
      topics: [this.#topic],
      onRecord: ({ offset, value }) => this.#take(offset, value),
      onFatal,
    });
  }

  /** Resolves when all that has been published so far is known. */
  async start(): Promise<void> {
    this.#codec = await this.#options.registry.codec<ModelPart>('models');
    await this.#follower.start();
  }

  async stop(): Promise<void> {
    await this.#follower.stop();
  }

  /** The newest whole version; null before the first. */
  current(name: string): PublishedModel | null {
    return this.#current.get(name) ?? null;
  }

  /** Resolves when what was published before this call is in use. */
  caughtUp(): Promise<void> {
    return this.#follower.caughtUp();
  }

  async #take(offset: number, value: Buffer | null): Promise<void> {
    // A part that nobody needs any more was deleted.
    if (value === null) return;
    let record: ModelPart;
    try {
      record = await (this.#codec as TopicCodec<ModelPart>).read(value);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.#options.log.error({ offset }, `unreadable part of ${this.#topic}: ${error.message}`);
      return;
    }
    if (record.part === headerPart) return this.#adopt(offset, record);
    const parts = this.#parts.get(record.model) ?? new Map<string, Part>();
    this.#parts.set(record.model, parts);
    parts.set(record.part, { version: record.version, content: Buffer.from(record.content) });
  }

  /** A version whose parts another has overtaken is never whole, and never used. */
  #adopt(offset: number, { model: name, version, parts: count, content }: ModelPart): void {
    const { log } = this.#options;
    const parts = this.#parts.get(name) ?? new Map<string, Part>();
    for (const [part, { version: of }] of parts) if (of !== version) parts.delete(part);
    if (parts.size !== count) {
      log.error({ offset }, `model ${name} ${version} has ${parts.size} of ${count} parts: it is not used`);
      return;
    }
    try {
      const model: Model = modelFrom(
        json(content),
        [...parts.values()].map(({ content: part }) => json(part)),
      );
      this.#current.set(name, { model, position: { topic: 'models', partition: 0, offset } });
      log.info({ model: name, version, parts: count }, 'a model is in use');
    } catch (error) {
      log.error({ offset }, `model ${name} ${version} cannot be used: ${(error as Error).message}`);
    }
    parts.clear();
  }
}

const json = <T>(content: Buffer): T => JSON.parse(Buffer.from(content).toString('utf8')) as T;
