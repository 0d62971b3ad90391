import { LineChart } from '@mantine/charts';
import { Text } from '@mantine/core';
import { formatBytes, formatInteger } from '../../core/report/format';
import { nearestStep, shortContext } from '../../core/sweep/context-steps';
import classes from './context-chart.module.css';
import { deviceLabel } from './load-bar';
import { loadOf, type Sweep } from './sweep-context';

/** One colour a device; more devices than this take them again. */
const colours = ['var(--part-model)', 'var(--part-output)', 'var(--part-compute)', 'var(--part-context)'];

interface ContextChartProps {
  readonly sweep: Sweep;
  readonly chosen: number;
}

/** Loads of all devices against context, held against one line; with the same numbers in a table for who cannot see it. */
export function ContextChart({ sweep, chosen }: ContextChartProps) {
  const devices = Object.keys(sweep.budgets);
  const data = sweep.points.map((point) => ({
    context: shortContext(point.context),
    ...loadOf(point, sweep),
  }));
  const contexts = sweep.points.map(({ context }) => context);
  const here = data[nearestStep(contexts, chosen)]?.context;
  const most = Math.max(100, ...data.flatMap((row) => devices.map((device) => numberOf(row, device))));
  if (devices.length === 0)
    return <Text c="dimmed">No device has a known budget to hold the load against.</Text>;
  return (
    <>
      <div aria-hidden="true">
        <LineChart
          h={280}
          data={data}
          dataKey="context"
          series={devices.map((device, index) => ({
            name: device,
            label: deviceLabel(device),
            color: colours[index % colours.length]!,
          }))}
          curveType="linear"
          withDots={false}
          connectNulls={false}
          withLegend
          strokeWidth={2.5}
          valueFormatter={(value) => `${Math.round(value)} %`}
          yAxisProps={{
            domain: [0, Math.min(400, Math.ceil((most * 1.05) / 20) * 20)],
            allowDataOverflow: true,
          }}
          xAxisProps={{ interval: 'preserveStartEnd', minTickGap: 16 }}
          referenceLines={[
            { y: 100, color: 'var(--load-line)', strokeWidth: 2.5, strokeDasharray: '0' },
            ...(here === undefined
              ? []
              : [
                  {
                    x: here,
                    color: 'var(--line-strong)',
                    label: 'now',
                    labelPosition: 'insideTopRight' as const,
                  },
                ]),
          ]}
          lineChartProps={{ accessibilityLayer: false }}
        />
      </div>
      <table className={classes.table}>
        <caption>Memory against context</caption>
        <thead>
          <tr>
            <th scope="col">Context</th>
            {devices.map((device) => (
              <th key={device} scope="col">
                {deviceLabel(device)}
              </th>
            ))}
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          {sweep.points.map((point) => (
            <tr key={point.context}>
              <th scope="row">{formatInteger(point.context)}</th>
              {devices.map((device) => (
                <td key={device}>{formatBytes(point.totals[device] ?? null)}</td>
              ))}
              <td>{point.verdict}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function numberOf(row: Readonly<Record<string, unknown>>, device: string): number {
  const value = row[device];
  return typeof value === 'number' ? value : 0;
}
