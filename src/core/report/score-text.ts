import type { Score, ScoreLine } from '../calibration/score-schema';
import { COVERAGE } from '../calibration/band';
import { formatInteger, formatPercent, formatRate } from './format';
import { bullets, DEFAULT_LAYOUT, indented, section, type Layout } from './layout';
import { formatError } from './receipt-text';
import { renderTable, wrapText } from './table';

/** How well receipts forecast each other: over all, then by group. */
export function scoreText(score: Score, layout: Layout = DEFAULT_LAYOUT): string {
  const lines = [
    ...wrapText(scoreSentence(score), layout.width),
    ...againSentences(score).flatMap((sentence) => wrapText(sentence, layout.width)),
    ...section('Each speed forecast from the others', knowingTable(score, indented(layout))),
    ...section('Decode by group', groupTable(score, indented(layout))),
    ...section('Decode furthest from its forecast', furthestTable(score, indented(layout))),
    ...section('Not learnt from', bullets(leftOutLines(score), layout)),
  ];
  return `${lines.join('\n')}\n`;
}

/** The whole in one sentence. */
export function scoreSentence({ receipts, all, left_out: leftOut }: Score): string {
  const { by_receipt: own, by_model: model, as_planned: planned } = all;
  if (own.forecasts === 0) {
    return receipts === 0
      ? 'No receipts yet: run a plan with `plimsoll trial REF`.'
      : `None of the receipts (${receipts}) can be forecast from the others: that takes two undisturbed ones on the same machine.`;
  }
  const more =
    model.forecasts === 0
      ? ''
      : ` With every receipt of the model left out: median ${size(model.median_abs_error_pct)}, worst ${size(model.worst_abs_error_pct)}, ${formatPercent(model.coverage)} inside.`;
  return `${own.forecasts} measured speeds of ${receipts - leftOut.length} receipts, each forecast without its own: median error ${size(own.median_abs_error_pct)}, worst ${size(own.worst_abs_error_pct)}, ${formatPercent(own.coverage)} inside their band, which is made to hold ${formatPercent(COVERAGE)}.${more} Without what memory gave right before each, as when a plan is made: median ${size(planned.median_abs_error_pct)}, worst ${size(planned.worst_abs_error_pct)}, ${formatPercent(planned.coverage)} inside.`;
}

/** How far the same run lies from itself at other times, beside its forecasts; none where nothing was measured twice. */
export function againSentences({ again }: Score): readonly string[] {
  const { speeds, others, forecasts } = again;
  if (speeds === 0) return [];
  return [
    `${speeds} of them were measured more than once under the same conditions: the others are off by ${size(others.median_abs_error_pct)} (median), ${size(others.worst_abs_error_pct)} at worst, the forecasts by ${size(forecasts.median_abs_error_pct)} and ${size(forecasts.worst_abs_error_pct)}.`,
  ];
}

/** Titles of `knowingRows`. */
export const knowingTitles = ['Forecast', 'Speeds', 'Median', 'Worst', 'Inside'] as const;

/** Decode and prompts, by what a forecast knows: cells of each row, for whatever was forecast. */
export function knowingRows({ all, prefill }: Score): readonly (readonly string[])[] {
  return (
    [
      ['Decode', all],
      ['Prompts, and so the first token', prefill],
    ] as const
  ).flatMap(([phase, line]) =>
    knowings
      .filter(([, field]) => line[field].forecasts > 0)
      .map(([name, field]) => [
        `${phase}, ${name}`,
        String(line[field].forecasts),
        size(line[field].median_abs_error_pct),
        size(line[field].worst_abs_error_pct),
        shareText(line[field].coverage),
      ]),
  );
}

const knowings = [
  ['memory read right before', 'by_receipt'],
  ['memory read all along', 'meanwhile'],
  ['as planned', 'as_planned'],
  ['its model never run', 'by_model'],
] as const;

function knowingTable(score: Score, { room }: Layout): string[] {
  const rows = knowingRows(score);
  return rows.length === 0 ? [] : renderTable(columnsOf(knowingTitles), rows, room);
}

function columnsOf(titles: readonly string[], names = 1) {
  return titles.map((title, index) => ({
    title,
    align: index < names ? ('left' as const) : ('right' as const),
  }));
}

/** Cells of one group: name, count, median, worst, share inside, and the same with the model left out. */
export function scoreCells({
  group,
  by_receipt: own,
  by_model: model,
  as_planned: planned,
}: ScoreLine): readonly string[] {
  return [
    group,
    String(own.forecasts),
    size(own.median_abs_error_pct),
    size(own.worst_abs_error_pct),
    shareText(own.coverage),
    size(model.median_abs_error_pct),
    size(model.worst_abs_error_pct),
    shareText(model.coverage),
    size(planned.median_abs_error_pct),
    size(planned.worst_abs_error_pct),
    shareText(planned.coverage),
  ];
}

/** Titles of `scoreCells`. */
export const scoreTitles = [
  'Group',
  'Speeds',
  'Median',
  'Worst',
  'Inside',
  'Median, new model',
  'Worst, new model',
  'Inside, new model',
  'Median, as planned',
  'Worst, as planned',
  'Inside, as planned',
] as const;

function groupTable({ all, groups }: Score, { room }: Layout): string[] {
  if (all.by_receipt.forecasts === 0) return [];
  return renderTable(columnsOf(scoreTitles), [all, ...groups].map(scoreCells), room);
}

/** More than a few explain no better where forecasts go wrong. */
const FURTHEST = 5;

/** Titles of `furthestRows`. */
export const furthestTitles = [
  'Receipt',
  'Model',
  'Tool',
  'Threads',
  'Depth',
  'Measured',
  'Forecast',
  'Error',
  'In its band',
] as const;

/** The decodes that lay furthest from what the other receipts forecast of them, the furthest first. */
export function furthestRows({ scored }: Score): readonly (readonly string[])[] {
  return scored
    .flatMap((each) =>
      each.phase === 'decode' && each.by_receipt !== null ? [{ each, ...each.by_receipt }] : [],
    )
    .sort((left, right) => Math.abs(right.error_pct) - Math.abs(left.error_pct))
    .slice(0, FURTHEST)
    .map(({ each, forecast_tok_s: forecast, low_tok_s: low, high_tok_s: high, error_pct: error, inside }) => [
      each.receipt,
      each.model,
      each.tool,
      String(each.threads ?? ''),
      formatInteger(each.depth),
      formatRate(each.measured_tok_s),
      `${formatRate(forecast)} (${formatRate(low)} to ${formatRate(high)})`,
      formatError(error),
      inside ? 'yes' : 'no',
    ]);
}

function furthestTable(score: Score, { room }: Layout): string[] {
  const rows = furthestRows(score);
  return rows.length === 0 ? [] : renderTable(columnsOf(furthestTitles, 3), rows, room);
}

/** Reasons with how many receipts share each, the commonest first. */
export function leftOutLines({ left_out: leftOut }: Score): readonly string[] {
  const counts = new Map<string, number>();
  for (const { reason } of leftOut) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .sort(([, left], [, right]) => right - left)
    .map(([reason, count]) => `${count}: ${reason}`);
}

function shareText(share: number | null): string {
  return share === null ? '' : formatPercent(share);
}

function size(percent: number | null): string {
  return percent === null ? '' : `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}
