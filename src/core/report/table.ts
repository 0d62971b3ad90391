export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** Characters between two columns. */
const GAP = '  ';

/**
 * Lines of an aligned table: a title row where any title is not empty, then the rows; no trailing blanks. A table of more than `room`
 * characters goes on below itself, its first `key` columns at each beginning.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  room = Number.POSITIVE_INFINITY,
  key = 1,
): string[] {
  const titles = columns.map((column) => column.title);
  const all = titles.some((title) => title !== '') ? [titles, ...rows] : [...rows];
  const widths = columns.map((_, index) => Math.max(0, ...all.map((row) => (row[index] ?? '').length)));
  const lines: string[] = [];
  for (const block of blocksOf(widths, room, key)) {
    if (lines.length > 0) lines.push('');
    lines.push(...all.map((row) => renderRow(columns, widths, row, block)));
  }
  return lines;
}

/** Which columns stand side by side: as many as `room` has, and at least one beside the key. */
function blocksOf(widths: readonly number[], room: number, key: number): readonly (readonly number[])[] {
  const indices = widths.map((_, index) => index);
  const keys = indices.slice(0, key);
  const taken = keys.reduce((sum, index) => sum + widths[index]! + GAP.length, 0);
  const blocks: number[][] = [[...keys]];
  let left = room - taken;
  for (const index of indices.slice(key)) {
    if (left < widths[index]! && blocks.at(-1)!.length > key) {
      blocks.push([...keys]);
      left = room - taken;
    }
    blocks.at(-1)!.push(index);
    left -= widths[index]! + GAP.length;
  }
  return blocks;
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

function renderRow(
  columns: readonly Column[],
  widths: readonly number[],
  row: readonly string[],
  block: readonly number[],
): string {
  const cells = block.map((index) => {
    const cell = row[index] ?? '';
    const width = widths[index] ?? 0;
    return columns[index]!.align === 'left' ? cell.padEnd(width) : cell.padStart(width);
  });
  return cells.join(GAP).trimEnd();
}
