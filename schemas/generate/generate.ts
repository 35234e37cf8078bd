// Turns Avro records with a tag and its variants into TypeScript unions. Pure: schemas in, source text out.
type AvroType =
  | string
  | AvroType[]
  | { type: string; name?: string; symbols?: string[]; items?: AvroType; values?: AvroType };

export type Variant = {
  required: string[];
  optional: string[];
  /** Keys of the JSON object that is encrypted into the field `personal`. */
  personal?: string[];
  /** May be posted by a client. */
  client?: boolean;
  /** Shapes that a client's fields must have instead of those that `is` names. */
  clientShapes?: Record<string, string>;
};

export type Field = { name: string; type: AvroType; default?: unknown; is?: string; doc?: string };

export type RecordSchema = {
  name: string;
  doc: string;
  tag?: string;
  variants?: Record<string, Variant>;
  fields: Field[];
};

export function generate(schemas: readonly RecordSchema[]): string {
  return [
    '// Generated from schemas/*.avsc by `npm run generate`. Do not edit.',
    ...schemas.map((schema) =>
      schema.tag && schema.variants ? union(schema, schema.tag, schema.variants) : plain(schema),
    ),
    '',
  ].join('\n\n');
}

function plain(schema: RecordSchema): string {
  return `/** ${schema.doc} */\nexport type ${schema.name} = {\n${schema.fields.map((f) => member(f, false)).join('\n')}\n};`;
}

function union(schema: RecordSchema, tag: string, variants: Record<string, Variant>): string {
  const inVariants = new Set(
    Object.values(variants).flatMap((v) => [...v.required, ...v.optional, ...(v.personal ? ['personal'] : [])]),
  );
  const shared = schema.fields.filter((f) => f.name !== tag && !inVariants.has(f.name));
  const byName = new Map(schema.fields.map((f) => [f.name, f]));
  const base = `/** What every ${schema.name} has. */\nexport type ${schema.name}Base = {\n${shared.map((f) => member(f, false)).join('\n')}\n};`;
  const members = Object.entries(variants).map(([symbol, variant]) => {
    const lines = [
      ...variant.required.map((name) => member(found(byName, name), true)),
      ...variant.optional.map((name) => member(found(byName, name), false)),
      ...(variant.personal ? ['  readonly personal: Buffer | null;'] : []),
    ];
    return `  | (${schema.name}Base & {\n  readonly ${tag}: '${symbol}';\n${lines.join('\n')}\n})`;
  });
  const tags = Object.keys(variants);
  return [
    base,
    `/** ${schema.doc} */\nexport type ${schema.name} =\n${members.join('\n')};`,
    `export const ${lower(schema.name)}Tags = ${JSON.stringify(tags)} as const;`,
  ].join('\n\n');
}

function found(byName: Map<string, Field>, name: string): Field {
  const field = byName.get(name);
  if (!field) throw new Error(`a variant names the field ${name}, which its record does not have`);
  return field;
}

function member(field: Field, required: boolean): string {
  const type = typeScript(field.type);
  return `  readonly ${field.name}: ${required ? type.replace(/ \| null$/, '') : type};`;
}

function typeScript(type: AvroType): string {
  if (Array.isArray(type)) {
    const others = type.filter((t) => t !== 'null').map(typeScript);
    return [...others, ...(type.includes('null') ? ['null'] : [])].join(' | ');
  }
  if (typeof type === 'object') {
    if (type.type === 'array') return `readonly ${typeScript(type.items ?? 'null')}[]`;
    if (type.type === 'map') return `Readonly<Record<string, ${typeScript(type.values ?? 'null')}>>`;
    if (type.type === 'enum') return (type.symbols ?? []).map((s) => `'${s}'`).join(' | ');
    return typeScript(type.type);
  }
  const primitives: Record<string, string> = { string: 'string', bytes: 'Buffer', boolean: 'boolean', null: 'null' };
  return primitives[type] ?? 'number';
}

function lower(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
