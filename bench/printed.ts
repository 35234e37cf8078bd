// Makes a result of a benchmark that prints: its tables, and the ratios that it says in lines like `fold ratio 2.3`.
import type { Aim, Benchmark, Result, Setting, Table } from './result.ts';

type Printing = {
  readonly title: string;
  readonly peer: string;
  /** The line `<name> ratio <number>` that is this benchmark's own. */
  readonly ratio?: string;
  /** By the words that stand before the number in a line that says no more. */
  readonly aims?: Readonly<Record<string, Omit<Aim, 'value'>>>;
  readonly work: (config: Setting['config'], log: Setting['log']) => Promise<unknown>;
};

export function printed({ title, peer, ratio, aims = {}, work }: Printing): Benchmark {
  const run = async ({ config, log }: Setting): Promise<Result> => {
    const text = await heard(() => work(config, log));
    const figures = figuresIn(text);
    const reached = Object.entries(aims).map(([words, aim]) => ({ ...aim, value: figures.get(words) ?? Number.NaN }));
    return {
      ratio: (ratio && figures.get(ratio)) || null,
      aims: reached,
      tables: tablesIn(text),
      charts: [],
      notes: notesIn(text),
      gaps: gapsIn(text),
    };
  };
  return { title, peer, run };
}

/** What is written meanwhile, which is shown all the same. */
async function heard(work: () => Promise<unknown>): Promise<string> {
  let text = '';
  const write = process.stdout.write;
  process.stdout.write = function heardWrite(this: typeof process.stdout, ...given: Parameters<typeof write>) {
    text += typeof given[0] === 'string' ? given[0] : Buffer.from(given[0]).toString('utf8');
    return write.apply(this, given);
  } as typeof write;
  try {
    await work();
  } finally {
    process.stdout.write = write;
  }
  return text;
}

/** "rows ratio 0.64" is "rows ratio" → 0.64. */
export function figuresIn(text: string): Map<string, number> {
  const lines = [...text.matchAll(/^([a-z][\w -]*?) (-?[\d,]+(?:\.\d+)?)(?: ms| s)?$/gm)];
  return new Map(lines.map(([, words, number]) => [words as string, Number((number as string).replaceAll(',', ''))]));
}

const cellsOf = (line: string): string[] =>
  line
    .slice(1, line.lastIndexOf('|'))
    .split('|')
    .map((cell) => cell.trim());
const isRow = (line: string): boolean => line.startsWith('|');
const isRule = (line: string): boolean => /^\|[\s|:-]+\|$/.test(line);

export function tablesIn(text: string): Table[] {
  const lines = text.split('\n');
  const starts = lines.flatMap((line, i) => (isRow(line) && isRule(lines[i + 1] ?? '') ? [i] : []));
  return starts.map((start, n) => {
    // A table may follow at once.
    const own = lines.slice(start, starts[n + 1]);
    const length = own.findIndex((line) => !isRow(line));
    const [head = '', , ...rows] = own.slice(0, length < 0 ? undefined : length);
    return { title: '', head: cellsOf(head), rows: rows.map(cellsOf) };
  });
}

const isGap = (line: string): boolean => /not installed|left out|missing peer|^gap\b|ratio none$/i.test(line);
const plainLines = (text: string): string[] =>
  text.split('\n').filter((line) => line.trim() !== '' && !isRow(line) && !line.includes('\r'));
const gapsIn = (text: string): string[] => plainLines(text).filter(isGap);
const notesIn = (text: string): string[] => plainLines(text).filter((line) => !isGap(line) && !figuresIn(line).size);
