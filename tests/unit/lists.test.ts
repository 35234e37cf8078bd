// The lists of the platform are whole: what has a folder, a schema or a table stands in its list, and the generated types are current.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { processors } from '../../processors/list.ts';
import { createTable, tables } from '../../projections/tables.ts';
import { generate, type RecordSchema } from '../../schemas/generate/generate.ts';
import { valueShapes } from '../../schemas/ids.ts';
import { topicNames, topicSettings, topics } from '../../schemas/topics.ts';

const schemaFiles = readdirSync('schemas').filter((file) => file.endsWith('.avsc'));
const schemaOf = (file: string): RecordSchema => JSON.parse(readFileSync(`schemas/${file}`, 'utf8'));
const slugs = readdirSync('processors').filter(
  (slug) => slug !== 'runtime' && existsSync(`processors/${slug}/processor.ts`),
);

describe('processors', () => {
  it.each(slugs)('%s stands in processors/list.ts', (slug) => expect(Object.keys(processors)).toContain(slug));

  it.each(Object.entries(processors))(
    '%s has its topics, its control topic with as many partitions as its input',
    (slug, processor) => {
      expect(processor.name).toBe(slug);
      expect(topicNames).toEqual(expect.arrayContaining([processor.input, processor.control, ...processor.emitsTo]));
      expect(processor.control).toBe(`${slug}_control`);
      expect(topics[processor.control].partitions).toBe(topics[processor.input].partitions);
    },
  );

  it.each(slugs)('%s has a domain that knows no clock, chance or environment', (slug) => {
    const source = readFileSync(`processors/${slug}/domain.ts`, 'utf8');
    expect(source).not.toMatch(/Date\.now|new Date\(\)|Math\.random|process\.|performance\./);
  });
});

describe('topics', () => {
  it.each(topicNames)('%s has a schema', (name) => expect(schemaFiles).toContain(`${topics[name].schema}.avsc`));

  it.each(topicNames)('%s keeps everything, at the broker’s time', (name) => {
    expect(topicSettings(topics[name])).toMatchObject({
      'retention.ms': '-1',
      'message.timestamp.type': 'LogAppendTime',
    });
  });

  it.each(schemaFiles)('%s belongs to a topic', (file) => {
    expect(topicNames.map((name) => `${topics[name].schema}.avsc`)).toContain(file);
  });
});

describe('schemas', () => {
  it('are what schemas/generated.ts was generated from (npm run generate)', () => {
    expect(readFileSync('schemas/generated.ts', 'utf8')).toBe(generate([...schemaFiles].sort().map(schemaOf)));
  });

  it.each(schemaFiles)(
    '%s: every enum has a default symbol, every shape exists, every variant has its symbol',
    (file) => {
      const { fields, tag, variants } = schemaOf(file);
      for (const { type, is } of fields) {
        if (is) expect(Object.keys(valueShapes)).toContain(is);
        if (typeof type === 'object' && !Array.isArray(type) && type.type === 'enum')
          expect((type as { default?: string }).default).toBe('unknown');
      }
      if (!tag || !variants) return;
      const tagType = fields.find(({ name }) => name === tag)?.type as { symbols: string[] };
      expect(tagType.symbols).toEqual(['unknown', ...Object.keys(variants)]);
    },
  );
});

describe('tables', () => {
  it.each(tables.map((table) => [table.name, table] as const))('%s has its key columns', (_name, table) => {
    expect(Object.keys(table.columns)).toEqual(expect.arrayContaining([...table.partitionKey, ...table.clustering]));
    expect(createTable('k', table)).toContain(`CREATE TABLE IF NOT EXISTS k.${table.name} (`);
  });

  it('are all listed: every table of a projection can be made', () => {
    const declared = readdirSync('projections').flatMap((file) =>
      [...readFileSync(`projections/${file}`, 'utf8').matchAll(/: RowTable = \{\s+name: '(\w+)'/g)].map(
        ([, name]) => name,
      ),
    );
    expect(tables.map(({ name }) => name).sort()).toEqual(declared.sort());
  });
});
