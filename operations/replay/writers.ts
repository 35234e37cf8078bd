// The schemas that records were written with, from the registry: each record is decoded by its own, into one line of JSON.
import avro from 'avsc';
import type { Registry } from '../../infra/avro.ts';
import type { AvroField } from './columns.ts';

type Version = { readonly version: number; readonly id: number; readonly fields: readonly AvroField[] };

/** A schema as its records are read: `line` makes `,"name":value` of every field. */
export type Writer = {
  readonly id: number;
  readonly fields: readonly AvroField[];
  readonly decode: (value: Buffer) => Record<string, unknown>;
  readonly line: (event: Record<string, unknown>) => string;
};

const wireHeaderBytes = 5;
const askMsMax = 10_000;

export class Writers {
  readonly #registry: Registry;
  readonly #known = new Map<number, Writer | string>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** The writer's schema of a value, or why there is none. @throws if the registry is away */
  of(value: Buffer | null): Writer | string | Promise<Writer | string> {
    if (!value) return 'no value';
    if (value.length < wireHeaderBytes || value[0] !== 0) return 'not a registry-framed Avro value';
    const id = value.readInt32BE(1);
    return this.#known.get(id) ?? this.#fetch(id);
  }

  /** @throws if the registry is away, or knows no such schema although it did */
  async byId(id: number): Promise<Writer> {
    const writer = this.#known.get(id) ?? (await this.#fetch(id));
    if (typeof writer === 'string') throw new Error(writer);
    return writer;
  }

  async #fetch(id: number): Promise<Writer | string> {
    const writer = await this.#registry.client.getSchema(id).then(
      (schema) => writerOf(id, JSON.parse(JSON.stringify(schema))),
      (error: Error & { status?: number }) => {
        if (error.status !== 404) throw error;
        return `schema ${id} is not in the registry`;
      },
    );
    this.#known.set(id, writer);
    return writer;
  }
}

function writerOf(id: number, schema: { fields?: readonly AvroField[] }): Writer | string {
  const { fields } = schema;
  if (!fields) return `schema ${id} is no record`;
  const type = avro.Type.forSchema(schema as avro.Schema, { wrapUnions: 'never' as never });
  const names = fields.map(({ name }) => ({ name, head: `,${JSON.stringify(name)}:` }));
  return {
    id,
    fields,
    decode: (value) => type.fromBuffer(value.subarray(wireHeaderBytes)) as Record<string, unknown>,
    line: (event) => {
      let line = '';
      for (const { name, head } of names) line += head + jsonOf(event[name]);
      return line;
    },
  };
}

/** Bytes, at any depth, become base64. */
function jsonOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value !== 'object') return JSON.stringify(value);
  if (Buffer.isBuffer(value)) return `"${value.toString('base64')}"`;
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`;
  return `{${Object.entries(value)
    .map(([name, inner]) => `${JSON.stringify(name)}:${jsonOf(inner)}`)
    .join(',')}}`;
}

/** Every version of a subject, oldest first. */
export async function versionsOf(registryUrl: string, subject: string): Promise<Version[]> {
  const place = `${registryUrl}/subjects/${encodeURIComponent(subject)}/versions`;
  const numbers = (await ask(place)) as number[];
  const versions: Version[] = [];
  for (const version of [...numbers].sort((a, b) => a - b)) {
    const { id, schema } = (await ask(`${place}/${version}`)) as { id: number; schema: string };
    versions.push({ version, id, fields: (JSON.parse(schema) as { fields: AvroField[] }).fields });
  }
  return versions;
}

async function ask(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(askMsMax) });
  if (!response.ok) throw new Error(`the schema registry answers ${response.status} for ${url}`);
  return response.json();
}
