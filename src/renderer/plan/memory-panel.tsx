import { Stack, Table } from '@mantine/core';
import type { MemoryRow } from '../../core/plan/schema';
import { formatBytes, formatInteger } from '../../core/report/format';
import { Panel } from '../parts/panel';
import { deviceLabel, LoadBar } from './load-bar';
import { memoryParts } from './memory-parts';
import classes from './memory-panel.module.css';

/** Where every byte would lie: a loaded bar for each device, and the numbers. */
export function MemoryPanel({ rows }: { rows: readonly MemoryRow[] }) {
  return (
    <Panel title="Memory" note="each device against its load line">
      <Stack gap="xl">
        <Stack gap="lg">
          {rows.map((row) => (
            <LoadBar key={row.device} row={row} />
          ))}
        </Stack>
        <MemoryTable rows={rows} />
      </Stack>
    </Panel>
  );
}

function MemoryTable({ rows }: { rows: readonly MemoryRow[] }) {
  return (
    <Table.ScrollContainer minWidth={120 + 95 * rows.length} type="native">
      <Table verticalSpacing={6} className={classes.table}>
        <caption className={classes.caption}>Memory by device and part</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Part</Table.Th>
            {rows.map(({ device }) => (
              <Table.Th key={device} scope="col" className={classes.number}>
                {deviceLabel(device)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {memoryParts.map(({ field, name, colour }) => (
            <Table.Tr key={field}>
              <Table.Th scope="row" fw={400} className={classes.part}>
                <span className={classes.swatch} style={{ background: colour }} />
                {name}
              </Table.Th>
              {rows.map((row) => (
                <BytesCell key={row.device} bytes={row[field]} />
              ))}
            </Table.Tr>
          ))}
          <SumRow name="Total" rows={rows} bytesOf={(row) => row.total_bytes} />
          <SumRow name="Budget" rows={rows} bytesOf={(row) => row.budget_bytes} />
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface SumRowProps {
  readonly name: string;
  readonly rows: readonly MemoryRow[];
  readonly bytesOf: (row: MemoryRow) => number | null;
}

function SumRow({ name, rows, bytesOf }: SumRowProps) {
  return (
    <Table.Tr className={classes.sum}>
      <Table.Th scope="row">{name}</Table.Th>
      {rows.map((row) => (
        <BytesCell key={row.device} bytes={bytesOf(row)} />
      ))}
    </Table.Tr>
  );
}

/** Rounded for reading; the exact count is its title. */
function BytesCell({ bytes }: { bytes: number | null }) {
  return (
    <Table.Td
      className={classes.number}
      data-unknown={bytes === null || undefined}
      {...(bytes === null ? {} : { title: `${formatInteger(bytes)} bytes` })}
    >
      {formatBytes(bytes)}
    </Table.Td>
  );
}
