// Reads schemas/*.avsc once and turns events into the registry's wire format (0, schema id, Avro) and back.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import avro from 'avsc';
import { LRUCache } from 'lru-cache';
import pRetry from 'p-retry';
import type { RecordSchema } from '../schemas/generate/generate.ts';
import { type TopicName, topics } from '../schemas/topics.ts';
import { writeDefaultsByByte } from './avro-defaults.ts';
import { limitLengths } from './avro-limits.ts';

const schemaFolder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'schemas');
const loaded = new Map<string, RecordSchema>();

export function schemaOf(topic: TopicName): RecordSchema {
  const name = topics[topic].schema;
  let schema = loaded.get(name);
  if (!schema) {
    schema = JSON.parse(readFileSync(join(schemaFolder, `${name}.avsc`), 'utf8')) as RecordSchema;
    loaded.set(name, schema);
  }
  return schema;
}

/** What is read was not written by any schema of the registry, or not by this one: it can never be read. */
export class Unreadable extends Error {}

/** The writer's schema is not here yet: `prepare` fetches it. */
export class WriterUnknown extends Error {}

limitLengths();
writeDefaultsByByte();

const wireHeaderBytes = 5;
const slabBytes = 64 * 1_024;
const missingSchemaMs = 30_000;

/** Encodes and decodes the events of one topic, with the schema of this build as the reader's. */
export class TopicCodec<E> {
  readonly #type: avro.Type;
  readonly #id: number;
  readonly #registry: SchemaRegistry;
  readonly #resolvers = new Map<
    number,
    avro.types.RecordType['createResolver'] extends (w: avro.Type) => infer R ? R : never
  >();
  readonly #missing = new LRUCache<number, string>({ max: 1_000, ttl: missingSchemaMs });
  #slab = Buffer.allocUnsafeSlow(slabBytes);
  #used = 0;

  constructor(schema: RecordSchema, id: number, registry: SchemaRegistry) {
    this.#type = typeOf(schema);
    this.#id = id;
    this.#registry = registry;
  }

  /** The bytes lie in a slab with those encoded before and after, which is never written twice: whoever keeps few of them for long copies them. */
  encode(event: E): Buffer {
    for (;;) {
      const [slab, start] = [this.#slab, this.#used];
      const end = this.#type.encode(event, slab, start + wireHeaderBytes);
      if (end > 0) {
        slab[start] = 0;
        slab.writeInt32BE(this.#id, start + 1);
        this.#used = end;
        return slab.subarray(start, end);
      }
      // So many bytes are missing behind the slab's end.
      const needed = slab.length - start - end;
      this.#slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, needed));
      this.#used = 0;
    }
  }

  /** @throws Unreadable if it is not Avro of a known schema, WriterUnknown if `prepare` has to run first. */
  decode(value: Buffer | null): E {
    if (!value || value.length < wireHeaderBytes || value[0] !== 0)
      throw new Unreadable('not a registry-framed Avro value');
    const id = value.readInt32BE(1);
    try {
      if (id === this.#id) return valueIn(value, this.#type.decode(value, wireHeaderBytes)) as E;
      const resolver = this.#resolvers.get(id);
      if (resolver) return valueIn(value, this.#type.decode(value, wireHeaderBytes, resolver)) as E;
    } catch (error) {
      throw new Unreadable(`not readable with schema ${id}: ${(error as Error).message}`);
    }
    const why = this.#missing.get(id);
    if (why) throw new Unreadable(why);
    throw new WriterUnknown(`schema ${id}`);
  }

  /** Decodes, and fetches the writer's schema first where it is not here yet. @throws Unreadable */
  async read(value: Buffer | null): Promise<E> {
    try {
      return this.decode(value);
    } catch (error) {
      if (!(error instanceof WriterUnknown) || !value) throw error;
      await this.prepare(value);
      return this.decode(value);
    }
  }

  /** Fetches the writer's schema of a value, once per id; an id the registry does not know is remembered for 30 s. */
  async prepare(value: Buffer): Promise<void> {
    const id = value.readInt32BE(1);
    let writer: unknown;
    try {
      writer = await this.#registry.getSchema(id);
    } catch (error) {
      if ((error as { status?: number }).status !== 404) throw error;
      this.#missing.set(id, `schema ${id}: ${(error as Error).message}`);
      return;
    }
    try {
      this.#resolvers.set(id, this.#type.createResolver(typeOf(JSON.parse(JSON.stringify(writer)))) as never);
    } catch (error) {
      this.#missing.set(id, `schema ${id} does not fit: ${(error as Error).message}`);
    }
  }
}

/** As avsc's `fromBuffer`, without a view of the bytes behind the header: one more object per event. @throws unless the value ends where the bytes do */
function valueIn(bytes: Buffer, { value, offset }: { readonly value: unknown; readonly offset: number }): unknown {
  if (offset < 0) throw new Error('truncated buffer');
  if (offset < bytes.length) throw new Error('trailing data');
  return value;
}

function typeOf(schema: unknown): avro.Type {
  return avro.Type.forSchema(schema as avro.Schema, { wrapUnions: 'never' as never });
}

/** The library merges retry options into a shared constant, so all of them are given. */
const briefRetry = { maxRetryTimeInSecs: 1, initialRetryTimeInSecs: 0.1, factor: 0.2, multiplier: 2, retries: 3 };

/** A process that starts while the registry is away waits for it, about a minute, and does not die of it. */
const whileAway = { retries: 15, minTimeout: 250, maxTimeout: 5_000 };

export class Registry {
  readonly client: SchemaRegistry;
  readonly #namespace: string;

  constructor(url: string, namespace: string) {
    this.#namespace = namespace;
    this.client = new SchemaRegistry({ host: url, clientId: 'profithack', retry: { ...briefRetry } });
  }

  subjectOf(topic: TopicName): string {
    return `${this.#namespace}${topic}-value`;
  }

  /** The codec of a topic; its schema must have been registered by the set-up. */
  async codec<E>(topic: TopicName): Promise<TopicCodec<E>> {
    const schema = schemaOf(topic);
    const asked = { type: SchemaType.AVRO, schema: JSON.stringify(schema) } as const;
    const id = await pRetry(() => this.client.getRegistryIdBySchema(this.subjectOf(topic), asked), {
      ...whileAway,
      // The library calls a refused connection a bad request; only "not found" is an answer.
      shouldRetry: ({ error }) => (error as { status?: number }).status !== 404,
    });
    return new TopicCodec<E>(schema, id, this.client);
  }

  /** Registers a topic's schema; the registry refuses one that earlier events cannot be read with. */
  async register(topic: TopicName): Promise<number> {
    const schema = JSON.stringify(schemaOf(topic));
    const { id } = await this.client.register(
      { type: SchemaType.AVRO, schema },
      { subject: this.subjectOf(topic), compatibility: 'BACKWARD_TRANSITIVE' as never },
    );
    return id;
  }
}
