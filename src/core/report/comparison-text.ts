import { assertNever } from '../assert-never';
import type { Comparison, FigureChange } from '../profile/comparison';
import { describePointer, formatFigure, specAt } from './figure-specs';
import { explainReason, formatUnknown } from './format';
import { DEFAULT_LAYOUT, section, type Layout } from './layout';
import { renderTable, wrapText } from './table';

/** What changed between two profiles, for people: what matters first, what differs at every look last. */
export function comparisonText(comparison: Comparison, layout: Layout = DEFAULT_LAYOUT): string {
  const { before, after, other_machine: other, changes, unchanged } = comparison;
  const of = (...kinds: readonly FigureChange['kind'][]) =>
    changes.filter(({ kind }) => kinds.includes(kind));
  const real = of('changed', 'appeared', 'vanished');
  const noise = of('within-spread', 'momentary');
  const lines = [
    ...wrapText(`Compared with ${before.created} by ${before.generator}`, layout.width),
    ...(other === null
      ? []
      : wrapText(`warning: These are two machines, so differences are no changes: ${other}`, layout.width)),
    ...section('Changed', real.length === 0 ? ['nothing beyond the measured spread'] : tableOf(real)),
    ...section('Within the spread, or different at every look', noise.length === 0 ? [] : tableOf(noise)),
    '',
    `${unchanged} figures are as they were (now: ${after.created}).`,
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * One side of a change as reports write it; unknown ones without their reason, which stands beside them. A card or disk
 * that was looked for and not found is `none`.
 */
export function changeValue({ pointer, note, ...sides }: FigureChange, side: 'before' | 'after'): string {
  const value = sides[side];
  if (value !== null) return formatFigure(specAt(pointer)?.kind ?? 'text', value);
  if (specAt(pointer) !== null) return formatUnknown();
  const [code] = note?.split(':') ?? [];
  if (code === 'not-found') return 'none';
  return code === 'not-measured' ? 'not measured' : formatUnknown();
}

/** What a change comes to, in words: `+12.3 %, faster`, `appeared`. */
export function changeWords(change: FigureChange): string {
  const percent = change.change_percent === null ? '' : signedPercent(change.change_percent);
  const spread = change.spread_percent === null ? '' : ` (spread ${change.spread_percent} %)`;
  const why = change.note === null ? '' : `: ${explainReason(change.note)}`;
  switch (change.kind) {
    case 'changed':
      return [percent || 'changed', ...(change.effect === null ? [] : [change.effect])].join(', ') + spread;
    case 'appeared':
      return 'new';
    case 'vanished':
      return `gone${why}`;
    case 'within-spread':
      return `${percent}, within the spread${spread}`;
    case 'momentary':
      return percent;
    default:
      return assertNever(change.kind);
  }
}

function tableOf(changes: readonly FigureChange[]): string[] {
  const columns = [
    { title: 'Figure', align: 'left' },
    { title: 'Before', align: 'right' },
    { title: 'Now', align: 'right' },
    { title: '', align: 'left' },
  ] as const;
  const rows = changes.map((change) => [
    describePointer(change.pointer),
    changeValue(change, 'before'),
    changeValue(change, 'after'),
    changeWords(change),
  ]);
  return renderTable(columns, rows);
}

function signedPercent(percent: number): string {
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent)} %`;
}
