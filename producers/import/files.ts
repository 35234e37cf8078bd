// Reads the files of a log: CSV rows by column name, and a name made of the content.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { type KuaiRandRow, kuaiRandLog } from './kuairand.ts';
import type { ImportedLog } from './log.ts';
import { type MovieLensItem, type MovieLensRating, movieLensLog } from './movielens.ts';

/** The log cannot be read as what it was said to be. */
export class UnreadableLog extends Error {}

export const sources: Readonly<Record<string, (path: string) => ImportedLog>> = {
  kuairand: (file) => {
    const content = contentOf(file);
    return kuaiRandLog(
      `kuairand-${fingerprint(content)}`,
      rowsOf<KuaiRandRow>(content, file, ['user_id', 'video_id', 'time_ms', 'play_time_ms', 'duration_ms', 'label']),
    );
  },
  movielens: (folder) => movieLensFrom(join(folder, 'items.csv'), join(folder, 'train.csv')),
};

/** @throws UnreadableLog */
export function movieLensFrom(itemsFile: string, ratingsFile: string): ImportedLog {
  const [items, ratings] = [contentOf(itemsFile), contentOf(ratingsFile)];
  const films = rowsOf<MovieLensItem>(items, itemsFile, ['item', 'title', 'release_date', 'genres']);
  const rated = rowsOf<MovieLensRating>(ratings, ratingsFile, ['user', 'item', 'rating', 'timestamp']);
  for (const [index, row] of rated.entries()) checkRating(row, `${ratingsFile}, line ${index + 2}`);
  return movieLensLog(`movielens-${fingerprint(Buffer.concat([items, ratings]))}`, films, rated);
}

/** A rating that is no number would count as a view or a dislike. */
function checkRating(row: MovieLensRating, line: string): void {
  if (!row.user || !row.item) throw new UnreadableLog(`${line}: user and item must not be empty`);
  for (const name of ['rating', 'timestamp'] as const)
    if (!/^\d+(\.\d+)?$/.test(row[name]))
      throw new UnreadableLog(`${line}: ${name} must be a number, not "${row[name]}"`);
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UnreadableLog(`${file} cannot be read: ${(error as Error).message}`);
  }
}

const fingerprint = (content: Buffer) => createHash('sha256').update(content).digest('hex').slice(0, 12);

function rowsOf<Row>(content: Buffer, file: string, columns: readonly string[]): Row[] {
  let rows: Record<string, string>[];
  try {
    rows = parse(content, { bom: true, columns: true, skip_empty_lines: true, trim: true });
  } catch (error) {
    throw new UnreadableLog(`${file} is not a CSV file: ${(error as Error).message}`);
  }
  const missing = columns.filter((column) => !(column in (rows[0] ?? {})));
  if (missing.length > 0) throw new UnreadableLog(`${file} lacks the column ${missing.join(', ')}`);
  return rows as Row[];
}
