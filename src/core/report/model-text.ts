import { explainModel } from '../model/explain-model';
import type { LayerMemory, Model } from '../model/schema';
import { formatBytes, formatFileSize, formatInteger, formatParameters, formatUnknown } from './format';
import { DEFAULT_LAYOUT, findingLines, indented, section, type Layout } from './layout';
import { layerGroups, type LayerGroup } from './model-layers';
import { layerLines, tallyLines } from './model-explanation-text';
import { wrapText } from './table';

const LABEL = 14;
/** Bytes of an f16 element, which an unquantised KV cache has. */
const F16_BYTES = 2;
/** Bytes of an f32 element, which recurrent state is kept in. */
const F32_BYTES = 4;

/** What a model is made of, for people; `explain` adds the tensors by kind and what each layer keeps. */
export function modelText(
  model: Model,
  options: Partial<Layout> & { readonly explain?: boolean } = {},
): string {
  const layout: Layout = { ...DEFAULT_LAYOUT, ...options };
  const lines = [
    model.name,
    ...section(
      'Model',
      summaryRows(model).flatMap(([label, text]) => rowLines(label, text, layout)),
    ),
    ...(options.explain ? explanationLines(model, layout) : []),
    ...section('Worth knowing', findingLines(model.findings, layout)),
  ];
  return `${lines.join('\n')}\n`;
}

/** KV cache in f16 that one more token adds while no window is full; null where the cache is not known. */
export function cacheBytesPerToken(layers: readonly LayerMemory[] | null): number | null {
  if (layers === null) return null;
  return layers.reduce((sum, { cache }) => {
    const elements = cache === null ? 0 : cache.key_elements + cache.value_elements;
    return sum + elements * F16_BYTES;
  }, 0);
}

function rowLines(label: string, text: string, { width }: Layout): string[] {
  return wrapText(text, width - 2, ' '.repeat(LABEL), label.padEnd(LABEL));
}

function summaryRows(model: Model): [string, string][] {
  const { source, attention, parameters } = model;
  const tensors = source.tensors === 'read' ? 'tensors read from it' : 'tensors derived from its config';
  const perToken = cacheBytesPerToken(model.layers);
  return [
    ['From', `${source.locator} (${source.kind}, ${tensors})`],
    ['Architecture', model.architecture ?? formatUnknown()],
    ['Quantisation', model.quant ?? formatUnknown()],
    ['File', model.file_bytes === null ? 'none yet' : formatFileSize(model.file_bytes)],
    ['Weights', formatBytes(model.tensors.reduce((sum, tensor) => sum + tensor.bytes, 0))],
    ['Parameters', parametersText(parameters)],
    ['Layers', formatInteger(model.block_count)],
    ['Experts', expertsText(model.experts)],
    [
      'Attention',
      `${formatInteger(attention.heads)} ${attention.heads === 1 ? 'head' : 'heads'}, ${formatInteger(attention.kv_heads)} for keys and values`,
    ],
    ['Context', `trained for ${formatInteger(model.context_trained)} tokens`],
    ['KV cache', perToken === null ? formatUnknown() : `${formatBytes(perToken)} a token in f16`],
  ];
}

function parametersText({ total, active }: Model['parameters']): string {
  if (active === null || active === total) return formatParameters(total);
  return `${formatParameters(total)}, ${formatParameters(active)} active for a token`;
}

function expertsText(experts: Model['experts']): string {
  if (experts === null) return 'none (dense)';
  const shared = experts.shared === null || experts.shared === 0 ? '' : `, ${experts.shared} shared`;
  return `${experts.count}, ${formatInteger(experts.used)} used for a token${shared}`;
}

function explanationLines(model: Model, layout: Layout): string[] {
  const explanation = explainModel(model);
  return [
    ...section('Tensors by kind', tallyLines(explanation.by_role, 'Kind', indented(layout))),
    ...section('Tensors by type', tallyLines(explanation.by_type, 'Type', indented(layout))),
    ...section('What grows with the context', contextLines(model.layers, layout)),
    ...section('Layer by layer', layerLines(explanation, indented(layout))),
  ];
}

function contextLines(layers: readonly LayerMemory[] | null, { width }: Layout): string[] {
  if (layers === null)
    return [formatUnknown('not-known: this architecture keeps its cache in a way not known here')];
  const perToken = cacheBytesPerToken(layers);
  return [
    `${formatBytes(perToken)} a token in f16 over all layers`,
    ...layerGroups(layers).flatMap((group) =>
      wrapText(`${layerNames(group)}: ${groupText(group)}`, width - 2, '  ', '- '),
    ),
  ];
}

function layerNames({ layers }: LayerGroup): string {
  const plural = layers.length === 1 ? 'layer' : `${layers.length} layers`;
  return `${plural} ${rangesOf(layers)}`;
}

function groupText({ memory: { cache, state } }: LayerGroup): string {
  const parts = [];
  if (cache !== null) {
    const bytes = formatBytes((cache.key_elements + cache.value_elements) * F16_BYTES);
    parts.push(
      cache.window === null
        ? `${bytes} a token each, grows with the whole context`
        : `${bytes} a token each, up to a window of ${formatInteger(cache.window)} tokens`,
    );
  }
  if (state !== null) {
    parts.push(
      `${formatBytes((state.r_elements + state.s_elements) * F32_BYTES)} a sequence each, whatever the context`,
    );
  }
  return parts.length === 0 ? 'keep nothing between tokens' : parts.join('; ');
}

/** `0-4, 6, 8-9` of sorted numbers. */
function rangesOf(numbers: readonly number[]): string {
  const ranges: { first: number; last: number }[] = [];
  for (const number of numbers) {
    const open = ranges.at(-1);
    if (open !== undefined && open.last === number - 1) ranges[ranges.length - 1] = { ...open, last: number };
    else ranges.push({ first: number, last: number });
  }
  return ranges.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)).join(', ');
}
