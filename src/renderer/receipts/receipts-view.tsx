import { Anchor, Button, Group, Stack, Text, Title } from '@mantine/core';
import { useCallback, useEffect, useState } from 'react';
import type { CommandOutput } from '../../contract/commands';
import { FailureAlert } from '../parts/failure-alert';
import { Panel } from '../parts/panel';
import { useClientCall } from '../state/use-client-call';
import { hrefOf } from '../state/use-route';
import { everything, filterReceipts } from './filter-receipts';
import { ReceiptChart } from './receipt-chart';
import { ReceiptDetail } from './receipt-detail';
import { ExportButton, ImportButton } from './receipt-files';
import { ReceiptFilters } from './receipt-filters';
import { ReceiptSummary } from './receipt-summary';
import { ReceiptTable } from './receipt-table';
import { ResidualPanel } from './residual-panel';
import { ScorePanel } from './score-panel';

type List = CommandOutput<'receipt.list'>;

/** What was measured beside what was predicted, over every trial that is kept. */
export function ReceiptsView() {
  const { state, run } = useClientCall('receipt.list');
  const { run: remove } = useClientCall('receipt.remove');
  const [list, setList] = useState<List | null>(null);
  const load = useCallback(() => {
    void run({}).then((output) => output !== null && setList(output));
  }, [run]);
  useEffect(load, [load]);
  return (
    <Stack gap="md">
      <Title order={1} size="h2">
        Did the forecasts hold?
      </Title>
      {state.kind === 'failed' ? <FailureAlert failure={state.failure} /> : null}
      {list === null ? null : (
        <Receipts
          list={list}
          onChanged={load}
          onRemove={(ids) => void remove({ ids: [...ids] }).then(load)}
        />
      )}
    </Stack>
  );
}

interface ReceiptsProps {
  readonly list: List;
  readonly onChanged: () => void;
  readonly onRemove: (ids: readonly string[]) => void;
}

function Receipts({ list, onChanged, onRemove }: ReceiptsProps) {
  const [filter, setFilter] = useState(everything);
  const [chosen, setChosen] = useState<string | null>(null);
  const shown = filterReceipts(list.receipts, filter);
  const isShown = chosen !== null && list.receipts.some(({ id }) => id === chosen);
  return (
    <>
      <Group justify="space-between" align="flex-end">
        <ReceiptFilters receipts={list.receipts} filter={filter} onChange={setFilter} />
        <Group gap="xs">
          <ImportButton onImported={onChanged} />
          <ExportButton ids={shown.map(({ id }) => id)} />
        </Group>
      </Group>
      {list.receipts.length === 0 ? (
        <Text>
          No receipts yet: <Anchor href={hrefOf('plan')}>plan a model</Anchor> that is on this machine and run
          a trial, or import those of another one.
        </Text>
      ) : (
        <Panel title="Predicted against measured">
          <Stack gap="md">
            <ReceiptSummary receipts={shown} />
            <ReceiptChart receipts={shown} onChoose={setChosen} />
            <ReceiptTable receipts={shown} chosen={chosen} onChoose={setChosen} />
          </Stack>
        </Panel>
      )}
      {isShown ? (
        <ReceiptDetail id={chosen} onClose={() => setChosen(null)} onRemove={() => onRemove([chosen])} />
      ) : null}
      <ResidualPanel receipts={shown} />
      {list.receipts.length === 0 ? null : (
        <ScorePanel key={`${list.receipts.length} ${list.receipts[0]?.id}`} onChoose={setChosen} />
      )}
      <Damaged damaged={list.damaged} onRemove={onRemove} />
    </>
  );
}

function Damaged({ damaged, onRemove }: { damaged: List['damaged']; onRemove: ReceiptsProps['onRemove'] }) {
  if (damaged.length === 0) return null;
  return (
    <Panel
      title="Cannot be read"
      actions={
        <Button size="xs" variant="default" onClick={() => onRemove(damaged.map(({ id }) => id))}>
          Remove them
        </Button>
      }
    >
      {damaged.map(({ id, message }) => (
        <Text key={id} size="sm">
          {id}: {message}
        </Text>
      ))}
    </Panel>
  );
}
