// Holds an answer against the schema that the API's document has for it.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';

const asDocumented = new Ajv2020({ strict: false, validateFormats: false });
asDocumented.addSchema({ $id: 'openapi' });

export function expectShape(schema: object, body: unknown): void {
  const isValid = asDocumented.validate(schema, body);
  expect(isValid ? '' : `${asDocumented.errorsText()} in ${JSON.stringify(body).slice(0, 300)}`).toBe('');
}
