// What the ledger has decided for an operator, as text: the outcome, its place in the log, and the postings. Pure.
import { textTable } from '../text-table.ts';
import type { Answer } from './desk.ts';

/** Where the word alone leaves open what to do. */
const hints: Readonly<Record<string, string>> = {
  misused: 'the key has come before, with another request',
  already_booked: 'already_booked, with other figures or for another creator',
};

export function answerText({ entry, isRepeated }: Answer): string {
  const { outcome, reason, transactionId, partition, offset, postings } = entry;
  const why = hints[reason ?? outcome] ?? reason;
  const place = `${transactionId}, payment_transactions ${partition}/${offset}`;
  return [
    ...(isRepeated ? ['repeated: nothing more was done; the first answer was'] : []),
    `${outcome}${why === null ? '' : `: ${why}`} (${place})`,
    ...(postings.length > 0
      ? [
          textTable(
            ['account', 'asset', 'amount'],
            postings.map((posting) => [...posting]),
          ),
        ]
      : []),
    '',
  ].join('\n');
}
