// Reads a file of dates, both sides a row each: who met whom in which wave, what each of them answered, and (where asked for) what came of it.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import type { JudgedMeeting, Meeting, People } from '../../learning/meetings.ts';
import { type Traits, traitValuesOf } from '../../processors/dating/compat/personality-features.ts';
import { UnreadableLog } from '../../producers/import/files.ts';
import { idColumns, labelColumns, ownColumns, rawColumns, refusedColumns, traitColumns } from './columns.ts';
import { hobbiesOf } from './hobbies.ts';

export type Row = Readonly<Record<string, string>>;

export type Dates<Of extends Meeting> = {
  readonly meetings: readonly Of[];
  readonly people: People;
  /** In the order of the meetings: ids as they stand in the file. */
  readonly ids: readonly (readonly [iid: string, pid: string])[];
  /** Every numeric column that may be read, NaN where empty: for the simple models. */
  readonly raw: readonly Float64Array[];
};

const gzipMagic = 0x1f8b;

/** @throws UnreadableLog that names the column, or the line and what was expected there */
export function readJudgedDates(file: string): Dates<JudgedMeeting> {
  const rows = rowsOf(file, [...idColumns, ...labelColumns, ...traitColumns]);
  const dates = datesOf(file, rows);
  const meetings = dates.meetings.map((meeting, at) => {
    const label = (column: (typeof labelColumns)[number]): 0 | 1 => {
      const value = Number(rows[at]?.[column] || Number.NaN);
      if (value !== 0 && value !== 1)
        throw new UnreadableLog(`${file}, line ${at + 2}: ${column} must be 0 or 1, not "${rows[at]?.[column]}"`);
      return value;
    };
    return { ...meeting, yes: label('dec'), match: label('match') };
  });
  return { ...dates, meetings };
}

/** What came of the dates is not read, even where the file has it. */
export const readDates = (file: string): Dates<Meeting> => datesOf(file, rowsOf(file, [...idColumns, ...traitColumns]));

function rowsOf(file: string, required: readonly string[]): Row[] {
  let rows: Row[];
  try {
    const bytes = readFileSync(file);
    const content = bytes.length > 2 && bytes.readUInt16BE(0) === gzipMagic ? gunzipSync(bytes) : bytes;
    rows = parse(content, { bom: true, columns: true, skip_empty_lines: true, trim: true });
  } catch (error) {
    throw new UnreadableLog(`${file} cannot be read as CSV: ${(error as Error).message}`);
  }
  if (rows.length === 0) throw new UnreadableLog(`${file} holds no dates`);
  const columns = Object.keys(rows[0] ?? {});
  const refused = refusedColumns(columns);
  if (refused.length > 0)
    throw new UnreadableLog(`${file} holds ${refused.join(', ')}: race, ethnicity and religion are never used here`);
  const missing = required.filter((column) => !columns.includes(column));
  if (missing.length > 0) throw new UnreadableLog(`${file} lacks the column ${missing.join(', ')}`);
  return rows;
}

const absent = new Set(['', 'na', 'nan', 'null', 'none']);

function numberIn(file: string, row: Row, line: number, column: string): number {
  const text = row[column] ?? '';
  if (absent.has(text.toLowerCase())) return Number.NaN;
  const value = Number(text);
  if (!Number.isFinite(value))
    throw new UnreadableLog(`${file}, line ${line}: ${column} must be a number, not "${text}"`);
  return value;
}

function datesOf(file: string, rows: readonly Row[]): Dates<Meeting> {
  const traits = new Map<string, Record<string, number>>();
  const traitsOf = (id: string) => {
    const own = traits.get(id) ?? {};
    traits.set(id, own);
    return own;
  };
  const ids: [string, string][] = [];
  const raw: Float64Array[] = [];
  const meetings = rows.map((row, at): Meeting => {
    const line = at + 2;
    const { iid = '', pid = '', wave = '' } = row;
    if (!iid || !pid || !wave) throw new UnreadableLog(`${file}, line ${line}: iid, pid and wave must not be empty`);
    if (iid === pid) throw new UnreadableLog(`${file}, line ${line}: iid and pid must be two people`);
    ids.push([iid, pid]);
    raw.push(Float64Array.from(rawColumns, (column) => numberIn(file, row, line, column)));
    // An id may come back in another wave as somebody else.
    const [person, partner] = [`${wave}/${iid}`, `${wave}/${pid}`];
    for (const [ending, trait] of Object.entries(ownColumns)) {
      const [mine, theirs] = [numberIn(file, row, line, `my_${ending}`), numberIn(file, row, line, `their_${ending}`)];
      if (!Number.isNaN(mine)) traitsOf(person)[trait] = mine;
      if (!Number.isNaN(theirs)) traitsOf(partner)[trait] ??= theirs;
    }
    return { person, partner, wave };
  });
  for (const [id, ratings] of hobbiesOf(meetings, raw)) Object.assign(traitsOf(id), ratings);
  const people = new Map([...traits].map(([id, own]) => [id, traitValuesOf(own as Traits)]));
  return { meetings, people, ids, raw };
}
