// What an audit of the ledger came to, as text: a line per partition, what does not agree, and the verdict. Pure.
import { textTable } from '../text-table.ts';
import type { Verified, VerifiedPartition } from './verify.ts';

const shownMax = 20;

export function verifiedText({ partitions, findings }: Verified): string {
  const isCompared = partitions.some(({ isKeptFound }) => isKeptFound !== null);
  const rows = partitions.map((partition) => {
    const { head, entries, accounts } = partition;
    const wrong = findings.filter((finding) => finding.partition === head.partition).length;
    const figures = [head.partition, head.offset, entries, accounts].map(String);
    const kept = isCompared ? [keptText(partition)] : [];
    return [...figures, head.hash.slice(0, 32), ...kept, wrong === 0 ? 'agrees' : `${wrong} do not agree`];
  });
  const kept = isCompared ? ['kept head'] : [];
  const headings = ['partition', 'records', 'links', 'accounts', 'head of the chain', ...kept, ''];
  const told = findings
    .slice(0, shownMax)
    .map(
      ({ partition, offset, what }) => `partition ${partition}${offset === null ? '' : `, offset ${offset}`}: ${what}`,
    );
  const more = findings.length > shownMax ? [`… and ${findings.length - shownMax} more`] : [];
  return `${[textTable(headings, rows), ...told, ...more, verdictOf({ partitions, findings })].join('\n\n')}\n`;
}

const keptText = ({ isKeptFound }: VerifiedPartition): string =>
  isKeptFound === null ? 'none kept' : isKeptFound ? 'found' : 'NOT FOUND';

function verdictOf({ partitions, findings }: Verified): string {
  const links = partitions.reduce((sum, { entries }) => sum + entries, 0);
  const agrees = 'every link and balance agrees, and all sums are zero';
  const verdict = `${links} links recomputed: ${findings.length === 0 ? agrees : 'the ledger does NOT agree'}`;
  const compared = partitions.filter(({ isKeptFound }) => isKeptFound !== null);
  if (compared.length === 0) return verdict;
  const found = compared.filter(({ isKeptFound }) => isKeptFound).length;
  const none = partitions.length - compared.length;
  const rest = none === 0 ? '' : `; of ${none} partitions none was kept`;
  return `${verdict}\n${found} of ${compared.length} kept heads found${rest}`;
}
