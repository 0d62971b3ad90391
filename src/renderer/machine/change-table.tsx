import { Table } from '@mantine/core';
import type { FigureChange } from '../../core/profile/comparison';
import { changeValue, changeWords } from '../../core/report/comparison-text';
import { describePointer } from '../../core/report/figure-specs';
import figures from '../parts/figures.module.css';
import classes from './compare-panel.module.css';

interface ChangeTableProps {
  readonly changes: readonly FigureChange[];
  readonly caption: string;
}

/** Figures that differ between two profiles: before, now, and what that comes to. */
export function ChangeTable({ changes, caption }: ChangeTableProps) {
  return (
    <Table.ScrollContainer minWidth={480} type="native">
      <Table verticalSpacing={6} className={figures.table}>
        <caption className={figures.caption}>{caption}</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Figure</Table.Th>
            <Table.Th scope="col">Before</Table.Th>
            <Table.Th scope="col">Now</Table.Th>
            <Table.Th scope="col">Change</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changes.map((change) => (
            <Table.Tr key={`${change.kind} ${change.pointer}`}>
              <Table.Th scope="row" fw={400}>
                {describePointer(change.pointer)}
              </Table.Th>
              <Table.Td>{changeValue(change, 'before')}</Table.Td>
              <Table.Td>{changeValue(change, 'after')}</Table.Td>
              <Table.Td className={classes.change} data-effect={change.effect ?? undefined}>
                {changeWords(change)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
