import { Badge, Table } from '@mantine/core';
import type { Assumption } from '../../core/plan/schema';
import { formatValue } from '../../core/report/format';
import { Panel } from '../parts/panel';

const colours: Readonly<Record<Assumption['basis'], string>> = {
  measured: 'starboard',
  read: 'starboard',
  predicted: 'sea',
  requested: 'sea',
  default: 'gray',
  assumed: 'brass',
};

/** What the plan takes as given, on what ground, and from where. */
export function AssumptionsPanel({ assumptions }: { assumptions: readonly Assumption[] }) {
  if (assumptions.length === 0) return null;
  return (
    <Panel title="Assumptions" note="what the figures rest on">
      <Table.ScrollContainer minWidth={560} type="native">
        <Table verticalSpacing={6} fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">What</Table.Th>
              <Table.Th scope="col">Value</Table.Th>
              <Table.Th scope="col">Basis</Table.Th>
              <Table.Th scope="col">Source</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {assumptions.map(({ name, value, unit, basis, source }) => (
              <Table.Tr key={`${name} ${source}`}>
                <Table.Th scope="row" fw={400}>
                  {name.replaceAll('_', ' ')}
                </Table.Th>
                <Table.Td style={{ whiteSpace: 'nowrap' }}>{formatValue(value, unit)}</Table.Td>
                <Table.Td>
                  <Badge variant="light" color={colours[basis]} tt="none" fw={550}>
                    {basis}
                  </Badge>
                </Table.Td>
                <Table.Td c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                  {source}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Panel>
  );
}
