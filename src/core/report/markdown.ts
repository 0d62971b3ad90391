/** A table; columns whose title is in `right` are aligned there. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<string> = new Set(),
): string {
  const rule = head.map((title) => (right.has(title) ? '--:' : '---'));
  return [tableLine(head), `| ${rule.join(' | ')} |`, ...rows.map(tableLine)].join('\n');
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.map(escapeMarkdown).join(' | ')} |`;
}

/** Names come from files: they may not become links, headings, HTML or table cells. */
export function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>|#]/g, String.raw`\$&`).replaceAll(/\s*[\r\n]+\s*/g, ' ');
}
