import { Stack, Text } from '@mantine/core';
import type { MemoryRow } from '../../core/plan/schema';
import { formatBytes, formatInteger } from '../../core/report/format';
import { distinctRanks, formatInterval } from '../../core/report/vllm-text';
import type { Interval } from '../../core/vllm/interval';
import type { ExactAnswer } from '../../core/vllm/schema';
import { Panel } from '../parts/panel';
import { PartTable, type FigureCell } from '../parts/part-table';
import { deviceLabel, LoadBar } from '../plan/load-bar';

type Rank = ExactAnswer['ranks'][number];

/** Parts of a card in the order they are taken, with the colour each has in the bar. */
const parts: readonly {
  readonly name: string;
  readonly colour: string;
  readonly of: (rank: Rank) => Interval | number;
}[] = [
  { name: 'Weights', colour: 'var(--part-model)', of: (rank) => rank.weights_bytes },
  { name: 'Requests asked for', colour: 'var(--part-context)', of: (rank) => rank.asked_bytes },
  { name: 'Trial run', colour: 'var(--part-compute)', of: (rank) => rank.activation_bytes },
  { name: 'CUDA graphs', colour: 'var(--part-output)', of: (rank) => rank.graph_bytes },
  { name: 'Outside PyTorch', colour: 'var(--part-overhead)', of: (rank) => rank.non_torch_bytes },
];

/** Each card against what vLLM may take of it. Cards with equal shares are drawn once. */
export function DeploymentMemory({ exact }: { exact: ExactAnswer }) {
  const ranks = distinctRanks(exact.ranks);
  const alike = exact.ranks.length - ranks.length;
  return (
    <Panel
      title="Memory of a card"
      note="by vLLM's own account; the bar at what is likely, the table with both ends"
    >
      <Stack gap="xl">
        <Stack gap="lg">
          {ranks.map((rank) => (
            <LoadBar key={rank.device} row={rowOf(rank)} />
          ))}
          {alike === 0 ? null : (
            <Text size="sm" c="dimmed">
              {alike === 1 ? 'One more card holds' : `${alike} more cards hold`} the same.
            </Text>
          )}
        </Stack>
        <PartTable
          caption="Memory by card and part"
          columns={ranks.map(({ device }) => ({ key: device, title: deviceLabel(device) }))}
          columnWidth={150}
          parts={parts.map(({ name, colour, of }) => ({ name, colour, cells: cellsOf(ranks, of) }))}
          sums={sums.map(({ name, of }) => ({ name, cells: cellsOf(ranks, of) }))}
        />
      </Stack>
    </Panel>
  );
}

const sums: readonly { readonly name: string; readonly of: (rank: Rank) => Interval | number }[] = [
  { name: 'Left for the cache', of: (rank) => rank.cache_bytes },
  { name: 'May be taken', of: (rank) => rank.budget_bytes },
  { name: 'Card', of: (rank) => rank.total_bytes },
];

function cellsOf(ranks: readonly Rank[], of: (rank: Rank) => Interval | number): readonly FigureCell[] {
  return ranks.map((rank) => ({ text: shown(of(rank)) }));
}

function shown(figure: Interval | number): string {
  return typeof figure === 'number' ? formatBytes(figure) : formatInterval(figure, formatBytes);
}

/** The bar shows what published logs make likely; the table beneath has the ends. */
function rowOf(rank: Rank): MemoryRow {
  const own = {
    model_bytes: rank.weights_bytes,
    context_bytes: Math.round(rank.asked_bytes),
    compute_bytes: Math.round(rank.activation_bytes.likely),
    output_bytes: Math.round(rank.graph_bytes.likely),
    overhead_bytes: Math.round(rank.non_torch_bytes.likely),
  };
  return {
    device: rank.device,
    name: `${rank.name}, ${formatInteger(rank.total_bytes / 2 ** 30)} GiB`,
    ...own,
    total_bytes: Object.values(own).reduce((sum, bytes) => sum + bytes, 0),
    budget_bytes: rank.budget_bytes,
  };
}
