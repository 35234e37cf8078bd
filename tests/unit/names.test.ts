// Fields may be spelled in snake_case and camelCase: they mean the same, and one given in both is refused by its second name.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inCamelCase, inSnakeCase, toCamel } from '../../api/names.ts';
import { Refusal } from '../../api/problems.ts';

const letters = fc.string({ unit: fc.constantFrom('_', '_', 'a', 'b', 'B', '7'), maxLength: 6 });
const fields = fc.dictionary(
  fc.oneof(letters, fc.constantFrom('user_id', 'userId', '__proto__', 'toString')),
  fc.nat(),
);

describe('names', () => {
  it('become camelCase, whether they came before or not, whatever they are', () => {
    const made = Array.from({ length: 3_000 }, (_, i) => `made_up${i}_name`);
    for (const name of [...made, ...made, '', '_', '__proto__', 'a__b', 'x_1', 'a_B']) {
      const spelled = name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
      expect(toCamel(name)).toBe(spelled);
    }
  });

  it('given in both spellings are refused; else every field is there under its other name', () => {
    fc.assert(
      fc.property(fields, fc.constantFrom(inCamelCase, inSnakeCase), (given, rename) => {
        const renamed = rename(given);
        const seen = new Map<string, unknown>();
        let twice: string | undefined;
        for (const [name, value] of Object.entries(given)) {
          const other = Object.keys(rename({ [name]: 1 }))[0] as string;
          if (seen.has(other)) twice ??= name;
          else seen.set(other, value);
        }
        if (twice !== undefined) expect(renamed).toMatchObject({ reason: 'invalid_field', more: { field: twice } });
        else expect(Object.entries(renamed)).toEqual(Object.entries(Object.fromEntries(seen)));
        expect(renamed instanceof Refusal).toBe(twice !== undefined);
      }),
    );
  });

  it.each([
    [{ user_id: 1, userId: 2 }, 'userId'],
    [{ videoId: 1, userId: 2, user_id: 2 }, 'user_id'],
  ])('%j is refused for %s', (given, field) => {
    expect(inCamelCase(given)).toMatchObject({ more: { field } });
  });
});
