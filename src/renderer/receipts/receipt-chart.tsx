import { ScatterChart } from '@mantine/charts';
import { Text } from '@mantine/core';
import type { ReceiptHead } from '../../core/receipt/receipt-head';
import { formatRate } from '../../core/report/format';
import { bandOf, domainOf, type PlotPoint, pointsOf, segmentOf, ticksOf } from './plot-scale';

interface ReceiptChartProps {
  readonly receipts: readonly ReceiptHead[];
  /** A point was clicked; the table does the same for the keyboard. */
  readonly onChoose: (id: string) => void;
}

/** Predicted against measured decode on one logarithmic scale, with the diagonal and the widest band. The table beside it says the same. */
export function ReceiptChart({ receipts, onChoose }: ReceiptChartProps) {
  const counted = pointsOf(receipts.filter(({ disturbed }) => !disturbed));
  const disturbed = pointsOf(receipts.filter((head) => head.disturbed));
  const all = [...counted, ...disturbed];
  if (all.length === 0) {
    return <Text c="dimmed">None of these receipts has both a forecast and a measurement.</Text>;
  }
  const choose = ({ payload }: { payload?: { at?: number } }) => {
    const point = all[payload?.at ?? -1];
    if (point !== undefined) onChoose(point.id);
  };
  const domain = domainOf(all);
  const axis = { type: 'number', scale: 'log', domain: [...domain], ticks: ticksOf(domain) } as const;
  const series = [
    { name: 'Receipts', color: 'var(--part-model)', data: counted.map((point) => marked(point, all)) },
    { name: 'Disturbed', color: 'var(--part-overhead)', data: disturbed.map((point) => marked(point, all)) },
  ];
  return (
    <div aria-hidden="true">
      <ScatterChart
        h={340}
        data={series.filter(({ data }) => data.length > 0)}
        dataKey={{ x: 'predicted', y: 'measured' }}
        labels={{ x: 'Predicted', y: 'Measured' }}
        unit={{ x: ' tok/s', y: ' tok/s' }}
        valueFormatter={(value) => formatRate(value)}
        xAxisLabel="Predicted, tok/s"
        yAxisLabel="Measured, tok/s"
        // as readable as other quiet text: the grey of the chart's library is 4.0 to 1
        styles={{ axisLabel: { fill: 'var(--mantine-color-dimmed)' } }}
        withLegend={disturbed.length > 0 && counted.length > 0}
        xAxisProps={{ ...axis, unit: '', allowDataOverflow: true }}
        yAxisProps={{ ...axis, unit: '', allowDataOverflow: true }}
        referenceLines={linesOf(receipts, domain)}
        scatterProps={{ cursor: 'pointer', onClick: choose }}
        scatterChartProps={{ accessibilityLayer: false }}
      />
    </div>
  );
}

/** A point as the chart takes it: numbers alone, with its place among all. */
function marked(point: PlotPoint, all: readonly PlotPoint[]) {
  return { predicted: point.predicted, measured: point.measured, at: all.indexOf(point) };
}

function linesOf(receipts: readonly ReceiptHead[], domain: readonly [number, number]) {
  const band = bandOf(receipts);
  const lines = [
    { ratio: 1, color: 'var(--load-line)', strokeDasharray: '0' },
    ...(band === null
      ? []
      : [band.low, band.high].map((ratio) => ({
          ratio,
          color: 'var(--line-strong)',
          strokeDasharray: '5 4',
        }))),
  ];
  return lines.flatMap(({ ratio, ...look }) => {
    const segment = segmentOf(ratio, domain);
    return segment === null ? [] : [{ ...look, segment, strokeWidth: 1.5 }];
  });
}
