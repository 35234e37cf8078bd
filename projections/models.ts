// Follows the topic `models`: each trained model is taken into use when its header has come and all its parts are here.
import { setImmediate as othersTurn } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { type Registry, type TopicCodec, Unreadable } from '../infra/avro.ts';
import { topicIn } from '../infra/kafka.ts';
import type { Log } from '../infra/log.ts';
import { TopicFollower } from '../infra/topic-table.ts';
import { type Personality, personalityOf } from '../processors/dating/compat/personality.ts';
import { personalityModelFrom, personalityModelName } from '../processors/dating/compat/personality-model.ts';
import type { Position } from '../processors/feed/ranking/item.ts';
import {
  type HeaderRecord,
  type ItemRecord,
  type Model,
  type ModelItem,
  modelFrom,
} from '../processors/feed/ranking/learned/model.ts';
import type { PublishedModel } from '../processors/feed/ranking/published-model.ts';
import type { ModelPart } from '../schemas/generated.ts';

export const headerPart = 'header';
export const videoPart = (videoId: string): string => `video/${videoId}`;

/** Parts of two versions stand side by side, so that one that is still being published takes nothing from the one in use. */
export const partKey = ({ model, part, version }: Pick<ModelPart, 'model' | 'part' | 'version'>): string =>
  part === headerPart ? `${model}/${part}` : `${model}/${version}/${part}`;

export type ModelsOptions = {
  readonly kafka: Kafka;
  readonly registry: Registry;
  readonly namespace: string;
  readonly log: Log;
  readonly onFatal: (why: string) => void;
};

/** Parts of a version whose header has not come. */
type Pending = { readonly parts: Map<string, Buffer>; latest: number };
type Whole = { readonly offset: number; readonly header: ModelPart; readonly parts: readonly Buffer[] };

export type PublishedPersonality = { readonly personality: Personality; readonly position: Position };

/** Of more trainings at once, the one that has been silent longest is given up. */
const pendingMax = 3;
/** So many videos are decoded before requests get their turn: a whole model takes seconds. */
const decodedAtOnce = 8;

export class Models {
  readonly #options: ModelsOptions;
  readonly #topic: string;
  readonly #follower: TopicFollower;
  /** "model version" → its parts. */
  readonly #pending = new Map<string, Pending>();
  readonly #current = new Map<string, PublishedModel>();
  #personality: PublishedPersonality | null = null;
  /** While it starts: the newest whole version of each model; older ones are never decoded. */
  #found: Map<string, Whole> | null = new Map();
  #headerOffset = -1;
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
    const found = this.#found ?? new Map<string, Whole>();
    this.#found = null;
    for (const whole of found.values()) await this.#adopt(whole);
  }

  async stop(): Promise<void> {
    await this.#follower.stop();
  }

  /** The newest whole version; null before the first. */
  current(name: string): PublishedModel | null {
    return this.#current.get(name) ?? null;
  }

  /** The newest model of dating's personality; null before the first. */
  personality(): PublishedPersonality | null {
    return this.#personality;
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
    if (record.part === headerPart) return this.#complete(offset, record);
    const { parts } = this.#pendingOf(record, offset);
    parts.set(record.part, Buffer.from(record.content));
  }

  #pendingOf({ model, version }: ModelPart, offset: number): Pending {
    const name = pendingName(model, version);
    const pending = this.#pending.get(name) ?? { parts: new Map<string, Buffer>(), latest: offset };
    this.#pending.delete(name);
    this.#pending.set(name, pending);
    pending.latest = offset;
    const [silent] = this.#pending.keys();
    if (this.#pending.size > pendingMax && silent !== undefined) this.#pending.delete(silent);
    return pending;
  }

  async #complete(offset: number, header: ModelPart): Promise<void> {
    const name = pendingName(header.model, header.version);
    const parts = [...(this.#pending.get(name)?.parts.values() ?? [])];
    this.#pending.delete(name);
    // What has got no part since the header before was given up by its publisher.
    for (const [other, { latest }] of this.#pending) if (latest < this.#headerOffset) this.#pending.delete(other);
    this.#headerOffset = offset;
    if (parts.length !== header.parts) {
      const { model, version } = header;
      const has = `model ${model} ${version} has ${parts.length} of ${header.parts} parts`;
      this.#options.log.error({ offset }, `${has}: it is not used`);
      return;
    }
    const whole = { offset, header, parts };
    if (this.#found) this.#found.set(header.model, whole);
    else await this.#adopt(whole);
  }

  async #adopt({ offset, header, parts }: Whole): Promise<void> {
    const { log } = this.#options;
    const { model: name, version } = header;
    try {
      const position = { topic: 'models', partition: 0, offset } as const;
      if (name === personalityModelName)
        this.#personality = { personality: personalityOf(personalityModelFrom(json(header.content))), position };
      else this.#current.set(name, { model: await decoded(json(header.content), parts), position });
      log.info({ model: name, version, parts: parts.length }, 'a model is in use');
    } catch (error) {
      log.error({ offset }, `model ${name} ${version} cannot be used: ${(error as Error).message}`);
    }
  }
}

const pendingName = (model: string, version: string) => `${model} ${version}`;
const json = <T>(content: Buffer): T => JSON.parse(Buffer.from(content).toString('utf8')) as T;

async function decoded(header: HeaderRecord, parts: readonly Buffer[]): Promise<Model> {
  const model = modelFrom(header, []);
  const items = new Map<string, ModelItem>();
  const bare: HeaderRecord = { ...header, ranker: null, columns: [], tokens: [], gram: '' };
  for (let from = 0; from < parts.length; from += decodedAtOnce) {
    const some = parts.slice(from, from + decodedAtOnce).map((part) => json<ItemRecord>(part));
    for (const [videoId, item] of modelFrom(bare, some).items) items.set(videoId, item);
    await othersTurn();
  }
  return { ...model, items };
}
