import type { ExplainedLayer, Explanation, LayerKind, Tally } from '../model/explain-model';
import { formatBytes, formatInteger, formatPercent, formatUnknown } from './format';
import type { Layout } from './layout';
import { renderTable, type Column } from './table';

/** What each kind of layer is called in a table. */
export const layerKindNames: Readonly<Record<LayerKind, string>> = {
  full: 'full attention',
  sliding: 'sliding window',
  recurrent: 'recurrent',
  both: 'attention and recurrent',
  none: 'nothing of its own',
  unknown: 'unknown',
};

const tallyColumns = (title: string): Column[] => [
  { title, align: 'left' },
  { title: 'Tensors', align: 'right' },
  { title: 'Size', align: 'right' },
  { title: 'Share', align: 'right' },
  { title: title === 'Type' ? '' : 'Types', align: 'left' },
];

/** Lines of a table of the tensors by kind, or by type. */
export function tallyLines(tallies: readonly Tally[], title: 'Kind' | 'Type', { room }: Layout): string[] {
  if (tallies.length === 0) return [];
  const rows = tallies.map(({ key, tensors, bytes, share, types }) => [
    title === 'Kind' ? key.replaceAll('_', ' ') : key,
    formatInteger(tensors),
    formatBytes(bytes),
    formatPercent(share),
    title === 'Kind' ? types.join(', ') : '',
  ]);
  return renderTable(tallyColumns(title), rows, room);
}

/** Columns of the table of layers. */
export const layerColumns: readonly Column[] = [
  { title: 'Layers', align: 'left' },
  { title: 'Weights each', align: 'right' },
  { title: 'Keeps', align: 'left' },
  { title: 'A token', align: 'right' },
  { title: 'Up to', align: 'right' },
  { title: 'State', align: 'right' },
];

/** Lines of a table of the layers, neighbours that are alike in one row. */
export function layerLines(explanation: Explanation, { room }: Layout): string[] {
  return explanation.layers.length === 0 ? [] : renderTable(layerColumns, layerRows(explanation), room);
}

/** Cells of that table; the last row is what lies outside the layers. */
export function layerRows({ layers, outside_bytes }: Explanation): string[][] {
  const rows = runsOf(layers).map(([first, last]) => rowOf(first, last));
  const outside = outside_bytes === 0 ? [] : [['outside', formatBytes(outside_bytes), '', '', '', '']];
  return [...rows, ...outside];
}

function rowOf(first: ExplainedLayer, last: ExplainedLayer): string[] {
  const { kind, bytes, cache_bytes_per_token: cache, window, state_bytes: state } = first;
  const grows = cache !== null && cache > 0;
  return [
    first.layer === last.layer ? String(first.layer) : `${first.layer}-${last.layer}`,
    formatBytes(bytes),
    layerKindNames[kind],
    cache === null ? formatUnknown() : grows ? formatBytes(cache) : '',
    window !== null ? `${formatInteger(window)} tokens` : grows ? 'the context' : '',
    state === null ? formatUnknown() : state > 0 ? formatBytes(state) : '',
  ];
}

/** First and last of each run of neighbours that weigh and keep the same. */
function runsOf(layers: readonly ExplainedLayer[]): readonly (readonly [ExplainedLayer, ExplainedLayer])[] {
  const runs: [ExplainedLayer, ExplainedLayer][] = [];
  for (const layer of layers) {
    const open = runs.at(-1);
    if (open !== undefined && isAlike(open[0], layer)) open[1] = layer;
    else runs.push([layer, layer]);
  }
  return runs;
}

function isAlike(left: ExplainedLayer, right: ExplainedLayer): boolean {
  return (
    left.bytes === right.bytes &&
    left.kind === right.kind &&
    left.cache_bytes_per_token === right.cache_bytes_per_token &&
    left.window === right.window &&
    left.state_bytes === right.state_bytes
  );
}
