import { Stack, Table, Tooltip } from '@mantine/core';
import { useMemo } from 'react';
import { explainModel, type ExplainedLayer, type Explanation } from '../../core/model/explain-model';
import type { Model } from '../../core/model/schema';
import { formatBytes, formatInteger, formatPercent } from '../../core/report/format';
import { layerColumns, layerKindNames, layerRows } from '../../core/report/model-explanation-text';
import { Disclosure } from '../parts/disclosure';
import figures from '../parts/figures.module.css';
import { Panel } from '../parts/panel';
import { layerColours, makeUpParts, type MakeUpPart } from './make-up';
import classes from './make-up-panel.module.css';

/** What the weights are, and what each layer keeps: every byte of the file by kind, and which layers grow with the context. */
export function MakeUpPanel({ model }: { model: Model }) {
  const explanation = useMemo(() => explainModel(model), [model]);
  if (explanation.weight_bytes === 0) return null;
  const parts = makeUpParts(explanation);
  return (
    <Panel title="What it is made of" note={formatBytes(explanation.weight_bytes)}>
      <Stack gap="md">
        <div className={classes.bar} role="img" aria-label={describeParts(parts)}>
          {parts.map((part) => (
            <Tooltip key={part.name} label={`${part.name}: ${formatBytes(part.bytes)}`} withArrow>
              <div className={classes.part} style={{ width: `${part.width}%`, background: part.colour }} />
            </Tooltip>
          ))}
        </div>
        <KindTable explanation={explanation} parts={parts} />
        {explanation.layers.length === 0 ? null : <Layers explanation={explanation} />}
      </Stack>
    </Panel>
  );
}

function describeParts(parts: readonly MakeUpPart[]): string {
  return `Weights: ${parts.map(({ name, bytes }) => `${name.toLowerCase()} ${formatBytes(bytes)}`).join(', ')}`;
}

function KindTable({
  explanation,
  parts,
}: {
  readonly explanation: Explanation;
  readonly parts: readonly MakeUpPart[];
}) {
  return (
    <Table.ScrollContainer minWidth={280} type="native">
      <Table verticalSpacing={4} className={figures.table}>
        <caption className={figures.caption}>Weights by kind</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Kind</Table.Th>
            <Table.Th scope="col" className={figures.number}>
              Size
            </Table.Th>
            <Table.Th scope="col" className={figures.number}>
              Share
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {parts.map(({ name, colour, bytes }) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" fw={400}>
                <span className={figures.swatch} style={{ background: colour }} />
                {name}
              </Table.Th>
              <Table.Td className={figures.number} title={`${formatInteger(bytes)} bytes`}>
                {formatBytes(bytes)}
              </Table.Td>
              <Table.Td className={figures.number}>
                {formatPercent(bytes / explanation.weight_bytes)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** One cell a layer, coloured by what it keeps; in words below, so that nothing hangs on colour alone. */
function Layers({ explanation }: { explanation: Explanation }) {
  const { layers } = explanation;
  const kinds = [...new Set(layers.map(({ kind }) => kind))];
  return (
    <Stack gap={6}>
      <div className={classes.strip} role="img" aria-label={describeLayers(explanation)}>
        {layers.map((layer) => (
          <Tooltip key={layer.layer} label={describeLayer(layer)} withArrow>
            <div className={classes.layer} style={{ background: layerColours[layer.kind] }} />
          </Tooltip>
        ))}
      </div>
      <ul className={classes.legend}>
        {kinds.map((kind) => (
          <li key={kind}>
            <span className={figures.swatch} style={{ background: layerColours[kind] }} />
            {layerKindNames[kind]}: {layers.filter((layer) => layer.kind === kind).length} of {layers.length}{' '}
            layers
          </li>
        ))}
      </ul>
      <p className={classes.note}>{contextSentence(explanation)}</p>
      <Disclosure title="Layer by layer">
        <LayerTable explanation={explanation} />
      </Disclosure>
    </Stack>
  );
}

function LayerTable({ explanation }: { explanation: Explanation }) {
  return (
    <Table.ScrollContainer minWidth={520} type="native">
      <Table verticalSpacing={4} className={figures.table}>
        <caption className={figures.caption}>What each layer weighs and keeps</caption>
        <Table.Thead>
          <Table.Tr>
            {layerColumns.map(({ title, align }) => (
              <Table.Th key={title} scope="col" className={align === 'right' ? figures.number : undefined}>
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {layerRows(explanation).map((cells) => (
            <Table.Tr key={cells[0]}>
              {cells.map((cell, index) => (
                <Table.Td
                  key={layerColumns[index]!.title}
                  className={layerColumns[index]!.align === 'right' ? figures.number : undefined}
                >
                  {cell}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function describeLayers({ layers }: Explanation): string {
  return `Layers in order: ${layers.map(({ kind }) => layerKindNames[kind]).join(', ')}`;
}

function describeLayer({
  layer,
  kind,
  bytes,
  cache_bytes_per_token,
  window,
  state_bytes,
}: ExplainedLayer): string {
  const keeps = [
    cache_bytes_per_token === null || cache_bytes_per_token === 0
      ? null
      : `${formatBytes(cache_bytes_per_token)} a token${window === null ? '' : ` up to ${formatInteger(window)}`}`,
    state_bytes === null || state_bytes === 0 ? null : `${formatBytes(state_bytes)} a sequence`,
  ].filter((part) => part !== null);
  return [`Layer ${layer}: ${formatBytes(bytes)}`, layerKindNames[kind], ...keeps].join(', ');
}

function contextSentence(explanation: Explanation): string {
  const {
    cache_bytes_per_token: cache,
    unbounded_bytes_per_token: unbounded,
    state_bytes: state,
  } = explanation;
  if (cache === null) return 'What its context costs is not known for this architecture.';
  const ends = unbounded === cache ? '' : `, ${formatBytes(unbounded)} once every window is full`;
  const states =
    state === null || state === 0 ? '' : `; a sequence keeps ${formatBytes(state)} of state beside it`;
  return cache === 0
    ? `Its context does not grow${states}.`
    : `A token of context takes ${formatBytes(cache)} in f16${ends}${states}.`;
}
