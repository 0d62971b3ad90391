import { Text } from '@mantine/core';
import type { Provenance, Samples } from '../../core/figure';
import { explainReason, formatValue } from '../../core/report/format';
import { formatTime } from '../parts/format-time';
import { formatFigure, type FigureSpec } from '../../core/report/figure-specs';
import classes from './figure.module.css';

interface FigureOriginProps {
  readonly spec: FigureSpec;
  readonly unknown: boolean;
  readonly provenance: Provenance | null;
}

/** How a figure came to be: method, conditions, samples, time; or why there is none. */
export function FigureOrigin({ spec, unknown, provenance }: FigureOriginProps) {
  if (provenance === null) {
    return (
      <Text size="sm">
        {unknown
          ? 'Not measured; no reason was recorded.'
          : 'The profile does not say how this was measured.'}
      </Text>
    );
  }
  const { method, conditions, samples, measured_at: measuredAt, reason } = provenance;
  const rows: readonly (readonly [string, string | null])[] = [
    [unknown ? 'Why' : 'Note', reason === null ? null : explainReason(reason)],
    ['Method', method],
    ...Object.entries(conditions ?? {}).map(([name, value]) => conditionOf(name, value)),
    ['Samples', samples === null ? null : formatSamples(spec, samples)],
    ['Measured', measuredAt === null ? null : formatTime(measuredAt)],
  ];
  return (
    <dl className={classes.rows}>
      {rows.map(([term, text]) =>
        text === null ? null : (
          <div key={term} className={classes.row}>
            <dt>{term}</dt>
            <dd>{text}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

const units: Readonly<Record<string, string>> = {
  mib: 'MiB',
  gib: 'GiB',
  kib: 'KiB',
  gbps: 'GB/s',
  ms: 'ms',
  us: 'µs',
  s: 's',
};

/** A condition's name in words, and its value with the unit that the name carries. */
function conditionOf(name: string, value: string | number | boolean | null): readonly [string, string] {
  const words = name.split('_');
  const unit = words.length > 1 ? units[words.at(-1)!] : undefined;
  if (unit === undefined || typeof value !== 'number') return [words.join(' '), formatValue(value)];
  return [words.slice(0, -1).join(' '), formatValue(value, unit)];
}

function formatSamples({ kind }: FigureSpec, { n, min, median, max }: Samples): string {
  const spread = [min, median, max].map((value) => formatFigure(kind, value));
  return `${n}: least ${spread[0]}, median ${spread[1]}, most ${spread[2]}`;
}
