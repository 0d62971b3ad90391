import type { Sweep, SweepPoint } from '../sweep/schema';
import { formatBytes, formatFileSize, formatInteger, formatRate } from './format';
import { DEFAULT_LAYOUT, type Layout } from './layout';
import { renderTable, wrapText, type Column } from './table';

const titles: Readonly<Record<Sweep['kind'], string>> = {
  context: 'Context',
  ncmoe: '-ncmoe',
  ngl: '-ngl',
  quant: 'Quant',
};

/** A sweep for people: one line a value, with the load of every device, decode with its interval, and the verdict. */
export function sweepText(sweep: Sweep, { width, room }: Layout = DEFAULT_LAYOUT): string {
  const head = [
    `${sweep.model.name}, by ${titles[sweep.kind].toLowerCase()}`,
    ...(sweep.note === null ? [] : wrapText(sweep.note, width)),
  ];
  if (sweep.points.length === 0) return `${head.join('\n')}\n`;
  const mark = sweep.chosen === null ? [] : ['> what the request comes to by itself; ! over its budget'];
  return `${[...head, '', ...table(sweep, room), ...mark].join('\n')}\n`;
}

function table(sweep: Sweep, room: number | undefined): string[] {
  const devices = devicesOf(sweep);
  const columns: Column[] = [
    right(titles[sweep.kind]),
    ...(sweep.kind === 'quant' ? [right('File')] : []),
    ...devices.map(right),
    right('tok/s'),
    right('low-high'),
    right('full'),
    { title: 'Verdict', align: 'left' },
  ];
  const rows = sweep.points.map((point) => [
    `${point.value === sweep.chosen ? '> ' : ''}${valueCell(point)}`,
    ...(sweep.kind === 'quant' ? [formatFileSize(point.file_bytes)] : []),
    ...devices.map((device) => loadCell(point, device)),
    rate(point.decode.forecast_tok_s),
    point.decode.low_tok_s === null
      ? '-'
      : `${rate(point.decode.low_tok_s)}-${rate(point.decode.high_tok_s)}`,
    rate(point.decode_at_context?.forecast_tok_s ?? null),
    point.verdict,
  ]);
  return renderTable(columns, rows, room);
}

function right(title: string): Column {
  return { title, align: 'right' };
}

/** Devices of all points, the host last: where layers move, a device may be in use only now and then. */
function devicesOf({ points }: Sweep): readonly string[] {
  const names = new Set(points.flatMap(({ memory }) => memory.map(({ device }) => device)));
  names.delete('host');
  return [...[...names].sort(), 'host'];
}

function valueCell({ value }: SweepPoint): string {
  return typeof value === 'number' ? formatInteger(value) : value;
}

function loadCell({ memory }: SweepPoint, device: string): string {
  const row = memory.find((each) => each.device === device);
  if (row === undefined) return '-';
  const over =
    row.total_bytes !== null && row.budget_bytes !== null && row.total_bytes > row.budget_bytes ? '!' : '';
  return `${formatBytes(row.total_bytes)}${over}`;
}

function rate(value: number | null): string {
  return value === null ? '-' : formatRate(value);
}

/** A sweep for a spreadsheet (RFC 4180): bytes and tokens a second; an empty field is not known. */
export function sweepCsv(sweep: Sweep): string {
  const devices = devicesOf(sweep);
  const head = [
    sweep.kind,
    'verdict',
    'context',
    'gpu_layers',
    'cpu_moe_layers',
    'file_bytes',
    ...devices.flatMap((device) => [`${device}_bytes`, `${device}_budget_bytes`]),
    'decode_tok_s',
    'decode_low_tok_s',
    'decode_high_tok_s',
    'decode_ceiling_tok_s',
    'decode_at_context_tok_s',
  ];
  const rows = sweep.points.map((point) => [
    point.value,
    point.verdict,
    point.context,
    point.gpu_layers,
    point.cpu_moe_layers,
    point.file_bytes,
    ...devices.flatMap((device) => {
      const row = point.memory.find((each) => each.device === device);
      return [row?.total_bytes ?? null, row?.budget_bytes ?? null];
    }),
    point.decode.forecast_tok_s,
    point.decode.low_tok_s,
    point.decode.high_tok_s,
    point.decode.ceiling_tok_s,
    point.decode_at_context?.forecast_tok_s ?? null,
  ]);
  return [head, ...rows].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}

function csvCell(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
