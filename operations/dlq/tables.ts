// Dead letters as tables for a terminal and as JSON: by cause, or one by one. Pure.
import type { CauseGroup } from './causes.ts';
import { attemptsOf, latestOf, type StandingChain } from './chains.ts';
import { formatPlace, placeOf } from './selection.ts';
import { time } from './show.ts';
import { printable } from './value-text.ts';

const causeMax = 80;

export function groupTable(groups: readonly CauseGroup[]): string {
  const head = ['processor', 'records', 'pending', 'quarantined', 'mended', 'first', 'last', 'cause'];
  const rows = groups.map(({ processor, records, pending, quarantined, mended, firstAt, lastAt, cause }) => [
    ...[processor, records, pending, quarantined, mended].map(String),
    ...[time(firstAt), time(lastAt), printable(cause, causeMax)],
  ]);
  return table([head, ...rows]);
}

export function eachTable(chains: readonly StandingChain[]): string {
  const head = ['record', 'status', 'attempts', 'id', 'cause'];
  const rows = chains.map((chain) => [
    formatPlace(placeOf(chain)),
    chain.status,
    String(attemptsOf(chain)),
    printable(chain.id, 40),
    printable(latestOf(chain).cause, causeMax),
  ]);
  return table([head, ...rows]);
}

export function eachJson(chain: StandingChain): object {
  const { processor, partition, root, id, status, letters, audits } = chain;
  const cause = latestOf(chain).cause;
  const record = formatPlace(placeOf(chain));
  return {
    record,
    processor,
    partition,
    offset: root,
    id,
    status,
    attempts: attemptsOf(chain),
    cause,
    letters,
    audits,
  };
}

/** Numbers to the right, the last column as long as it is. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const cell = (text: string, column: number) =>
    /^\d+$/.test(text) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}
