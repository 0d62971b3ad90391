export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** Characters between two columns. */
const GAP = '  ';

/** Lines of an aligned table: a title row where any title is not empty, then the rows; no trailing blanks. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const titles = columns.map((column) => column.title);
  const all = titles.some((title) => title !== '') ? [titles, ...rows] : [...rows];
  const widths = columns.map((_, index) => Math.max(0, ...all.map((row) => (row[index] ?? '').length)));
  return all.map((row) => renderRow(columns, widths, row));
}

/** `text` broken between words into lines of at most `width`; `indent` stands before every line. Longer words stay whole. */
export function wrapText(text: string, width: number, indent = '', firstIndent = indent): string[] {
  const lines: string[] = [];
  let line = firstIndent;
  let empty = true;
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}

/** A bar of `length` characters, `share` of it filled; over 1 it ends in `!`. */
export function renderBar(share: number, length: number): string {
  const over = share > 1;
  const filled = Math.min(length, Math.max(share > 0 ? 1 : 0, Math.round(share * length)));
  const bar = '█'.repeat(filled) + '░'.repeat(length - filled);
  return over ? `${bar.slice(0, -1)}!` : bar;
}

function renderRow(columns: readonly Column[], widths: readonly number[], row: readonly string[]): string {
  const cells = columns.map((column, index) => {
    const cell = row[index] ?? '';
    const width = widths[index] ?? 0;
    return column.align === 'left' ? cell.padEnd(width) : cell.padStart(width);
  });
  return cells.join(GAP).trimEnd();
}
