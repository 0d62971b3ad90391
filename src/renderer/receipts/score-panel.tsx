import { Anchor, List, ScrollArea, Stack, Table, Text } from '@mantine/core';
import { useEffect } from 'react';
import type { Score } from '../../core/calibration/score-schema';
import {
  againSentences,
  furthestRows,
  furthestTitles,
  knowingRows,
  knowingTitles,
  leftOutLines,
  scoreCells,
  scoreSentence,
  scoreTitles,
} from '../../core/report/score-text';
import { Disclosure } from '../parts/disclosure';
import { FailureAlert } from '../parts/failure-alert';
import { Panel } from '../parts/panel';
import { useClientCall } from '../state/use-client-call';
import classes from './receipts-view.module.css';

interface ScorePanelProps {
  readonly onChoose: (id: string) => void;
}

/** How well the receipts forecast each other. */
export function ScorePanel({ onChoose }: ScorePanelProps) {
  const { state, run } = useClientCall('receipt.score');
  useEffect(() => void run({}), [run]);
  if (state.kind === 'failed') return <FailureAlert failure={state.failure} />;
  if (state.kind !== 'done') return null;
  return (
    <Panel title="Score" note="each measured speed forecast from the other receipts">
      <Stack gap="sm">
        <Text>{[scoreSentence(state.output), ...againSentences(state.output)].join(' ')}</Text>
        <Tables score={state.output} onChoose={onChoose} />
        <LeftOut score={state.output} />
      </Stack>
    </Panel>
  );
}

function Tables({ score, onChoose }: { score: Score } & ScorePanelProps) {
  if (score.all.by_receipt.forecasts === 0) return null;
  const groups = [score.all, ...score.groups].map(scoreCells);
  return (
    <>
      <ScoreTable label="By what a forecast knows" titles={knowingTitles} rows={knowingRows(score)} />
      <ScoreTable
        label="Decode furthest from its forecast"
        titles={furthestTitles}
        rows={furthestRows(score)}
        names={3}
        onChoose={onChoose}
      />
      <ScoreTable label="Decode by group" titles={scoreTitles} rows={groups} />
    </>
  );
}

interface ScoreTableProps {
  readonly label: string;
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Cells of a row that are words. */
  readonly names?: number;
  /** Where the first cell is a receipt that can be opened. */
  readonly onChoose?: (id: string) => void;
}

/** The first cell of a row names it. */
function ScoreTable({ label, titles, rows, names = 1, onChoose }: ScoreTableProps) {
  return (
    <ScrollArea>
      <Table>
        <caption className={classes.title}>{label}</caption>
        <Table.Thead>
          <Table.Tr>
            {titles.map((title, index) => (
              <Table.Th key={title} ta={index < names ? 'left' : 'right'}>
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((cells) => (
            <Table.Tr key={cells.join(' ')}>
              {cells.map((cell, index) => (
                <Table.Td key={titles[index]} ta={index < names ? 'left' : 'right'}>
                  {index === 0 && onChoose !== undefined ? (
                    <Anchor component="button" type="button" size="sm" onClick={() => onChoose(cell)}>
                      {cell}
                    </Anchor>
                  ) : (
                    cell
                  )}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
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
