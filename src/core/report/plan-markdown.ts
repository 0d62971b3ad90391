import type { Oracle } from '../plan/oracle-schema';
import type { MemoryRow, Plan } from '../plan/schema';
import type { Fit } from '../fit/schema';
import { fitCells, fitSentences } from './fit-lines';
import { oracleCells } from './oracle-lines';
import { forecastEntries } from './forecast-lines';
import { formatBytes, formatPercent, formatValue } from './format';
import { escapeMarkdown, markdownTable } from './markdown';
import { components, deviceTitle, placementLine, planTitle, shareOfBudget, verdictWord } from './plan-parts';
import { remedyLines, whyLines } from './plan-text';

/** A plan as a Markdown document, for an issue, a wiki or a pull request. */
export function planMarkdown(plan: Plan): string {
  const parts = [
    `# ${verdictWord(plan.verdict)}: ${escapeMarkdown(planTitle(plan))}`,
    escapeMarkdown(placementLine(plan)),
    list('Why', whyLines(plan)),
    list('What would make it ship', remedyLines(plan)),
    list(
      'What more would need',
      plan.next_steps.map(({ message }) => message),
    ),
    plan.flags === '' ? '' : `## Flags\n\n${fence(plan.flags)}`,
    `## Memory\n\n${memory(plan.memory)}`,
    fit(plan.fit),
    oracle(plan.oracle),
    list(
      'Forecast',
      forecastEntries(plan).map(({ label, text }) => `${label}: ${text}`),
    ),
    list(
      'Worth knowing',
      plan.findings.map(({ message, remedy }) => (remedy === null ? message : `${message} ${remedy}`)),
    ),
    assumptions(plan),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function memory(rows: readonly MemoryRow[]): string {
  const head = ['Device', ...components.map(({ title }) => title), 'Total', 'Budget', 'Used'];
  const body = rows.map((row) => [
    deviceTitle(row),
    ...components.map(({ key }) => formatBytes(row[key])),
    formatBytes(row.total_bytes),
    formatBytes(row.budget_bytes),
    formatPercent(shareOfBudget(row)),
  ]);
  return markdownTable(head, body);
}

function oracle(asked: Oracle | null): string {
  if (asked === null) return '';
  const parts = [
    '## By llama-fit-params',
    asked.rows.length === 0 ? '' : markdownTable(['', 'Weights', 'Context', 'Compute'], oracleCells(asked)),
    asked.reason === null ? '' : escapeMarkdown(asked.reason),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function fit(beside: Fit | null): string {
  if (beside === null) return '';
  const parts = [
    '## Beside --fit',
    ...fitSentences(beside).map(escapeMarkdown),
    beside.rows.length === 0 ? '' : markdownTable(['', 'Here', '--fit', 'Difference'], fitCells(beside)),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function assumptions(plan: Plan): string {
  if (plan.assumptions.length === 0) return '';
  const rows = plan.assumptions.map(({ name, value, unit, basis, source }) => [
    name,
    formatValue(value, unit),
    basis,
    source,
  ]);
  return `## Assumptions\n\n${markdownTable(['What', 'Value', 'Basis', 'Source'], rows)}`;
}

function list(title: string, texts: readonly string[]): string {
  if (texts.length === 0) return '';
  return `## ${title}\n\n${texts.map((text) => `- ${escapeMarkdown(text)}`).join('\n')}`;
}

/** A fence longer than any run of backticks inside, so that a file's name cannot end it. */
function fence(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const marks = '`'.repeat(longest + 1);
  return `${marks}sh\n${text}\n${marks}`;
}
