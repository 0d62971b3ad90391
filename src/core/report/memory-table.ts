import type { MemoryRow } from '../plan/schema';
import { formatBytes, formatPercent } from './format';
import type { Layout } from './layout';
import { components, deviceTitle, shareOfBudget } from './plan-parts';
import { renderBar, renderTable, wrapText, type Column } from './table';

/** Width of a device's column, which a bar fills. */
const BAR = 12;
const LABEL = 8;

/** Memory by component (down) and device (across) with budgets and bars; as many devices side by side as `width` holds. */
export function memoryTable(rows: readonly MemoryRow[], { width }: Layout): string[] {
  const perBlock = Math.max(1, Math.floor((width - 2 - LABEL) / (BAR + 2)));
  const blocks: string[] = [];
  for (let start = 0; start < rows.length; start += perBlock) {
    if (start > 0) blocks.push('');
    blocks.push(...tableOf(rows.slice(start, start + perBlock)));
  }
  return [...blocks, ...nameLines(rows, width)];
}

function tableOf(rows: readonly MemoryRow[]): string[] {
  const columns: Column[] = [
    { title: '', align: 'left' },
    ...rows.map((row): Column => ({ title: row.device, align: 'right' })),
  ];
  const line = (title: string, cell: (row: MemoryRow) => string) => [title, ...rows.map(cell)];
  return renderTable(columns, [
    ...components.map(({ key, title }) => line(title, (row) => formatBytes(row[key]))),
    line('Total', (row) => formatBytes(row.total_bytes)),
    line('Budget', (row) => formatBytes(row.budget_bytes)),
    line('', barCell),
    line('Used', (row) => formatPercent(shareOfBudget(row))),
  ]);
}

function barCell(row: MemoryRow): string {
  const share = shareOfBudget(row);
  return share === null ? '?'.repeat(BAR) : renderBar(share, BAR);
}

function nameLines(rows: readonly MemoryRow[], width: number): string[] {
  const named = rows.filter((row) => row.name !== null).map(deviceTitle);
  return named.length === 0 ? [] : wrapText(named.join('; '), width - 2);
}
