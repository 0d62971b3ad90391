import type { Finding } from '../finding';
import type { Compared, NodeTable } from '../fleet/compare';
import { type Parameter, parameterDictionary } from '../fleet/parameters';
import type { Rationale } from '../fleet/rationale';
import { scenarioLabels, scenarioNames } from '../fleet/scenarios';
import type { Fleet, Scenario } from '../fleet/size-fleet';
import type { Price } from '../catalog/gpus/schema';
import { formatInteger } from './format';
import { DEFAULT_LAYOUT, type Layout } from './layout';
import { renderTable, wrapText, type Column } from './table';

const left = (title: string): Column => ({ title, align: 'left' });
const right = (title: string): Column => ({ title, align: 'right' });

/** The whole report in its four sections. */
export function fleetText(fleet: Fleet, { width }: Layout): string[] {
  return [
    'SECTION 1: INPUTS',
    '',
    ...inputLines(fleet),
    '',
    'SECTION 2: PARAMETER DICTIONARY',
    '',
    ...dictionaryLines(width),
    'SECTION 3: RESULTS BY SCENARIO',
    '',
    ...summaryLines(fleet),
    ...scenarioNames.flatMap((name) => ['', ...scenarioLines(fleet.scenarios[name], width)]),
    '',
    'SECTION 4: ALERTS AND RISKS',
    '',
    ...alertLines(fleet, width),
  ];
}

function inputLines(fleet: Fleet): string[] {
  const { model, server, storage, request, layout } = fleet;
  const rows: [string, string][] = [
    ['Model', model.name],
    [
      'Layers',
      `${model.num_layers} (${model.full_layers} full, ${model.sliding_layers} sliding, ${model.recurrent_layers} with a state)`,
    ],
    ['Key-value heads', `${model.num_key_value_heads ?? 'unknown'} of ${model.head_dim ?? 'unknown'}`],
    ['Longest context', formatInteger(model.max_position_embeddings)],
    [
      'Weights',
      model.weights_gib === null
        ? 'not known'
        : `${model.weights_gib.toFixed(1)} GiB${model.weights_precision === null ? '' : ` (${model.weights_precision})`}`,
    ],
    [
      'Server',
      `${server.name}: ${server.gpus} cards of ${server.hbm_per_gpu_gb} GB, ${server.total_hbm_gb} GB`,
    ],
    [
      'Storage',
      `${storage.name}: ${storage.type}, ${storage.throughput_read_gbps ?? 'unknown'} GB/s read, p99 ${storage.latency_read_ms_p99 ?? 'unknown'} ms`,
    ],
    ['Concurrency', `${formatInteger(request.concurrency)} sessions`],
    ['Effective context', `${formatInteger(request.effective_context)} tokens`],
    ...(request.contexts === null
      ? []
      : [
          [
            'Contexts',
            `p50 ${request.contexts.p50}, p95 ${request.contexts.p95}, p99 ${request.contexts.p99}`,
          ] as [string, string],
        ]),
    ['KV precision', `${fleet.kv_precision} (${request.cache_policy})`],
    [
      'Memory of a node',
      layout.kind === 'flat'
        ? `flat overhead of ${layout.overhead_gib} GiB`
        : `weights ${layout.weights_gib.toFixed(1)} GiB on ${layout.tensor_parallel} cards, ${layout.replicas_per_node} copies, ${layout.reserve_per_gpu_gib} GiB reserve a card`,
    ],
    ['KV budget', `${request.kv_budget_ratio * 100} % of the rest`],
    ['Headroom for peaks', `${request.peak_headroom_ratio * 100} %`],
    ['Spare nodes', request.ha_mode],
  ];
  return renderTable([left(''), left('')], rows);
}

function dictionaryLines(width: number): string[] {
  return Object.entries(parameterDictionary).flatMap(([name, parameter]) =>
    parameterLines(name, parameter, width),
  );
}

function parameterLines(name: string, parameter: Parameter, width: number): string[] {
  const parts = [
    `What: ${parameter.description}`,
    `From: ${parameter.source}`,
    `Why: ${parameter.importance}`,
    `Mistake: ${parameter.common_errors}`,
  ];
  return [`[${name}]`].concat(
    parts.flatMap((part) => wrapText(part, width, '  ')),
    [''],
  );
}

/** A line for each scenario: nodes, what they cost beside the minimum, risk and availability. */
export function summaryLines({ scenarios }: Fleet): string[] {
  const priced = scenarios.minimum.results.cost !== null;
  return renderTable(
    [
      left('Scenario'),
      right('Nodes'),
      right('Sessions a node'),
      right('CapEx'),
      left('Risk'),
      left('SLA'),
      ...(priced ? [right('Cost'), right('A session')] : []),
    ],
    scenarioNames.map((name) => {
      const { results } = scenarios[name];
      const { title, risk, sla } = scenarioLabels[name];
      const cells = [
        title,
        formatNodes(results.nodes_final),
        formatInteger(results.sessions_per_node),
        formatCapex(results.capex_relative),
        risk,
        sla,
      ];
      return priced ? cells.concat(formatPrice(results.cost), formatPrice(results.cost_per_session)) : cells;
    }),
  );
}

