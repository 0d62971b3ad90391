import type { Breakdown, MatrixCell, Requirement } from '../matrix/matrix';
import { summariseModels } from '../matrix/select';
import type { MatrixRequest } from '../matrix/schema';
import { formatInteger, formatUnknown } from './format';
import { escapeMarkdown, markdownTable } from './markdown';
import { DEFAULT_LAYOUT, type Layout } from './layout';
import { renderTable, type Column } from './table';

/** Above so many cells a table has a line for every model instead of one for every pair. */
const MOST_LINES = 300;

const left = (title: string): Column => ({ title, align: 'left' });
const right = (title: string): Column => ({ title, align: 'right' });

/** What the figures are and for what they hold, in one line. */
export function matrixTitle({ context_tokens: context, precision, mode }: MatrixRequest): string {
  const how = mode === 'exact' ? 'counted by the planner, all layers on the card' : `rule of thumb, ${mode}`;
  return `Models on cards at ${formatInteger(context)} tokens in ${precision} (${how})`;
}

/** Lines of a table: every pair, or every model where that would be too long. */
export function matrixTable(
  cells: readonly MatrixCell[],
  request: MatrixRequest,
  { room }: Layout = DEFAULT_LAYOUT,
): string[] {
  const unit = unitOf(request);
  if (cells.length <= MOST_LINES) {
    return renderTable(
      [
        left('Model'),
        left('Card'),
        right('GiB'),
        right(`Required ${unit}`),
        right('Free %'),
        left('Status'),
        left(''),
      ],
      cells.map(pairRow),
      room,
      2,
    );
  }
  return renderTable(
    [left('Model'), right(`Required ${unit}`), right('Runs on'), left('Smallest card'), left('')],
    summariseModels(cells).map((row) => [
      row.model,
      figure(row.required_vram_gb),
      `${row.runs_on} of ${row.cards}`,
      row.smallest ?? 'none',
      row.warning ?? '',
    ]),
    room,
  );
}

/** Lines of one pair with what it is made of. */
export function pairText({ breakdown }: Requirement, cell: MatrixCell, request: MatrixRequest): string[] {
  const unit = unitOf(request);
  const parts = breakdown === null ? [] : partsOf(breakdown);
  return renderTable(
    [left(''), right('')],
    [
      ['Model', cell.model],
      ['Card', `${cell.gpu} (${cell.gpu_vram_gb} GiB)`],
      ...parts.map(([name, value]) => [name, `${figure(value)} ${unit}`]),
      ['Required', `${figure(cell.required_vram_gb)} ${unit}`],
      ['Status', cell.status],
      ['Free', cell.status === 'RUNS' ? `${figure(cell.vram_free_percent, 1)} %` : '–'],
      ...(cell.warning === null ? [] : [['Warning', cell.warning]]),
    ],
  );
}

/** The parts of a requirement under the names that people have for them. */
export function partsOf(breakdown: Breakdown): readonly (readonly [string, number])[] {
  return breakdown.kind === 'exact'
    ? [
        ['Weights', breakdown.weights_gib],
        ['KV cache and states', breakdown.context_gib],
        ['Compute buffers', breakdown.compute_gib],
        ['Driver and output', breakdown.other_gib],
      ]
    : [
        ['Weights', breakdown.params_memory_gb],
        ['Runtime', breakdown.overhead_gb],
        ['KV cache', breakdown.kv_cache_gb],
      ];
}

const fields = [
  'model',
  'params_billion',
  'gpu',
  'gpu_vram_gb',
  'precision',
  'mode',
  'required_vram_gb',
  'status',
  'vram_free_percent',
  'warning',
] as const satisfies readonly (keyof MatrixCell)[];

/** The cells as CSV (RFC 4180), with a line of names; nothing where a figure is not known. */
export function matrixCsv(cells: readonly MatrixCell[]): string {
  const lines = cells.map((cell) => fields.map((field) => csvValue(cell[field])).join(','));
  return `${[fields.join(','), ...lines].join('\r\n')}\r\n`;
}

/** The cells as a Markdown table under a heading. */
export function matrixMarkdown(cells: readonly MatrixCell[], request: MatrixRequest): string {
  const required = `Required ${unitOf(request)}`;
  const head = ['Model', 'Card', 'GiB', required, 'Free %', 'Status', 'Warning'];
  const table = markdownTable(head, cells.map(pairRow), new Set(['GiB', required, 'Free %']));
  return `# ${escapeMarkdown(matrixTitle(request))}\n\n${table}\n`;
}

/** A line of a table with every pair. */
function pairRow(cell: MatrixCell): string[] {
  return [
    cell.model,
    cell.gpu,
    String(cell.gpu_vram_gb),
    figure(cell.required_vram_gb),
    cell.status === 'RUNS' ? figure(cell.vram_free_percent, 1) : '',
    cell.status,
    cell.warning ?? '',
  ];
}

/** The rule of thumb adds GB of weights to GiB of cache and calls the sum GB; the planner counts GiB. */
function unitOf({ mode }: MatrixRequest): string {
  return mode === 'exact' ? 'GiB' : 'GB';
}

function figure(value: number | null, digits = 2): string {
  return value === null ? formatUnknown() : value.toFixed(digits);
}

/** Quoted where it has to be; a leading sign that a spreadsheet would take for a formula is kept from it. */
function csvValue(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(Number(value.toFixed(6)));
  const safe = /^[=+\-@\t\r]/u.test(value) ? `'${value}` : value;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
