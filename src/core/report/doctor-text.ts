import type { Finding } from '../finding';
import { DEFAULT_LAYOUT, type Layout } from './layout';
import { wrapText } from './table';

/** What the doctor found, and of which measurement. */
export interface Diagnosis {
  readonly created: string;
  readonly findings: readonly Finding[];
}

const MARKS: Readonly<Record<Finding['severity'], string>> = {
  error: 'Error',
  warning: 'Warning',
  info: 'Note',
};
const INDENT = ' '.repeat(10);

/** What costs speed or safety and what to do about it, for people. */
export function doctorText({ created, findings }: Diagnosis, layout: Layout = DEFAULT_LAYOUT): string {
  if (findings.length === 0) {
    return `Nothing was found that costs speed or safety (measured ${created}).\n`;
  }
  const things = findings.length === 1 ? '1 thing' : `${findings.length} things`;
  const lines = [
    `${things} worth looking at (measured ${created})`,
    ...findings.flatMap((finding) => ['', ...findingText(finding, layout)]),
  ];
  return `${lines.join('\n')}\n`;
}

function findingText({ severity, message, remedy }: Finding, { width }: Layout): string[] {
  const first = MARKS[severity].padEnd(INDENT.length);
  const lines = wrapText(message, width, INDENT, first);
  return remedy === null ? lines : [...lines, ...wrapText(remedy, width, INDENT)];
}