function scenarioLines({ name, configuration, results, rationale }: Scenario, width: number): string[] {
  const { title, use } = scenarioLabels[name];
  const shown: Readonly<Record<string, string>> = {
    kv_per_session_gib: `${results.kv_per_session_gib.toFixed(4)} GiB`,
    kv_total_gib: `${results.kv_total_gib.toFixed(1)} GiB (${results.kv_total_tib.toFixed(2)} TiB)`,
    hbm_total_gib: `${results.hbm_total_gib.toFixed(1)} GiB`,
    kv_budget_gib: `${results.kv_budget_gib.toFixed(1)} GiB`,
    sessions_per_node: formatInteger(results.sessions_per_node),
    nodes_capacity: formatNodes(results.nodes_capacity),
    nodes_with_headroom: formatNodes(results.nodes_with_headroom),
    nodes_final: formatNodes(results.nodes_final),
  };
  return [
    `${title}: ${formatNodes(results.nodes_final)} nodes`,
    ...wrapText(
      `For ${use}. Headroom ${Math.round(configuration.peak_headroom_ratio * 100)} %, spare nodes ${configuration.ha_mode}, KV budget ${Math.round(configuration.kv_budget_ratio * 100)} %.`,
      width,
    ),
    '',
    ...Object.entries(shown).flatMap(([field, value]) => figureLines(field, value, rationale[field], width)),
  ];
}

function figureLines(field: string, value: string, reason: Rationale | undefined, width: number): string[] {
  const lines = [`  ${field}: ${value}`];
  if (reason === undefined) return lines;
  const parts = [reason.formula, inputsText(reason.inputs), reason.explanation];
  return lines.concat(parts.flatMap((part) => wrapText(part, width, '      ')));
}

function inputsText(inputs: Readonly<Record<string, string | number | null>>): string {
  return Object.entries(inputs)
    .map(([name, value]) => `${name} = ${value ?? 'unknown'}`)
    .join(', ');
}

function alertLines({ alerts }: Fleet, width: number): string[] {
  if (alerts.length === 0) return ['None.'];
  return alerts.flatMap((alert) => alertLine(alert, width));
}

function alertLine({ severity, message, remedy }: Finding, width: number): string[] {
  const lines = wrapText(`${severity}: ${message}`, width, '  ', '- ');
  return remedy === null ? lines : lines.concat(wrapText(remedy, width, '    '));
}

/** Lines of a table of servers side by side. */
export function comparisonLines(compared: readonly Compared[], { room }: Layout = DEFAULT_LAYOUT): string[] {
  return renderTable(
    [
      left('Server'),
      right('GB'),
      right('Sessions a node'),
      right('Minimum'),
      right('Recommended'),
      right('Ideal'),
      right('Cost, recommended'),
      left(''),
    ],
    compared.map(({ server, fleet, failure }) => {
      if (fleet === null)
        return [server.name, String(server.total_hbm_gb), '', '', '', '', '', failure ?? ''];
      const { minimum, recommended, ideal } = fleet.scenarios;
      return [
        server.name,
        String(server.total_hbm_gb),
        formatInteger(recommended.results.sessions_per_node),
        formatNodes(minimum.results.nodes_final),
        formatNodes(recommended.results.nodes_final),
        formatNodes(ideal.results.nodes_final),
        formatPrice(recommended.results.cost),
        '',
      ];
    }),
    room,
  );
}

/** Lines of recommended nodes over concurrency and context. */
export function nodeTableLines(
  { concurrencies, contexts, nodes }: NodeTable,
  { room }: Layout = DEFAULT_LAYOUT,
): string[] {
  return renderTable(
    [right('Context'), ...concurrencies.map((count) => right(`${formatInteger(count)} sessions`))],
    contexts.map((context, row) => [
      formatInteger(context),
      ...nodes[row]!.map((count) => formatNodes(count)),
    ]),
    room,
  );
}

/** Nodes, or that no number of them would do. */
export function formatNodes(nodes: number | null): string {
  return nodes === null ? 'none will do' : formatInteger(nodes);
}

/** What a fleet costs beside the minimum. */
export function formatCapex(relative: number | null): string {
  if (relative === null) return '–';
  return relative === 0 ? 'baseline' : `+${Math.round(relative * 100)} %`;
}

/** An amount with its currency; a dash where there is no price. */
export function formatPrice(price: Price | null): string {
  if (price === null) return '–';
  const amount = price.amount >= 1000 ? formatInteger(price.amount) : price.amount.toFixed(2);
  return `${amount} ${price.currency}`;
}
