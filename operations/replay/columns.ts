// The columns of a replay: what Kafka says of a record, then the fields of its schemas, with the SQL type that holds each. Pure.

/** An Avro type as JSON. */
export type AvroType =
  | string
  | readonly AvroType[]
  | { readonly type: AvroType; readonly items?: AvroType; readonly [more: string]: unknown };
export type AvroField = { readonly name: string; readonly type: AvroType };
export type Column = { readonly name: string; readonly type: string };

/** The names begin with an underscore, so that no field of an event has one of them, and SQL needs no quotes. */
export const recordColumns: readonly Column[] = [
  { name: '_partition', type: 'INTEGER' },
  { name: '_offset', type: 'BIGINT' },
  { name: '_time', type: 'BIGINT' },
  { name: '_key', type: 'VARCHAR' },
  { name: '_id', type: 'VARCHAR' },
  { name: '_origin', type: 'VARCHAR' },
  { name: '_schema', type: 'INTEGER' },
  { name: '_undecodable', type: 'VARCHAR' },
];

const scalars: Readonly<Record<string, string>> = {
  string: 'VARCHAR',
  enum: 'VARCHAR',
  bytes: 'VARCHAR',
  fixed: 'VARCHAR',
  boolean: 'BOOLEAN',
  int: 'INTEGER',
  long: 'BIGINT',
  float: 'DOUBLE',
  double: 'DOUBLE',
};

/** The record's own columns, then the union of the fields of several versions of a schema, older versions first. */
export function columnsOf(versions: readonly (readonly AvroField[])[]): Column[] {
  const types = new Map<string, string>();
  for (const fields of versions) {
    for (const { name, type } of fields) types.set(name, wider(types.get(name), sqlType(type)));
  }
  return [...recordColumns, ...[...types].map(([name, type]) => ({ name, type }))];
}

/** What is neither a scalar nor a list of scalars is JSON; bytes are base64. */
export function sqlType(type: AvroType): string {
  if (typeof type === 'string') return scalars[type] ?? 'JSON';
  if (Array.isArray(type)) {
    const some = type.filter((member) => member !== 'null');
    return some.length === 1 ? sqlType(some[0]) : 'JSON';
  }
  const { type: kind, items } = type as { type: AvroType; items?: AvroType };
  if (kind !== 'array') return sqlType(kind);
  const item = sqlType(items as AvroType);
  return item === 'JSON' || item.endsWith('[]') ? 'JSON' : `${item}[]`;
}

const numbers = ['INTEGER', 'BIGINT', 'DOUBLE'];

function wider(one: string | undefined, other: string): string {
  if (one === undefined || one === other) return other;
  const widest = Math.max(numbers.indexOf(one), numbers.indexOf(other));
  return numbers.includes(one) && numbers.includes(other) ? (numbers[widest] as string) : 'VARCHAR';
}
