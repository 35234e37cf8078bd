// Lines rows up under their headings: numbers to the right, text to the left. Pure.

const cellLengthMax = 60;

/** @param rows one array of cells per row, as many as headings */
export function textTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = headings.map((heading, i) => Math.max(heading.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const isNumeric = headings.map((_, i) => rows.every((row) => /^(-?[\d,.]*%?|NULL|–)$/.test(row[i] ?? '')));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (isNumeric[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(headings), widths.map((width) => '─'.repeat(width)).join('  '), ...cells.map(line)].join('\n');
}

/** One line whatever it holds, and no control character that a terminal would obey. */
function printable(cell: string): string {
  const plain = cell.replace(/\p{Cc}/gu, (character) => (character === '\n' ? '⏎' : '·'));
  return plain.length > cellLengthMax ? `${plain.slice(0, cellLengthMax - 1)}…` : plain;
}
