import { BarChart, LineChart } from '@mantine/charts';
import { SimpleGrid } from '@mantine/core';
import { scenarioLabels, scenarioNames } from '../../core/fleet/scenarios';
import type { Fleet, FleetQuestion } from '../../core/fleet/size-fleet';
import { formatCapex, formatNodes, formatPrice } from '../../core/report/fleet-text';
import { formatInteger } from '../../core/report/format';
import { ChartTable } from '../parts/chart-table';
import { Panel } from '../parts/panel';
import {
  cacheGrowth,
  memoryStacks,
  type NodesPoint,
  nodesOverConcurrency,
  nodesOverContext,
} from './fleet-series';

const HEIGHT = 260;
const colours = {
  minimum: 'var(--tone-refuse)',
  recommended: 'var(--part-model)',
  ideal: 'var(--part-output)',
} as const;
const parts = [
  ['weights', 'Weights', 'var(--part-model)'],
  ['reserve', 'Runtime', 'var(--part-overhead)'],
  ['caches', 'Caches', 'var(--part-context)'],
  ['spare', 'Left free', 'var(--hatch)'],
] as const;

interface FleetChartsProps {
  readonly question: FleetQuestion;
  readonly fleet: Fleet;
}

/** Nodes against sessions and context, the memory of a node, how a cache grows, and what it costs. */
export function FleetCharts({ question, fleet }: FleetChartsProps) {
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
      <NodesChart title="Nodes against sessions" unit="Sessions" points={nodesOverConcurrency(question)} />
      <NodesChart title="Nodes against context" unit="Tokens" points={nodesOverContext(question)} />
      <MemoryChart fleet={fleet} />
      <GrowthChart fleet={fleet} />
      <CostChart fleet={fleet} />
    </SimpleGrid>
  );
}

interface NodesChartProps {
  readonly title: string;
  readonly unit: string;
  readonly points: readonly NodesPoint[];
}

function NodesChart({ title, unit, points }: NodesChartProps) {
  return (
    <Panel title={title}>
      <div aria-hidden="true">
        <LineChart
          h={HEIGHT}
          data={points.map((point) => ({ ...point, at: short(point.at) }))}
          dataKey="at"
          series={scenarioNames.map((name) => ({
            name,
            label: scenarioLabels[name].title.toLowerCase(),
            color: colours[name],
          }))}
          curveType="stepBefore"
          withDots={false}
          connectNulls={false}
          withLegend
          strokeWidth={2.5}
          yAxisProps={{ allowDecimals: false, domain: [0, 'auto'] }}
          xAxisProps={{ interval: 'preserveStartEnd', minTickGap: 16 }}
          lineChartProps={{ accessibilityLayer: false }}
        />
      </div>
      <ChartTable
        caption={title}
        columns={[unit, ...scenarioNames]}
        rows={points.map((point) =>
          [formatInteger(point.at)].concat(scenarioNames.map((name) => formatNodes(point[name]))),
        )}
      />
    </Panel>
  );
}

function MemoryChart({ fleet }: { fleet: Fleet }) {
  const stacks = memoryStacks(fleet);
  return (
    <Panel title="Memory of a node" note="GiB">
      <div aria-hidden="true">
        <BarChart
          h={HEIGHT}
          data={stacks.map((stack) => ({ ...stack }))}
          dataKey="scenario"
          type="stacked"
          orientation="horizontal"
          series={parts.map(([name, label, color]) => ({ name, label, color }))}
          valueFormatter={(value) => `${Math.round(value)} GiB`}
          withLegend
          yAxisProps={{ width: 56 }}
          barChartProps={{ accessibilityLayer: false }}
        />
      </div>
      <ChartTable
        caption="Memory of a node in GiB"
        columns={['Scenario', ...parts.map(([, label]) => label)]}
        rows={stacks.map((stack) => [stack.scenario].concat(parts.map(([name]) => stack[name].toFixed(1))))}
      />
    </Panel>
  );
}

function GrowthChart({ fleet }: { fleet: Fleet }) {
  const points = cacheGrowth(fleet);
  return (
    <Panel title="Cache of a session against its context" note={`GiB, ${fleet.kv_precision}`}>
      <div aria-hidden="true">
        <LineChart
          h={HEIGHT}
          data={points.map(({ at, gib }) => ({ at: short(at), gib }))}
          dataKey="at"
          series={[{ name: 'gib', label: 'one session', color: 'var(--part-context)' }]}
          curveType="linear"
          withDots={false}
          strokeWidth={2.5}
          valueFormatter={(value) => value.toFixed(value < 10 ? 2 : 0)}
          yAxisProps={{ domain: [0, 'auto'] }}
          xAxisProps={{ interval: 'preserveStartEnd', minTickGap: 16 }}
          lineChartProps={{ accessibilityLayer: false }}
        />
      </div>
      <ChartTable
        caption="Cache of a session against its context"
        columns={['Tokens', 'GiB']}
        rows={points.map(({ at, gib }) => [formatInteger(at), gib.toFixed(3)])}
      />
    </Panel>
  );
}

function CostChart({ fleet }: { fleet: Fleet }) {
  const { minimum } = fleet.scenarios;
  if (minimum.results.capex_relative === null) return null;
  const priced = minimum.results.cost !== null;
  const data = scenarioNames.map((name) => {
    const { results } = fleet.scenarios[name];
    const relative = 1 + (results.capex_relative ?? 0);
    return {
      scenario: scenarioLabels[name].title.toLowerCase(),
      cost: results.cost?.amount ?? relative * 100,
    };
  });
  return (
    <Panel title="Cost" note={priced ? minimum.results.cost?.currency : 'percent of the minimum'}>
      <div aria-hidden="true">
        <BarChart
          h={HEIGHT}
          data={data}
          dataKey="scenario"
          series={[{ name: 'cost', label: priced ? 'cost' : 'percent', color: 'var(--part-model)' }]}
          valueFormatter={(value) => formatInteger(value)}
          yAxisProps={{ width: 76 }}
          barChartProps={{ accessibilityLayer: false }}
        />
      </div>
      <ChartTable
        caption="Cost by scenario"
        columns={['Scenario', 'Beside the minimum', 'Cost']}
        rows={scenarioNames.map((name) => [
          name,
          formatCapex(fleet.scenarios[name].results.capex_relative),
          formatPrice(fleet.scenarios[name].results.cost),
        ])}
      />
    </Panel>
  );
}

/** A figure for an axis: 128k, 2M. */
function short(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  return value >= 10_000 ? `${Number((value / 1000).toPrecision(3))}k` : String(value);
}
