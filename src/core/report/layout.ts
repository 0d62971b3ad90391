import type { Finding } from '../finding';
import { wrapText } from './table';

/** How a report for people is laid out. */
export interface Layout {
  /** Characters a line of text may have. */
  readonly width: number;
  /** Characters a line of a table may have; as many as it takes where nobody says, as in a file. */
  readonly room?: number;
}

/** What a report is when nobody says how wide the paper is. */
export const DEFAULT_LAYOUT: Layout = { width: 80 };

/** The layout of what is indented in a section. */
export function indented({ width, room }: Layout): Layout {
  return room === undefined ? { width: width - 2 } : { width: width - 2, room: room - 2 };
}

/** A titled part of a report, indented below its title; nothing where it has no lines. */
export function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return ['', title, ...lines.map((line) => (line === '' ? '' : `  ${line}`))];
}

/** One wrapped line a text, each behind a dash, for use inside a section. */
export function bullets(texts: readonly string[], { width }: Layout): string[] {
  return texts.flatMap((text) => wrapText(text, width - 2, '  ', '- '));
}

/** What is worth telling, worst first, each with what to do about it. */
export function findingLines(findings: readonly Finding[], layout: Layout): string[] {
  const rank = { error: 0, warning: 1, info: 2 } as const;
  const ordered = [...findings].sort((left, right) => rank[left.severity] - rank[right.severity]);
  return ordered.flatMap((finding) => {
    const remedy = finding.remedy === null ? '' : ` ${finding.remedy}`;
    const mark = finding.severity === 'info' ? '' : `${finding.severity}: `;
    return wrapText(`${mark}${finding.message}${remedy}`, layout.width - 2, '  ', '- ');
  });
}
