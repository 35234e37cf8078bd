// The lists that are to be ordered: per user some items, one or more of them liked. Read from a CSV file, gzipped or not.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { UnreadableLog } from '../../producers/import/files.ts';

export type Candidate = { readonly item: string; readonly isPositive: boolean };

/** One user's list, in the order of the file. */
export type CandidateList = { readonly user: string; readonly candidates: readonly Candidate[] };

const columns = ['user', 'item', 'is_positive'] as const;
const gzipMagic = 0x1f8b;

/** @throws UnreadableLog that names the line and what was expected there */
export function readCandidates(file: string): CandidateList[] {
  const lists = new Map<string, Candidate[]>();
  for (const [index, row] of rowsOf(file).entries()) {
    const { user = '', item = '', is_positive: positive = '' } = row;
    const line = `${file}, line ${index + 2}`;
    if (!user || !item) throw new UnreadableLog(`${line}: user and item must not be empty`);
    if (positive !== '0' && positive !== '1')
      throw new UnreadableLog(`${line}: is_positive must be 0 or 1, not "${positive}"`);
    const list = lists.get(user) ?? [];
    lists.set(user, list);
    list.push({ item, isPositive: positive === '1' });
  }
  return [...lists].map(([user, candidates]) => ({ user, candidates }));
}

function rowsOf(file: string): Record<string, string>[] {
  let rows: Record<string, string>[];
  try {
    const bytes = readFileSync(file);
    const content = bytes.length > 2 && bytes.readUInt16BE(0) === gzipMagic ? gunzipSync(bytes) : bytes;
    rows = parse(content, { bom: true, columns: true, skip_empty_lines: true, trim: true });
  } catch (error) {
    throw new UnreadableLog(`${file} cannot be read as CSV: ${(error as Error).message}`);
  }
  if (rows.length === 0) throw new UnreadableLog(`${file} holds no candidates`);
  const missing = columns.filter((column) => !(column in (rows[0] ?? {})));
  if (missing.length > 0) throw new UnreadableLog(`${file} lacks the column ${missing.join(', ')}`);
  return rows;
}
