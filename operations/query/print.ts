// An answer as a table for people, or as CSV or JSON for programs. Pure.
import type { Json } from '@duckdb/node-api';
import { stringify } from 'csv-stringify/sync';
import { textTable } from '../text-table.ts';
import type { Answer } from './query.ts';

export const answerFormats = ['table', 'csv', 'json'] as const;
export type AnswerFormat = (typeof answerFormats)[number];

export function print({ columns, rows }: Answer, format: AnswerFormat): string {
  switch (format) {
    case 'table':
      return `${textTable(
        columns,
        rows.map((row) => row.map((cell) => textOf(cell, 'NULL'))),
      )}\n`;
    case 'csv':
      return stringify([[...columns], ...rows.map((row) => row.map((cell) => textOf(cell, '')))]);
    case 'json':
      return `${JSON.stringify(
        rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null]))),
        null,
        2,
      )}\n`;
    default:
      return format satisfies never;
  }
}

function textOf(cell: Json, none: string): string {
  if (cell === null) return none;
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}
