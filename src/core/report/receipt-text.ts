import { countedStarts } from '../receipt/judge-run';
import type { Receipt, MeasuredSpeed } from '../receipt/schema';
import { spreadOf } from '../figure';
import { formatBytes, formatInteger, formatPercent, formatRate, formatTokenRate } from './format';
import { basisOf } from './forecast-lines';
import { bullets, DEFAULT_LAYOUT, findingLines, section, type Layout } from './layout';
import { memoryParts } from './memory-parts';
import { nameWithQuant } from './name-with-quant';
import { formatConcentration, verdictOf } from './routing-text';
import { renderTable, wrapText } from './table';

/** A receipt for people: what was measured, and how far it is from the plan. */
export function receiptText(receipt: Receipt, layout: Layout = DEFAULT_LAYOUT): string {
  const lines = [
    receiptTitle(receipt),
    ...wrapText(`${receipt.id}, ${receipt.created}`, layout.width, '  '),
    ...section('Decode', [...decodeLines(receipt, layout), ...startLines(receipt, layout)]),
    ...section('Speed by depth', speedTable(receipt.speeds)),
    ...section('Memory: measured, planned, error', memoryResiduals(receipt)),
    ...section('Routing', routingLines(receipt, layout)),
    ...section('Watched', envelopeLines(receipt, layout)),
    ...section(
      'Disturbed, so nothing is learnt from it',
      bullets(
        receipt.disturbances.map(({ message }) => message),
        layout,
      ),
    ),
    ...section('Worth knowing', findingLines(receipt.findings, layout)),
    ...section('Conditions', conditionLines(receipt, layout)),
    ...section('Notes', bullets(receipt.notes, layout)),
  ];
  return `${lines.join('\n')}\n`;
}

/** What a receipt is of: model and tool. */
export function receiptTitle({ model, conditions }: Receipt): string {
  return `${nameWithQuant(model)}${model.ballast ? ' (stand-in)' : ''} on ${conditions.tool}`;
}

/** An error with its sign, as receipts have it: `+12.3 %`. */
export function formatError(percent: number | null): string {
  if (percent === null) return 'unknown';
  const size = Math.abs(percent);
  return `${percent < 0 ? '−' : '+'}${size.toFixed(size < 10 ? 1 : 0)} %`;
}

function decodeLines(receipt: Receipt, { width }: Layout): string[] {
  const { plan, ceiling_decode_tok_s: ceiling, predicted_decode_tok_s: predicted } = receipt;
  const low = plan?.decode.low_tok_s ?? null;
  const high = plan?.decode.high_tok_s ?? null;
  const band = low === null || high === null ? '' : ` (${formatRate(low)} to ${formatRate(high)})`;
  const efficiency = receipt.realized_efficiency_pct;
  const texts = [
    `measured ${formatTokenRate(receipt.measured_decode_tok_s)}`,
    `predicted ${formatTokenRate(predicted)}${band}`,
    plan === null ? null : basisOf(plan.decode),
    `error ${formatError(receipt.decode_error_pct)}`,
    receipt.within_band === null ? null : `inside the band: ${receipt.within_band ? 'yes' : 'no'}`,
    ceiling === null || efficiency === null
      ? null
      : `${formatPercent(efficiency / 100)} of the ceiling of ${formatTokenRate(ceiling)}`,
    receipt.cleared_floor === false ? 'below the floor' : null,
    atReadingText(receipt),
  ].filter((text) => text !== null);
  return wrapText(texts.join('; '), width - 2);
}

/** What would have been forecast at what memory gave right before; null where that is not known. */
export function atReadingText({ at_reading: at }: Pick<Receipt, 'at_reading'>): string | null {
  if (at === null) return null;
  const band = `${formatRate(at.low_tok_s)} to ${formatRate(at.high_tok_s)}`;
  return `at the ${formatRate(at.gbps)} GB/s read right before: predicted ${formatTokenRate(at.forecast_tok_s)} (${band}), error ${formatError(at.error_pct)}, inside the band: ${at.within_band ? 'yes' : 'no'}`;
}

/** How far the starts of a runtime that count lie apart; null where it was started once. */
export function startsText({ starts }: Pick<Receipt, 'starts'>): string | null {
  const counted = countedStarts(starts).map(({ decode_tok_s: decode }) => decode);
  const spread = spreadOf(counted.filter((decode) => decode !== null));
  if (spread === null) return null;
  if (counted.length === 1) return `1 of ${starts.length} starts counts`;
  return `${counted.length} starts: ${formatRate(spread.min)} to ${formatRate(spread.max)} tok/s, ${formatPercent((spread.max - spread.min) / spread.median)} apart`;
}

