import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { Catalog } from '../../core/catalog/catalog';
import { cellOf, precisionOf } from '../../core/matrix/matrix';
import { type MatrixRequest, matrixRequestSchema } from '../../core/matrix/schema';
import { filterGpus } from '../../core/matrix/select';
import { matrixCsv, matrixMarkdown } from '../../core/report/matrix-text';
import { CatalogFrame } from '../parts/catalog-frame';
import { Panel } from '../parts/panel';
import { saveText } from '../parts/save-text';
import { useStored } from '../state/use-stored';
import { HeatMap, type Place } from './heat-map';
import classes from './heat-map.module.css';
import { acceptChoice, MatrixControls, type MatrixChoice, usualChoice } from './matrix-controls';
import { orderRows } from './order-rows';
import { PairPanel } from './pair-panel';
import { useMatrixModels, useRequirements } from './use-requirements';

/** Which model runs on which card, as a map that can be read cell by cell. */
export function MatrixView() {
  return (
    <Stack gap="md">
      <Title order={1} size="h2">
        Models on cards
      </Title>
      <CatalogFrame>{(catalog) => <Matrix catalog={catalog} />}</CatalogFrame>
    </Stack>
  );
}

function Matrix({ catalog }: { catalog: Catalog }) {
  const { gpus } = catalog;
  const [choice, setChoice] = useStored<MatrixChoice>('plimsoll-matrix', usualChoice, acceptChoice);
  const [chosen, setChosen] = useState<Place | null>(null);
  const { context, precision: stored, mode } = choice;
  const request = useMemo(() => requestOf(context, stored, mode), [context, stored, mode]);
  const shownGpus = useMemo(
    () => filterGpus(gpus, choice.vendors, choice.classes),
    [gpus, choice.vendors, choice.classes],
  );
  const models = useMatrixModels(catalog);
  const all = useRequirements(models, request);
  const rows = useMemo(() => {
    const wanted = choice.models.trim().toLowerCase();
    const precision = precisionOf(request);
    const found = all
      .filter(({ model }) => `${model.name} ${model.title}`.toLowerCase().includes(wanted))
      .map((requirement) => ({
        requirement,
        cells: shownGpus.map((gpu) => cellOf(requirement, gpu, precision, request)),
      }))
      .filter(({ cells }) => !choice.runs || cells.some(({ status }) => status === 'RUNS'));
    return orderRows(found, choice.order);
  }, [all, shownGpus, request, choice.models, choice.runs, choice.order]);
  const picked = chosen === null ? undefined : rows[chosen.row];
  const cell = picked?.cells[chosen?.column ?? -1];
  const gpu = shownGpus[chosen?.column ?? -1];
  return (
    <>
      <Panel title="What to show">
        <MatrixControls
          choice={choice}
          onChange={(change) => {
            setChosen(null);
            setChoice((before) => ({ ...before, ...change }));
          }}
        />
      </Panel>
      <Panel
        title="Percent of the card that stays free"
        note={all.length < models.length ? `counting, ${all.length} of ${models.length}` : undefined}
        actions={<SaveButtons rows={rows} request={request} />}
      >
        <Stack gap="md">
          <Legend />
          {rows.length === 0 || shownGpus.length === 0 ? (
            <Text c="dimmed">{all.length < models.length ? 'Counting.' : 'Nothing is left of it.'}</Text>
          ) : (
            <HeatMap
              requirements={rows.map(({ requirement }) => requirement)}
              gpus={shownGpus}
              cells={rows.map(({ cells }) => cells)}
              chosen={chosen}
              onChoose={setChosen}
            />
          )}
        </Stack>
      </Panel>
      {picked === undefined || cell === undefined || gpu === undefined ? null : (
        <PairPanel requirement={picked.requirement} cell={cell} gpu={gpu} />
      )}
    </>
  );
}

function requestOf(context: number, precision: string, mode: MatrixChoice['mode']): MatrixRequest {
  return matrixRequestSchema.parse({ context_tokens: context, precision, mode });
}

const legend = [
  ['over', '–', 'does not run'],
  ['tight', '7', 'below 10 % free'],
  ['fits', '25', 'runs'],
  ['roomy', '55', '40 % free and more'],
  ['wide', '80', '70 % free and more'],
  ['unknown', '?', 'not known'],
] as const;

function Legend() {
  return (
    <ul className={classes.legend}>
      {legend.map(([state, example, meaning]) => (
        <li key={state}>
          <span className={classes.cell} data-state={state} aria-hidden="true">
            {example}
          </span>
          {meaning}
        </li>
      ))}
    </ul>
  );
}

interface SaveButtonsProps {
  readonly rows: readonly { readonly cells: Parameters<typeof matrixCsv>[0] }[];
  readonly request: MatrixRequest;
}

function SaveButtons({ rows, request }: SaveButtonsProps) {
  const cells = () => rows.flatMap((row) => row.cells);
  return (
    <Group gap="xs">
      <Button
        size="xs"
        variant="default"
        onClick={() => saveText('matrix.csv', matrixCsv(cells()), 'text/csv')}
      >
        CSV
      </Button>
      <Button
        size="xs"
        variant="default"
        onClick={() => saveText('matrix.md', matrixMarkdown(cells(), request), 'text/markdown')}
      >
        Markdown
      </Button>
      <Button
        size="xs"
        variant="default"
        onClick={() =>
          saveText('matrix.json', `${JSON.stringify({ ...request, results: cells() }, null, 2)}\n`)
        }
      >
        JSON
      </Button>
    </Group>
  );
}
