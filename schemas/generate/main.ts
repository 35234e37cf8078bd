// Reads schemas/*.avsc and writes schemas/generated.ts: exact unions for domain code, one tagged member per action.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate, type RecordSchema } from './generate.ts';

const folder = dirname(dirname(fileURLToPath(import.meta.url)));
const schemas = readdirSync(folder)
  .filter((file) => file.endsWith('.avsc'))
  .sort()
  .map((file): RecordSchema => JSON.parse(readFileSync(join(folder, file), 'utf8')));
writeFileSync(join(folder, 'generated.ts'), generate(schemas));
