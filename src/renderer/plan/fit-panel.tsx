import { Skeleton, Stack, Table, Text } from '@mantine/core';
import { fitCells, fitSentences } from '../../core/report/fit-lines';
import { Panel } from '../parts/panel';
import type { Question } from '../planner/planner';
import { useFit } from '../state/use-fit';
import { deviceLabel } from './load-bar';

const HEIGHT = 120;

/** What llama.cpp's own `--fit` would choose for the same request, with memory and forecast beside the plan's. */
export function FitPanel({ question }: { readonly question: Question }) {
  const fit = useFit(question);
  return (
    <Panel title="Beside --fit" note="llama.cpp's own choice for the same request">
      {fit === null ? (
        <Skeleton h={HEIGHT} />
      ) : (
        <Stack gap="xs">
          {fitSentences(fit).map((sentence) => (
            <Text key={sentence} size="sm">
              {sentence}
            </Text>
          ))}
          {fit.rows.length === 0 ? null : (
            <Table fz="sm" aria-label="This plan beside --fit">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">Of</Table.Th>
                  <Table.Th scope="col">Here</Table.Th>
                  <Table.Th scope="col">--fit</Table.Th>
                  <Table.Th scope="col">Difference</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {fitCells(fit).map(([name, ...cells]) => (
                  <Table.Tr key={name}>
                    <Table.Th scope="row">{name === 'decode' ? 'Decode' : deviceLabel(name!)}</Table.Th>
                    {cells.map((cell, index) => (
                      // oxlint-disable-next-line react/no-array-index-key -- cells repeat and never move
                      <Table.Td key={index}>{cell}</Table.Td>
                    ))}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )}
        </Stack>
      )}
    </Panel>
  );
}
