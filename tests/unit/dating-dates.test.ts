// Files of dates: what is read of them, what is refused by name, and how ratings come back from the two numbers of a date.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { hobbyColumns, refusedColumns, traitColumns } from '../../operations/evaluate-dating/columns.ts';
import { readDates, readJudgedDates } from '../../operations/evaluate-dating/dates.ts';
import { traitNames } from '../../processors/dating/compat/personality-features.ts';

const folder = mkdtempSync(join(tmpdir(), 'dates-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Row = Record<string, string | number>;
const ratings: Record<string, number> = { a: 3, b: 8, x: 5, y: 9 };

/** Everybody's rating of every hobby is their own number. */
function row(iid: string, pid: string, more: Row = {}): Row {
  const answers = Object.fromEntries(traitColumns.map((column): [string, number] => [column, 6]));
  const [mine, theirs] = [ratings[iid] as number, ratings[pid] as number];
  for (const { lower, gap } of hobbyColumns) {
    answers[lower] = Math.min(mine, theirs);
    answers[gap] = Math.abs(mine - theirs);
  }
  return { iid, pid, wave: 1, ...answers, ...more };
}

function file(rows: readonly Row[]): string {
  const path = join(folder, `${Math.random()}.csv`);
  const columns = Object.keys(rows[0] ?? {});
  writeFileSync(path, [columns, ...rows.map((one) => columns.map((column) => one[column]))].join('\n'));
  return path;
}

const place = (name: string) => (traitNames as readonly string[]).indexOf(name);

test('a person’s rating is what all their dates agree on', () => {
  const { people } = readDates(file([row('a', 'x'), row('a', 'y'), row('b', 'x'), row('b', 'y')]));
  for (const [id, rating] of Object.entries(ratings))
    expect(people.get(`1/${id}`)?.[place('hobby_yoga')], id).toBe(rating);
});

test('one date alone does not say who gave which rating: both get the middle', () => {
  const { people } = readDates(file([row('a', 'x')]));
  expect(people.get('1/a')?.[place('hobby_yoga')]).toBe(4);
});

test('the same id in another wave is somebody else', () => {
  const { people } = readDates(file([row('a', 'x', { my_age: 21 }), row('a', 'y', { wave: 2, my_age: 40 })]));
  expect(people.get('1/a')?.[place('age')]).toBe(21);
  expect(people.get('2/a')?.[place('age')]).toBe(40);
});

test('an empty cell is unknown, a word is refused with its line and column', () => {
  const { people } = readDates(file([row('a', 'x', { my_age: '', their_age: 'NA' })]));
  expect(people.get('1/a')?.[place('age')]).toBeNaN();
  expect(() => readDates(file([row('a', 'x'), row('b', 'x', { my_age: 'old' })]))).toThrow('line 3: my_age');
});

test('missing columns are named, all of them; labels are asked for where they are needed only', () => {
  const { my_age: _, both_yoga: __, ...less } = row('a', 'x');
  expect(() => readDates(file([less]))).toThrow('lacks the column my_age, both_yoga');
  expect(() => readJudgedDates(file([row('a', 'x')]))).toThrow('lacks the column match, dec');
  expect(() => readJudgedDates(file([row('a', 'x', { match: 2, dec: 0 })]))).toThrow('match must be 0 or 1');
});

test('a file with race, ethnicity or religion is refused by the name of the column', () => {
  for (const column of ['race', 'samerace', 'imprace', 'imprelig', 'race_o', 'religion', 'ethnicity', 'my_race'])
    expect(() => readDates(file([row('a', 'x', { [column]: 1 })])), column).toThrow(column);
  expect(refusedColumns([...traitColumns, 'iid', 'pid', 'wave', 'match', 'dec'])).toEqual([]);
});
