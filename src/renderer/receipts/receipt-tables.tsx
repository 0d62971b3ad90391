import { Table, Text } from '@mantine/core';
import { formatBytes, formatInteger, formatRate, formatTokenRate } from '../../core/report/format';
import { memoryParts } from '../../core/report/memory-parts';
import { formatError } from '../../core/report/receipt-text';
import type { Receipt } from '../../core/receipt/schema';
import figures from '../parts/figures.module.css';
import classes from './receipts-view.module.css';

/** Every phase and depth that was measured, with its spread. */
export function SpeedTable({ receipt }: { receipt: Receipt }) {
  if (receipt.speeds.length === 0) return null;
  return (
    <Table.ScrollContainer minWidth={480} type="native">
      <Table verticalSpacing={6} className={figures.table}>
        <caption className={classes.title}>Speed by depth</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Phase</Table.Th>
            {['Depth', 'Median', 'Least', 'Most', 'Runs'].map((name) => (
              <Table.Th key={name} scope="col" className={figures.number}>
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {receipt.speeds.map(({ phase, depth, tokens, tok_s }) => (
            <Table.Tr key={`${phase} ${depth} ${tokens}`}>
              <Table.Th scope="row" fw={400}>
                {phase === 'decode' ? 'Generating' : 'Reading the prompt'}
              </Table.Th>
              <Table.Td className={figures.number}>{formatInteger(depth)}</Table.Td>
              <Table.Td className={figures.number}>{formatTokenRate(tok_s.median)}</Table.Td>
              <Table.Td className={figures.number}>{formatRate(tok_s.min)}</Table.Td>
              <Table.Td className={figures.number}>{formatRate(tok_s.max)}</Table.Td>
              <Table.Td className={figures.number}>{tok_s.n}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** What each component took, beside what was planned of it. */
export function MemoryTable({ receipt }: { receipt: Receipt }) {
  const rows = receipt.memory.filter((row) => (row.measured_bytes ?? row.predicted_bytes ?? 0) > 0);
  if (rows.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        This runtime tells nothing of memory by component.
      </Text>
    );
  }
  return (
    <Table.ScrollContainer minWidth={480} type="native">
      <Table verticalSpacing={6} className={figures.table}>
        <caption className={classes.title}>Memory beside the plan</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Part</Table.Th>
            {['Measured', 'Planned', 'Error'].map((name) => (
              <Table.Th key={name} scope="col" className={figures.number}>
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={`${row.device} ${row.component}`}>
              <Table.Th scope="row" fw={400}>
                {row.device} · {memoryParts[row.component]}
              </Table.Th>
              <Table.Td className={figures.number}>{formatBytes(row.measured_bytes)}</Table.Td>
              <Table.Td className={figures.number}>{formatBytes(row.predicted_bytes)}</Table.Td>
              <Table.Td className={figures.number}>{formatError(row.error_pct)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