/** Starts of the runtime, and which parts a figure was worked out from. */
function startLines(receipt: Receipt, { width }: Layout): string[] {
  const { scaled } = receipt;
  const from =
    scaled === null
      ? null
      : `worked out from ${scaled.layers.join(' and ')} of ${scaled.of} layers: ${scaled.receipts.join(', ')}`;
  return [startsText(receipt), from].flatMap((text) => (text === null ? [] : wrapText(text, width - 2)));
}

/** A table of every phase and depth with its spread. */
function speedTable(speeds: readonly MeasuredSpeed[]): string[] {
  if (speeds.length === 0) return [];
  return renderTable(
    [
      { title: 'Phase', align: 'left' },
      { title: 'Depth', align: 'right' },
      { title: 'Tokens', align: 'right' },
      { title: 'Median', align: 'right' },
      { title: 'Least', align: 'right' },
      { title: 'Most', align: 'right' },
      { title: 'Runs', align: 'right' },
    ],
    speeds.map(({ phase, depth, tokens, tok_s: { n, min, median, max } }) => [
      phase,
      formatInteger(depth),
      formatInteger(tokens),
      formatTokenRate(median),
      formatRate(min),
      formatRate(max),
      String(n),
    ]),
  );
}

function memoryResiduals({ memory }: Receipt): string[] {
  // Overhead is what no log tells; a part that is nothing on both sides says nothing.
  const rows = memory.filter(
    ({ component, measured_bytes: measured, predicted_bytes: predicted }) =>
      (component !== 'overhead' || measured !== null) && (measured ?? predicted ?? 0) > 0,
  );
  if (rows.length === 0) return [];
  return renderTable(
    [
      { title: 'Device', align: 'left' },
      { title: 'Part', align: 'left' },
      { title: 'Measured', align: 'right' },
      { title: 'Planned', align: 'right' },
      { title: 'Error', align: 'right' },
    ],
    rows.map((row) => [
      row.device,
      memoryParts[row.component],
      formatBytes(row.measured_bytes),
      formatBytes(row.predicted_bytes),
      formatError(row.error_pct),
    ]),
  );
}

function envelopeLines(receipt: Receipt, { width }: Layout): string[] {
  const { envelope } = receipt;
  if (envelope === null) return [];
  const texts = [
    `${envelope.samples} samples in ${envelope.seconds.toFixed(1)} s`,
    `process at most ${formatBytes(envelope.peak_rss_bytes)}`,
    `host memory at most ${formatPercent(envelope.peak_host_share)} used, least free ${formatBytes(envelope.least_available_bytes)}`,
    ...envelope.gpus.map(
      (gpu) =>
        `${gpu.device} at most ${formatBytes(gpu.peak_memory_bytes)}, ${gpu.peak_temperature_c ?? '?'} °C, ${gpu.peak_power_w ?? '?'} W`,
    ),
    receipt.stopped_by === null ? 'stayed within its limits' : receipt.stopped_by.message,
  ];
  return wrapText(texts.join('; '), width - 2);
}

function conditionLines({ conditions }: Receipt, { width }: Layout): string[] {
  const { argv } = conditions;
  const texts = [
    conditions.build,
    conditions.context === null ? null : `context ${formatInteger(conditions.context)}`,
    conditions.kv_type_k === null ? null : `KV ${conditions.kv_type_k}/${conditions.kv_type_v ?? '?'}`,
    conditions.flash_attention === null
      ? null
      : `flash attention ${conditions.flash_attention ? 'on' : 'off'}`,
    conditions.gpu_layers === null ? null : `${conditions.gpu_layers} layers on GPU`,
    conditions.threads === null ? null : `${conditions.threads} threads`,
    conditions.driver_version === null ? null : `driver ${conditions.driver_version}`,
    conditions.power_source === null ? null : `on ${conditions.power_source}`,
    conditions.profile_id === null ? null : `machine ${conditions.profile_id}`,
  ].filter((text) => text !== null);
  return [
    ...wrapText(texts.join(', '), width - 2),
    ...(argv === null ? [] : wrapText(argv.join(' '), width - 2)),
  ];
}

function routingLines({ routing }: Receipt, { width }: Layout): string[] {
  if (routing === null) return [];
  const concentration = `Concentration ${formatConcentration(routing.routing_concentration)} over ${routing.layers.length} layers.`;
  return wrapText(`${concentration} ${verdictOf(routing)}`, width);
}
