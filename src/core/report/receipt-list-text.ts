import type { ReceiptSummary } from '../receipt/compare-receipt';
import type { ReceiptHead } from '../receipt/receipt-head';
import { formatPercent, formatTokenRate } from './format';
import { bullets, DEFAULT_LAYOUT, section, type Layout } from './layout';
import { nameWithQuant } from './name-with-quant';
import { memoryParts } from './memory-parts';
import { formatError } from './receipt-text';
import { renderTable, wrapText } from './table';

/** Receipts as a table, the damaged files below it. */
export function receiptListText(
  receipts: readonly ReceiptHead[],
  damaged: readonly { readonly id: string; readonly message: string }[],
  layout: Layout = DEFAULT_LAYOUT,
): string {
  const lines = [
    ...(receipts.length === 0
      ? ['No receipts yet: run a plan with `plimsoll trial REF`.']
      : tableOf(receipts, layout.room)),
    ...section(
      'Cannot be read',
      bullets(
        damaged.map(({ id, message }) => `${id}: ${message}`),
        layout,
      ),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** How well the forecasts held, over everything and by component of memory. */
export function receiptSummaryText(summary: ReceiptSummary, layout: Layout = DEFAULT_LAYOUT): string {
  const { compared, count, disturbed, coverage } = summary;
  const sentence =
    compared === 0
      ? `${count === 1 ? 'One receipt, not' : `${count} receipts, none of them`} with a forecast to compare.`
      : `Decode, ${compared} of ${count} receipts: median error ${formatSize(summary.median_abs_error_pct)}, worst ${formatSize(summary.worst_abs_error_pct)}; ${formatPercent(coverage)} inside their band.`;
  const left =
    disturbed === 0 ? '' : ` ${disturbed} disturbed ${disturbed === 1 ? 'one is' : 'ones are'} left out.`;
  const memory = summary.memory.filter((row) => row.compared > 0);
  const lines = [
    ...wrapText(sentence + left, layout.width),
    ...section(
      'Memory, median error',
      memory.map(
        (row) => `${memoryParts[row.component]}: ${formatSize(row.median_abs_error_pct)} (${row.compared})`,
      ),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function tableOf(receipts: readonly ReceiptHead[], room: number | undefined): string[] {
  return renderTable(
    [
      { title: 'Receipt', align: 'left' },
      { title: 'Model', align: 'left' },
      { title: 'Tool', align: 'left' },
      { title: 'Measured', align: 'right' },
      { title: 'Predicted', align: 'right' },
      { title: 'Error', align: 'right' },
      { title: 'In its band', align: 'left' },
      { title: '', align: 'left' },
    ],
    receipts.map((head) => [
      head.id,
      nameWithQuant({ name: head.model, quant: head.quant }),
      head.tool,
      formatTokenRate(head.measured_decode_tok_s),
      formatTokenRate(head.predicted_decode_tok_s),
      formatError(head.decode_error_pct),
      head.within_band === null ? '' : head.within_band ? 'yes' : 'no',
      [head.disturbed ? 'disturbed' : '', head.imported ? 'imported' : '', head.ballast ? 'stand-in' : '']
        .filter((mark) => mark !== '')
        .join(', '),
    ]),
    room,
  );
}

function formatSize(percent: number | null): string {
  return percent === null ? 'unknown' : `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}
