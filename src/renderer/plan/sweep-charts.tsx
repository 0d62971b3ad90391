import { CompositeChart, LineChart } from '@mantine/charts';
import { SimpleGrid, Text } from '@mantine/core';
import { formatRate } from '../../core/report/format';
import type { Sweep } from '../../core/sweep/schema';
import { deviceLabel } from './load-bar';
import { devicesOf, hasSpeeds, loadRows, markAt, speedRows } from './sweep-picture';

/** One colour a device; more devices than this take them again. */
const colours = ['var(--part-model)', 'var(--part-output)', 'var(--part-compute)', 'var(--part-context)'];
const HEIGHT = 260;

interface SweepChartsProps {
  readonly sweep: Sweep;
  /** What the plan at hand has; null where it has no such value. */
  readonly chosen: number | string | null;
}

/** Loads against one line, and decode with its interval, side by side. Hidden from readers of the screen: the table says the same. */
export function SweepCharts({ sweep, chosen }: SweepChartsProps) {
  const here = markAt(sweep, chosen);
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} aria-hidden="true">
      <div>
        <Text size="sm" c="dimmed">
          Memory, % of what may be used
        </Text>
        <Loads sweep={sweep} here={here} />
      </div>
      <div>
        <Text size="sm" c="dimmed">
          Decode, tok/s
        </Text>
        <Speeds sweep={sweep} here={here} />
      </div>
    </SimpleGrid>
  );
}

function Loads({ sweep, here }: { sweep: Sweep; here: string | null }) {
  const devices = devicesOf(sweep);
  const data = loadRows(sweep);
  const loads = data.flatMap((row) => devices.map((device) => row[device]));
  const known = loads.filter((load) => typeof load === 'number');
  if (known.length === 0)
    return <Text c="dimmed">No device has a known budget to hold the load against.</Text>;
  return (
    <LineChart
      h={HEIGHT}
      data={[...data]}
      dataKey="label"
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
        domain: [0, Math.min(400, Math.ceil((Math.max(100, ...known) * 1.05) / 20) * 20)],
        allowDataOverflow: true,
      }}
      xAxisProps={{ interval: 'preserveStartEnd', minTickGap: 16 }}
      referenceLines={[
        { y: 100, color: 'var(--load-line)', strokeWidth: 2.5, strokeDasharray: '0' },
        ...nowLine(here),
      ]}
      lineChartProps={{ accessibilityLayer: false }}
    />
  );
}

function Speeds({ sweep, here }: { sweep: Sweep; here: string | null }) {
  if (!hasSpeeds(sweep)) return <Text c="dimmed">None of these fits with a speed that can be forecast.</Text>;
  return (
    <CompositeChart
      h={HEIGHT}
      data={speedRows(sweep)}
      dataKey="label"
      series={[
        { name: 'interval', label: 'Low to high', color: 'var(--part-context)', type: 'area' },
        { name: 'forecast', label: 'Forecast', color: 'var(--part-model)', type: 'line' },
        { name: 'full', label: 'With a full context', color: 'var(--part-compute)', type: 'line' },
      ]}
      curveType="linear"
      withDots={false}
      connectNulls={false}
      withLegend
      strokeWidth={2.5}
      valueFormatter={(value) => spoken(value)}
      xAxisProps={{ interval: 'preserveStartEnd', minTickGap: 16 }}
      referenceLines={nowLine(here)}
      composedChartProps={{ accessibilityLayer: false }}
    />
  );
}

/** An interval is a pair. */
function spoken(value: unknown): string {
  if (Array.isArray(value)) return value.map((end) => formatRate(Number(end))).join(' to ');
  return formatRate(Number(value));
}

function nowLine(here: string | null) {
  if (here === null) return [];
  return [{ x: here, color: 'var(--line-strong)', label: 'now', labelPosition: 'insideTopRight' as const }];
}
