import { Stack, Table, Text } from '@mantine/core';
import type { Calculation } from '../../core/calc/calculate';
import { comparedFigures, notesOf } from '../../core/report/calc-text';
import figures from '../parts/figures.module.css';

/** Each figure by the rule of thumb and by the planner. */
export function CalculationTable({ calculation }: { calculation: Calculation }) {
  return (
    <Stack gap="md">
      <Table.ScrollContainer minWidth={420} type="native">
        <Table verticalSpacing={6} aria-label="Rule of thumb beside exact" className={figures.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Figure</Table.Th>
              <Table.Th scope="col" className={figures.number}>
                Rule of thumb
              </Table.Th>
              <Table.Th scope="col" className={figures.number}>
                Exact
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {comparedFigures(calculation).map(({ name, rule, exact }) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" fw={400}>
                  {name}
                </Table.Th>
                <Table.Td className={figures.number}>{rule}</Table.Td>
                <Table.Td className={figures.number}>{exact ?? '–'}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {notesOf(calculation).map((note) => (
        <Text key={note} size="sm" c="dimmed">
          {note}
        </Text>
      ))}
    </Stack>
  );
}
