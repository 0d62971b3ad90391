import { Stack, Table, Text } from '@mantine/core';
import { kindTitles } from '../../core/plan/search/kind-titles';
import type { Search } from '../../core/plan/search/schema';
import { kindOutcome } from '../../core/report/search-lines';
import { Panel } from '../parts/panel';

/** What was tried for this placement, and why it won. */
export function SearchPanel({ search }: { readonly search: Search | null }) {
  if (search === null) return null;
  const kinds = [
    ...search.kinds.filter(({ kind }) => kind === search.chosen),
    ...search.kinds.filter(({ kind }) => kind !== search.chosen),
  ];
  return (
    <Panel title="Tried" note="placements that were weighed for this plan">
      <Stack gap="xs">
        <Text size="sm">{search.why}</Text>
        <Table fz="sm" aria-label="Placements that were weighed">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Placement</Table.Th>
              <Table.Th scope="col">Best of it</Table.Th>
              <Table.Th scope="col">Weighed</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {kinds.map((kind) => (
              <Table.Tr key={kind.kind}>
                <Table.Th scope="row" fw={kind.kind === search.chosen ? 650 : 450}>
                  {kindTitles[kind.kind]}
                </Table.Th>
                <Table.Td>{kindOutcome(kind, search)}</Table.Td>
                <Table.Td>
                  {kind.weighed} of {kind.bounded}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Stack>
    </Panel>
  );
}
