import { LineChart } from '@mantine/charts';
import { SimpleGrid, Stack, Text } from '@mantine/core';
import { formatBytes, formatInteger, formatRate } from '../../core/report/format';
import { formatInterval } from '../../core/report/vllm-text';
import type { ExactAnswer, VllmPlan } from '../../core/vllm/schema';
import { shortContext } from '../../core/sweep/context-steps';
import { ChartTable } from '../parts/chart-table';
import { Panel } from '../parts/panel';

const GIB = 2 ** 30;

/** How the cache of a request grows with its length, and how many requests fit at each. */
export function GrowthPanel({ plan, exact }: { plan: VllmPlan; exact: ExactAnswer }) {
  const rows = exact.growth.map((point) => ({
    tokens: shortContext(point.tokens),
    cache: point.bytes / GIB,
    least: point.concurrency.low,
    most: point.concurrency.high,
  }));
  return (
    <Panel title="What it holds" note="by the length of requests">
      <Stack gap="md">
        <Summary plan={plan} exact={exact} />
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg" aria-hidden="true">
          <figure style={{ margin: 0 }}>
            <Text component="figcaption" size="sm" c="dimmed" mb="xs">
              Cache of one request, GiB
            </Text>
            <LineChart
              h={220}
              data={rows}
              dataKey="tokens"
              series={[{ name: 'cache', label: 'Cache', color: 'var(--part-context)' }]}
              {...common}
              valueFormatter={(value) => `${value.toFixed(2)} GiB`}
              yAxisProps={{ tickFormatter: shortNumber, width: 44 }}
            />
          </figure>
          <figure style={{ margin: 0 }}>
            <Text component="figcaption" size="sm" c="dimmed" mb="xs">
              Requests that fit at once
            </Text>
            <LineChart
              h={220}
              data={rows}
              dataKey="tokens"
              series={[
                { name: 'least', label: 'Surely', color: 'var(--part-model)' },
                { name: 'most', label: 'At most', color: 'var(--part-output)' },
              ]}
              withLegend
              {...common}
              valueFormatter={(value) => formatRate(value)}
              yAxisProps={{
                scale: 'log',
                domain: ['auto', 'auto'],
                allowDataOverflow: true,
                tickFormatter: shortNumber,
                width: 44,
              }}
            />
          </figure>
        </SimpleGrid>
        <GrowthTable exact={exact} />
      </Stack>
    </Panel>
  );
}

/** A figure of an axis, without the decimals it does not need. */
function shortNumber(value: number): string {
  return value >= 10 ? formatInteger(value) : String(Number(value.toPrecision(2)));
}

const common = {
  curveType: 'linear',
  withDots: false,
  strokeWidth: 2.5,
  xAxisProps: { interval: 'preserveStartEnd', minTickGap: 20 },
  lineChartProps: { accessibilityLayer: false },
} as const;

function Summary({ plan, exact }: { plan: VllmPlan; exact: ExactAnswer }) {
  const { settings, request } = plan;
  const asked = request.concurrency === 1 ? 'one request' : `${formatInteger(request.concurrency)} requests`;
  return (
    <Text size="sm">
      <strong>{formatInterval(exact.cache_tokens, formatInteger)}</strong> tokens of cache:{' '}
      <strong>{formatInterval(exact.concurrency, formatRate)}</strong> requests of{' '}
      {formatInteger(settings.context)} tokens, or {asked} of up to{' '}
      <strong>{formatInterval(exact.context, formatInteger)}</strong>. One takes{' '}
      {formatBytes(exact.request_bytes)}.
      {exact.groups > 1
        ? ` Its layers share memory in ${exact.groups} groups, in blocks of ${formatInteger(exact.block_tokens)} tokens.`
        : ''}
    </Text>
  );
}

/** The same figures for who cannot see the plots. */
function GrowthTable({ exact }: { exact: ExactAnswer }) {
  return (
    <ChartTable
      caption="Cache and requests by length"
      columns={['Tokens', 'Cache of one', 'Requests at once']}
      rows={exact.growth.map((point) => [
        formatInteger(point.tokens),
        formatBytes(point.bytes),
        formatInterval(point.concurrency, formatRate),
      ])}
    />
  );
}
