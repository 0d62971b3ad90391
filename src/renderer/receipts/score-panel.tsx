import { List, ScrollArea, Stack, Table, Text } from '@mantine/core';
import { useEffect } from 'react';
import type { Score } from '../../core/calibration/score-schema';
import { leftOutLines, scoreCells, scoreSentence, scoreTitles } from '../../core/report/score-text';
import { Disclosure } from '../parts/disclosure';
import { FailureAlert } from '../parts/failure-alert';
import { Panel } from '../parts/panel';
import { useClientCall } from '../state/use-client-call';

/** How well the receipts forecast each other. */
export function ScorePanel() {
  const { state, run } = useClientCall('receipt.score');
  useEffect(() => void run({}), [run]);
  if (state.kind === 'failed') return <FailureAlert failure={state.failure} />;
  if (state.kind !== 'done') return null;
  return (
    <Panel title="Score" note="each measured speed forecast from the other receipts">
      <Stack gap="sm">
        <Text>{scoreSentence(state.output)}</Text>
        {state.output.all.by_receipt.forecasts === 0 ? null : <ScoreTable score={state.output} />}
        <LeftOut score={state.output} />
      </Stack>
    </Panel>
  );
}

function ScoreTable({ score }: { score: Score }) {
  return (
    <ScrollArea>
      <Table aria-label="Score by group">
        <Table.Thead>
          <Table.Tr>
            {scoreTitles.map((title) => (
              <Table.Th key={title} ta={alignOf(title)}>
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {[score.all, ...score.groups].map((line) => (
            <Table.Tr key={line.group}>
              {scoreCells(line).map((cell, index) => (
                <Table.Td key={scoreTitles[index]} ta={alignOf(scoreTitles[index]!)}>
                  {cell}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function alignOf(title: string): 'left' | 'right' {
  return title === scoreTitles[0] ? 'left' : 'right';
}

function LeftOut({ score }: { score: Score }) {
  const lines = leftOutLines(score);
  if (lines.length === 0) return null;
  return (
    <Disclosure title={`Not learnt from: ${score.left_out.length} of ${score.receipts}`}>
      <List size="sm" mt="xs">
        {lines.map((line) => (
          <List.Item key={line}>{line}</List.Item>
        ))}
      </List>
    </Disclosure>
  );
}
