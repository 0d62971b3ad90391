import type { Fit, FitRow } from '../fit/schema';
import { formatBytes, formatInteger, formatTokenRate } from './format';
import type { Layout } from './layout';
import { renderTable, wrapText, type Column } from './table';

const columns: readonly Column[] = [
  { title: '', align: 'left' },
  { title: 'Here', align: 'right' },
  { title: '--fit', align: 'right' },
  { title: 'Difference', align: 'right' },
];

/** What llama.cpp's own choice would be, with memory and forecast beside the plan's; nothing where it was not asked. */
export function fitLines(fit: Fit | null, { width }: Layout): string[] {
  if (fit === null) return [];
  const sentences = fitSentences(fit).flatMap((sentence) => wrapText(sentence, width - 2));
  return fit.rows.length === 0 ? sentences : [...sentences, ...renderTable(columns, fitCells(fit))];
}

/** One line a device, then the forecast: the plan's, that of `--fit`, and what separates them. */
export function fitCells(fit: Fit): string[][] {
  return [
    ...fit.rows.map((row) => [
      row.device,
      formatBytes(row.planned_bytes),
      formatBytes(row.total_bytes),
      memoryDifference(row),
    ]),
    [
      'decode',
      formatTokenRate(fit.planned_decode_tok_s),
      formatTokenRate(fit.decode_tok_s),
      speedDifference(fit),
    ],
  ];
}

/** What it chose, and what is to be said of it. */
export function fitSentences(fit: Fit): readonly string[] {
  const over = fit.over_budget.map(
    (device) =>
      `${device === 'host' ? 'Host memory' : device} would be over its budget: --fit counts no such budget, and would not refuse.`,
  );
  const open =
    fit.open_context === null
      ? []
      : [`Were no context named, it would take ${formatInteger(fit.open_context)} tokens.`];
  return [...(fit.reason === null ? [] : [fit.reason]), ...choiceOf(fit), ...over, ...open];
}

function choiceOf(fit: Fit): readonly string[] {
  if (fit.state !== 'changed' || fit.gpu_layers === null) return [];
  const partial =
    fit.partial_layers === null || fit.partial_layers === 0
      ? ''
      : `, of which ${fit.partial_layers} keep their experts (or more) elsewhere`;
  return [`${fit.gpu_layers} layers on GPU${partial}.`];
}

function memoryDifference({ planned_bytes: planned, total_bytes: total }: FitRow): string {
  if (planned === null || total === null) return formatBytes(null);
  const difference = planned - total;
  return difference === 0 ? 'same' : `${difference > 0 ? '+' : '-'}${formatBytes(Math.abs(difference))}`;
}

function speedDifference({ decode_tok_s: theirs, planned_decode_tok_s: ours }: Fit): string {
  if (theirs === null || ours === null || theirs === 0) return formatTokenRate(null);
  const share = ours / theirs - 1;
  if (Math.abs(share) < 0.0005) return 'same';
  const percent = 100 * Math.abs(share);
  return `${share > 0 ? '+' : '-'}${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}
