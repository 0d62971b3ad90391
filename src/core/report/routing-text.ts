import type { Coverage, Routing } from '../routing/schema';
import { formatInteger } from './format';
import { DEFAULT_LAYOUT, type Layout, section } from './layout';
import { renderBar, renderTable, wrapText } from './table';

/** Characters of a bar of concentration. */
const BAR = 10;

/** How concentrated a mixture's routing is, for people. */
export function routingText(routing: Routing, layout: Layout = DEFAULT_LAYOUT): string {
  const lines = [
    `Routing of ${routing.layers.length} layers with experts`,
    ...wrapText(verdictOf(routing), layout.width),
    ...section('Whole', wholeLines(routing)),
    ...section('By layer', layerLines(routing)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Whether a cache of hot experts would help, in a sentence with its number. */
export function verdictOf(
  routing: Pick<Routing, 'routing_cache_helps' | 'routing_hot_frac_for_coverage'>,
): string {
  const { routing_cache_helps: helps, routing_hot_frac_for_coverage: hot } = routing;
  if (helps === null || hot === null) return 'Nothing was routed, so nothing can be said.';
  const share = `${percent(hot)} of the experts take 80 % of the activations`;
  return helps
    ? `A cache of hot experts would help this workload: ${share}.`
    : `A cache of hot experts would not help this workload: ${share}; at most 50 % would have to.`;
}

function wholeLines(routing: Routing): string[] {
  const { chunks, chunk_tokens: tokens } = routing;
  const read = chunks === null || tokens === null ? [] : [['Tokens read', formatInteger(chunks * tokens)]];
  return renderTable(
    [
      { title: '', align: 'left' },
      { title: '', align: 'right' },
    ],
    [
      ['Concentration', formatConcentration(routing.routing_concentration)],
      ['Activations', formatInteger(routing.activations)],
      ...read,
      ...routing.coverage.map((each) => [`Experts for ${percent(each.activations)}`, experts(each)]),
    ],
  );
}

function layerLines({ layers, coverage }: Routing): string[] {
  const targets = coverage.map(({ activations }) => activations);
  return renderTable(
    [
      { title: 'layer', align: 'right' },
      { title: 'used', align: 'right' },
      { title: 'concentration', align: 'right' },
      { title: '', align: 'left' },
      ...targets.map((target) => ({ title: percent(target), align: 'right' }) as const),
    ],
    layers.map((layer) => [
      String(layer.layer),
      `${layer.used_experts}/${layer.experts}`,
      formatConcentration(layer.concentration),
      layer.concentration === null ? '' : renderBar(layer.concentration, BAR),
      ...layer.coverage.map((each) => percent(each.share_of_experts)),
    ]),
  );
}

function experts({ experts: count, share_of_experts: share }: Coverage): string {
  return `${formatInteger(count)} (${percent(share)})`;
}

/** Three decimals: 0 is even, 1 always the same expert. */
export function formatConcentration(value: number | null): string {
  return value === null ? 'unknown' : value.toFixed(3);
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
