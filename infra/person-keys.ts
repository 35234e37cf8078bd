// Each person's encryption keys, a compacted topic read whole: encrypts personal details, and forgets a person by deleting the keys.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Producer } from 'kafkajs';
import { parse, stringify, v7 as uuidv7 } from 'uuid';
import type { PersonKey } from '../schemas/generated.ts';
import { Registry, type TopicCodec } from './avro.ts';
import type { Config } from './config.ts';
import { createKafka, explicitPartition, topicIn } from './kafka.ts';
import type { Log } from './log.ts';
import { TopicFollower } from './topic-table.ts';

export type Personal = Readonly<Record<string, unknown>>;

export type PersonKeysOptions = { readonly config: Config; readonly log: Log; readonly onFatal: (why: string) => void };

type Waiting = {
  readonly key: string;
  readonly value: Buffer | null;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

const keysPerSend = 500;
const cipher = 'aes-256-gcm';
const bytes = { keyId: 16, iv: 12, tag: 16, key: 32 };
/** Whoever publishes must be told within two seconds, and nothing be published after that. */
const keyMsMax = 1_500;

/** Kafka has not taken a new key in time; should it still get into the log, it does no harm there. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

/** The account is deleted for good: nothing is encrypted for this person any more. */
export class PersonErased extends Error {
  override readonly name = 'PersonErased';
}

/** Stands in the place of a key's id, and stays: every key of this person is void, also one that comes after it. */
const erasedForGood = 'erased';

export class PersonKeys {
  readonly #options: PersonKeysOptions;
  readonly #topic: string;
  /** User → key id → key. */
  readonly #keys = new Map<string, Map<string, Buffer>>();
  readonly #erased = new Set<string>();
  /** Ids of keys that are void, and still in the log. */
  readonly #voided = new Map<string, Set<string>>();
  readonly #listeners: ((userId: string) => void)[] = [];
  readonly #making = new Map<string, Promise<[string, Buffer]>>();
  readonly #waiting: Waiting[] = [];
  #sending = false;
  #codec: TopicCodec<PersonKey> | null = null;
  #producer: Producer | null = null;
  #follower: TopicFollower | null = null;

  constructor(options: PersonKeysOptions) {
    this.#options = options;
    this.#topic = topicIn(options.config.namespace, 'person_keys');
  }

  /** Reads all keys. @throws if Kafka or the registry is away; it may be called again. */
  async start(): Promise<void> {
    const { config, log, onFatal } = this.#options;
    const kafka = createKafka(config, log, 'person-keys');
    this.#codec = await new Registry(config.registry.url, config.namespace).codec<PersonKey>('person_keys');
    const producer = kafka.producer({
      maxInFlightRequests: 1,
      createPartitioner: explicitPartition,
      allowAutoTopicCreation: false,
    });
    await producer.connect();
    this.#producer = producer;
    const onRecord = ({ key, value }: { key: Buffer | null; value: Buffer | null }) => this.#take(String(key), value);
    this.#follower = new TopicFollower({ kafka, topics: [this.#topic], onRecord, onFatal });
    await this.#follower.start();
  }

  async stop(): Promise<void> {
    await Promise.allSettled([this.#follower?.stop(), this.#producer?.disconnect()]);
  }

  /**
   * Key id, iv, tag and ciphertext in one buffer. A key is in the log before anything is encrypted under it.
   * @throws PersonErased, KeysUnavailable
   */
  async encrypt(userId: string, details: Personal): Promise<Buffer> {
    if (this.#erased.has(userId)) throw new PersonErased('the account is deleted');
    const [keyId, key] = this.#keyOf(userId) ?? (await inTime(this.#madeOnce(userId)));
    const iv = randomBytes(bytes.iv);
    const encryption = createCipheriv(cipher, key, iv);
    encryption.setAAD(Buffer.from(userId));
    const data = Buffer.concat([encryption.update(JSON.stringify(details), 'utf8'), encryption.final()]);
    return Buffer.concat([Buffer.from(parse(keyId)), iv, encryption.getAuthTag(), data]);
  }

  /** The details, or `erased` once their key is gone. @throws if the bytes were altered or belong to someone else. */
  decrypt(userId: string, personal: Buffer): Personal | 'erased' {
    const keyId = stringify(personal.subarray(0, bytes.keyId));
    const key = this.#keys.get(userId)?.get(keyId);
    if (!key) return 'erased';
    const iv = personal.subarray(bytes.keyId, bytes.keyId + bytes.iv);
    const tagEnd = bytes.keyId + bytes.iv + bytes.tag;
    const decryption = createDecipheriv(cipher, key, iv);
    decryption.setAAD(Buffer.from(userId));
    decryption.setAuthTag(personal.subarray(tagEnd - bytes.tag, tagEnd));
    return JSON.parse(
      Buffer.concat([decryption.update(personal.subarray(tagEnd)), decryption.final()]).toString('utf8'),
    );
  }

  /** Resolves when every key that is in the log now is known here. */
  async caughtUp(): Promise<void> {
    await this.#follower?.caughtUp();
  }

  /** Deletes every key of a person: what was encrypted under them can never be read again. */
  async erase(userId: string): Promise<void> {
    await this.caughtUp();
    for (const keyId of this.#keys.get(userId)?.keys() ?? []) await this.#append(`${userId}/${keyId}`, null);
  }

  /**
   * Erases a person who cannot come back: a key that another instance makes meanwhile is void by its place in the log, so that
   * whatever was still under way for this person can never be read. It may be called again.
   */
  async eraseForGood(userId: string): Promise<void> {
    if (!this.#codec) throw new KeysUnavailable('the keys have not been read yet');
    const keyId = erasedForGood;
    const marker = { userId, keyId, key: Buffer.alloc(0) };
    if (!this.#erased.has(userId)) await this.#append(`${userId}/${keyId}`, this.#codec.encode(marker));
    await this.caughtUp();
    for (const each of this.#voided.get(userId) ?? []) await this.#append(`${userId}/${each}`, null);
  }

  /** Whether the person was erased for good. */
  isErased(userId: string): boolean {
    return this.#erased.has(userId);
  }

  /** Told whose keys have changed: what could not be read before may be readable now, or the other way round. */
  onChange(listener: (userId: string) => void): void {
    this.#listeners.push(listener);
  }

  #keyOf(userId: string): [string, Buffer] | undefined {
    return [...(this.#keys.get(userId) ?? [])].at(-1);
  }

  /** Instances that make a key for one person at once are no trouble: both keys stay, and each text names its own. */
  #madeOnce(userId: string): Promise<[string, Buffer]> {
    let making = this.#making.get(userId);
    if (!making) {
      making = this.#make(userId).finally(() => this.#making.delete(userId));
      this.#making.set(userId, making);
    }
    return making;
  }

  async #make(userId: string): Promise<[string, Buffer]> {
    if (!this.#codec) throw new KeysUnavailable('the keys have not been read yet');
    const [keyId, key] = [uuidv7(), randomBytes(bytes.key)];
    await this.#append(`${userId}/${keyId}`, this.#codec.encode({ userId, keyId, key }));
    if (this.#erased.has(userId)) throw new PersonErased('the account has been deleted meanwhile');
    return [keyId, key];
  }

  /** Resolves when the record has come back. What is asked for while a send is under way goes out together in the next. */
  #append(key: string, value: Buffer | null): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key, value, resolve, reject });
      if (!this.#sending) void this.#sendWaiting();
    });
  }

  async #sendWaiting(): Promise<void> {
    this.#sending = true;
    for (
      let batch = this.#waiting.splice(0, keysPerSend);
      batch.length > 0;
      batch = this.#waiting.splice(0, keysPerSend)
    ) {
      try {
        await this.#sendAll(batch.map(({ key, value }) => ({ key, value, partition: 0 })));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#sending = false;
  }

  async #sendAll(messages: { key: string; value: Buffer | null; partition: number }[]): Promise<void> {
    if (!this.#producer || !this.#follower) throw new KeysUnavailable('the keys have not been read yet');
    const [answer] = await this.#producer.send({ topic: this.#topic, messages, acks: -1 });
    await this.#follower.waitFor(this.#topic, 0, Number(answer?.baseOffset) + messages.length - 1);
  }

  async #take(name: string, value: Buffer | null): Promise<void> {
    const slash = name.lastIndexOf('/');
    const [userId, keyId] = [name.slice(0, slash), name.slice(slash + 1)];
    const key = value && this.#codec ? Buffer.from((await this.#codec.read(value)).key) : null;
    if (keyId === erasedForGood) this.#takeErasure(userId, key !== null);
    else if (this.#erased.has(userId)) this.#takeVoid(userId, keyId, key !== null);
    else this.#takeKey(userId, keyId, key);
    for (const listener of this.#listeners) listener(userId);
  }

  #takeKey(userId: string, keyId: string, key: Buffer | null): void {
    const keys = this.#keys.get(userId) ?? new Map<string, Buffer>();
    this.#keys.set(userId, keys);
    if (key === null) keys.delete(keyId);
    else keys.set(keyId, key);
  }

  #takeErasure(userId: string, isErased: boolean): void {
    if (!isErased) return;
    this.#erased.add(userId);
    for (const keyId of this.#keys.get(userId)?.keys() ?? []) this.#takeVoid(userId, keyId, true);
    this.#keys.delete(userId);
  }

  #takeVoid(userId: string, keyId: string, isThere: boolean): void {
    const there = this.#voided.get(userId) ?? new Set<string>();
    if (isThere) this.#voided.set(userId, there.add(keyId));
    else if (there.delete(keyId) && there.size === 0) this.#voided.delete(userId);
  }
}

async function inTime<T>(making: Promise<T>): Promise<T> {
  making.catch(() => undefined);
  const made = await Promise.race([making, pause(keyMsMax, null, { ref: false })]);
  if (made === null) throw new KeysUnavailable(`Kafka has not taken a new key within ${keyMsMax} ms`);
  return made;
}
