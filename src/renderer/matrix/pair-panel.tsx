import { Stack, Table, Text } from '@mantine/core';
import { sourceOfFigure, type GpuSpec } from '../../core/catalog/gpus/schema';
import { describeSource } from '../../core/catalog/source';
import type { MatrixCell, Requirement } from '../../core/matrix/matrix';
import { partsOf } from '../../core/report/matrix-text';
import { Panel } from '../parts/panel';

interface PairPanelProps {
  readonly requirement: Requirement;
  readonly cell: MatrixCell;
  readonly gpu: GpuSpec;
}

/** What one model needs on one card, and what that is made of. */
export function PairPanel({ requirement, cell, gpu }: PairPanelProps) {
  const unit = cell.mode === 'exact' ? 'GiB' : 'GB';
  const parts = requirement.breakdown === null ? [] : partsOf(requirement.breakdown);
  return (
    <Panel title={`${requirement.model.title} on ${gpu.name}`} note={cell.precision}>
      <Stack gap="sm" aria-live="polite">
        <Table verticalSpacing={4} maw={420} aria-label="What it needs">
          <Table.Tbody>
            {parts.map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" fw={400}>
                  {name}
                </Table.Th>
                <Table.Td ta="right">{`${value.toFixed(2)} ${unit}`}</Table.Td>
              </Table.Tr>
            ))}
            <Table.Tr>
              <Table.Th scope="row">Required</Table.Th>
              <Table.Td ta="right">
                {cell.required_vram_gb === null ? 'unknown' : `${cell.required_vram_gb.toFixed(2)} ${unit}`}
              </Table.Td>
            </Table.Tr>
            <Table.Tr>
              <Table.Th scope="row" fw={400}>
                Memory of the card
              </Table.Th>
              <Table.Td ta="right">{`${gpu.memory_gib} GiB`}</Table.Td>
            </Table.Tr>
            <Table.Tr>
              <Table.Th scope="row">Status</Table.Th>
              <Table.Td ta="right">{statusText(cell)}</Table.Td>
            </Table.Tr>
          </Table.Tbody>
        </Table>
        {cell.warning === null ? null : <Text size="sm">{cell.warning}.</Text>}
        <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          Memory of the card: {describeSource(sourceOfFigure(gpu, 'memory_gib'))}.
        </Text>
      </Stack>
    </Panel>
  );
}

function statusText({ status, vram_free_percent: free }: MatrixCell): string {
  return status === 'RUNS' ? `runs, ${(free ?? 0).toFixed(1)} % free` : status.toLowerCase();
}
