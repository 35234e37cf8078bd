// The worked example of docs/dating-matching.md, computed: the document holds these lines, or this fails.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compatibility } from '../../processors/dating/compat/compatibility.ts';
import { dayOf, type Person, personOf } from '../../processors/dating/compat/person.ts';
import { components } from '../../processors/dating/compat/rules.ts';
import { Names } from '../../projections/dating-names.ts';
import { cellOf, distanceBetween } from '../../schemas/cells.ts';
import { alike, givenNow, givenProfile } from '../dating-given.ts';

const names = new Names();
const person = (userId: string, differences: Parameters<typeof givenProfile>[1]) =>
  personOf(givenProfile(userId, differences), (name) => names.take(name)) as Person;

const ada = person('ada', {
  dating: {
    birthDate: '1996-03-01',
    interests: ['hiking', 'jazz', 'film', 'chess'],
    aversions: ['karaoke'],
    answers: { goes_out: 3 },
    wish: { ageMin: 25, ageMax: 41, distanceKm: 50 },
  },
});
const ben = person('ben', {
  online: Array.from({ length: 24 }, (_, hour) => (hour >= 20 ? 2 : 0)),
  dating: {
    birthDate: '1991-10-10',
    interests: ['hiking', 'jazz', 'karaoke'],
    aversions: [],
    answers: { goes_out: 4 },
    cell: cellOf(52.72, 13.405),
    wish: { ageMin: 28, ageMax: 40, distanceKm: 30 },
  },
});
const how: Readonly<Record<string, string>> = {
  interests: '2 of 5 shared, 1 of 5 avoided: 2/5 × 4/5',
  location: '1 − 23 ÷ 30',
  age: 'Ada (30) fits Ben’s wish by 5/6, Ben (34) fits Ada’s by 1',
  activity: 'online 18 to 24 and 20 to 24 UTC, smoothed',
  personality: 'the answers go together by 6/7',
};

test('the document’s example is what is computed', () => {
  const km = distanceBetween(ada.cell, ben.cell);
  const { factors, score, reasons, ageFits } = compatibility(ada, ben, {
    km,
    day: dayOf(givenNow),
    personality: alike,
  });
  const rows = components.map((name) => {
    const { value, weight } = factors[name];
    return `| ${name} | ${how[name]} | ${value.toFixed(4)} | ${weight.toFixed(2)} | ${(value * weight).toFixed(4)} |`;
  });
  const lines = [...rows, `| **score** | | | | **${score.toFixed(4)}** |`, `Reasons: ${reasons.join('; ')}.`];
  expect(ageFits.ofFirst).toBeCloseTo(5 / 6, 12);
  expect(ageFits.ofSecond).toBe(1);
  const document = readFileSync(new URL('../../docs/dating-matching.md', import.meta.url), 'utf8');
  for (const line of lines) expect(document).toContain(line);
});
