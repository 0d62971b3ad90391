import { BarChart, LineChart } from '@mantine/charts';
import { Button, Group, SimpleGrid, Stack, Table, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { Receipt } from '../../core/receipt/schema';
import { formatConcentration, verdictOf } from '../../core/report/routing-text';
import type { RoutingSummary } from '../../core/routing/schema';
import { Disclosure } from '../parts/disclosure';
import { FailureAlert } from '../parts/failure-alert';
import { useClientCall } from '../state/use-client-call';
import figures from '../parts/figures.module.css';
import classes from './receipts-view.module.css';

interface RoutingSectionProps {
  readonly receipt: Receipt;
  readonly onChange: (receipt: Receipt) => void;
}

/** How the receipt's mixture routes, as pictures with their numbers; a field to add it where it is not known. */
export function RoutingSection({ receipt, onChange }: RoutingSectionProps) {
  if (receipt.routing !== null) return <Pictures routing={receipt.routing} />;
  return (
    <Disclosure title="Routing of a mixture">
      <AddRouting id={receipt.id} onChange={onChange} />
    </Disclosure>
  );
}

function AddRouting({ id, onChange }: { id: string; onChange: (receipt: Receipt) => void }) {
  const [path, setPath] = useState('');
  const { state, run, reset } = useClientCall('receipt.carry-routing');
  const add = async (event: FormEvent) => {
    event.preventDefault();
    const answer = await run({ id, path });
    if (answer !== null) onChange(answer.receipt);
  };
  return (
    <form onSubmit={(event) => void add(event)}>
      <Stack gap="xs">
        {state.kind === 'failed' ? <FailureAlert failure={state.failure} onClose={reset} /> : null}
        <Group align="flex-end" gap="sm">
          <TextInput
            className={classes.grow}
            label="Importance matrix"
            description="The GGUF file on this machine that llama-imatrix wrote for this model"
            value={path}
            onChange={(event) => setPath(event.currentTarget.value)}
          />
          <Button
            type="submit"
            variant="default"
            disabled={path.trim() === ''}
            loading={state.kind === 'running'}
          >
            Add
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Pictures({ routing }: { routing: RoutingSummary }) {
  return (
    <Stack gap="sm" component="section" aria-label="Routing">
      <Text className={classes.title}>Routing</Text>
      <Text size="sm">
        {verdictOf(routing)} Concentration over all layers:{' '}
        {formatConcentration(routing.routing_concentration)}.
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Curve routing={routing} />
        <ByLayer routing={routing} />
      </SimpleGrid>
      <RoutingTable routing={routing} />
    </Stack>
  );
}

/** The further above the even line, the more a cache of hot experts would serve. */
function Curve({ routing: { curve } }: { routing: RoutingSummary }) {
  const points = curve.map((share, index) => {
    const experts = (100 * index) / Math.max(1, curve.length - 1);
    return { experts: Math.round(experts), share: 100 * share, even: experts };
  });
  return (
    <div aria-hidden="true">
      <Text size="sm" c="dimmed">
        Activations that the hottest experts take, in %
      </Text>
      <LineChart
        h={220}
        data={points}
        dataKey="experts"
        series={[
          { name: 'share', label: 'this text', color: 'var(--part-model)' },
          { name: 'even', label: 'even routing', color: 'var(--line-strong)', strokeDasharray: '4 4' },
        ]}
        curveType="linear"
        withDots={false}
        withLegend
        unit=" %"
        valueFormatter={(value) => `${Math.round(value)}`}
        xAxisProps={{ interval: 'preserveStartEnd', minTickGap: 24 }}
        yAxisProps={{ domain: [0, 100] }}
        lineChartProps={{ accessibilityLayer: false }}
      />
    </div>
  );
}

function ByLayer({ routing: { layers } }: { routing: RoutingSummary }) {
  const rows = layers.map(({ layer, concentration }) => ({ layer: String(layer), concentration }));
  return (
    <div aria-hidden="true">
      <Text size="sm" c="dimmed">
        Concentration by layer: 0 is even, 1 always the same expert
      </Text>
      <BarChart
        h={220}
        data={rows}
        dataKey="layer"
        series={[{ name: 'concentration', color: 'var(--part-compute)' }]}
        valueFormatter={(value) => formatConcentration(value)}
        xAxisProps={{ interval: 'preserveStartEnd', minTickGap: 16 }}
        barChartProps={{ accessibilityLayer: false }}
      />
    </div>
  );
}

function RoutingTable({ routing: { coverage } }: { routing: RoutingSummary }) {
  return (
    <Table verticalSpacing={6} className={figures.table}>
      <caption className={classes.title}>Experts that take most of the activations</caption>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">Activations</Table.Th>
          <Table.Th scope="col" className={figures.number}>
            Share of all experts
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {coverage.map(({ activations, share_of_experts: share }) => (
          <Table.Tr key={activations}>
            <Table.Th scope="row" fw={400}>
              {Math.round(100 * activations)} %
            </Table.Th>
            <Table.Td className={figures.number}>{Math.round(100 * share)} %</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
