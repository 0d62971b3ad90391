import { Stack } from '@mantine/core';
import type { MemoryRow } from '../../core/plan/schema';
import { formatBytes, formatInteger } from '../../core/report/format';
import { Panel } from '../parts/panel';
import { PartTable, type FigureCell } from '../parts/part-table';
import { deviceLabel, LoadBar } from './load-bar';
import { memoryParts } from './memory-parts';

/** Where every byte would lie: a loaded bar for each device, and the numbers. */
export function MemoryPanel({ rows }: { rows: readonly MemoryRow[] }) {
  const cells = (field: (typeof memoryParts)[number]['field'] | 'total_bytes' | 'budget_bytes') =>
    rows.map((row) => bytesCell(row[field]));
  return (
    <Panel title="Memory" note="each device against its load line">
      <Stack gap="xl">
        <Stack gap="lg">
          {rows.map((row) => (
            <LoadBar key={row.device} row={row} />
          ))}
        </Stack>
        <PartTable
          caption="Memory by device and part"
          columns={rows.map(({ device }) => ({ key: device, title: deviceLabel(device) }))}
          columnWidth={95}
          parts={memoryParts.map(({ field, name, colour }) => ({ name, colour, cells: cells(field) }))}
          sums={[
            { name: 'Total', cells: cells('total_bytes') },
            { name: 'Budget', cells: cells('budget_bytes') },
          ]}
        />
      </Stack>
    </Panel>
  );
}

/** Rounded for reading; the exact count is its title. */
function bytesCell(bytes: number | null): FigureCell {
  const text = formatBytes(bytes);
  return bytes === null ? { text, unknown: true } : { text, title: `${formatInteger(bytes)} bytes` };
}
