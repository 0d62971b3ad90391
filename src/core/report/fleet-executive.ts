import { scenarioLabels, scenarioNames } from '../fleet/scenarios';
import type { Fleet, Scenario } from '../fleet/size-fleet';
import { formatCapex, formatNodes, formatPrice } from './fleet-text';
import { formatInteger } from './format';

/** A part of the report for those who decide: a heading and what stands under it. */
interface Section {
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly table?: readonly (readonly string[])[];
  readonly list?: readonly string[];
}

/** The report for those who decide, in Markdown: summary and scenarios first, then what they rest on. */
export function executiveMarkdown(fleet: Fleet): string {
  return `${[`# ${titleOf(fleet)}`, ...sectionsOf(fleet).map((section) => markdownOf(section))].join('\n\n')}\n`;
}

/** The same as a page of its own that prints on paper as it stands: no script, nothing from elsewhere. */
export function executiveHtml(fleet: Fleet): string {
  const title = escapeHtml(titleOf(fleet));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
${sectionsOf(fleet)
  .map((section) => htmlOf(section))
  .join('\n')}
</body>
</html>
`;
}

const STYLE = `
@page { size: A4; margin: 20mm; }
body { font: 11pt/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 46em; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 20pt; line-height: 1.2; }
h2 { font-size: 14pt; margin-top: 1.6em; break-after: avoid; }
table { border-collapse: collapse; width: 100%; break-inside: avoid; }
th, td { border-bottom: 1px solid #bbb; padding: 4px 8px; text-align: left; }
td + td { font-variant-numeric: tabular-nums; }
@media print { body { margin: 0; max-width: none; padding: 0; } }
`;

function titleOf({ model, server }: Fleet): string {
  return `Capacity for ${model.name} on ${server.name}`;
}

function sectionsOf(fleet: Fleet): readonly Section[] {
  return [summary(fleet), scenarios(fleet), recommendation(fleet), risks(fleet), basis(fleet)];
}

function summary({ request, model, server, scenarios: all, context }: Fleet): Section {
  const { recommended, minimum } = all;
  const nodes = recommended.results.nodes_final;
  const answer =
    nodes === null
      ? `Not one session fits a ${server.name}: no number of these servers will do.`
      : `${formatInteger(nodes)} ${plural(nodes, 'server', 'servers')} are recommended; ${formatNodes(minimum.results.nodes_final)} would do while nothing fails and nothing peaks.`;
  return {
    title: 'Summary',
    paragraphs: [
      `${formatInteger(request.concurrency)} sessions at a time, each of up to ${formatInteger(context)} tokens, are to be served by ${model.name}.`,
      answer,
    ],
  };
}

type Row = readonly [label: string, text: (scenario: Scenario) => string];

const rows: readonly Row[] = [
  ['Servers', ({ results }) => formatNodes(results.nodes_final)],
  ['Cost beside the minimum', ({ results }) => formatCapex(results.capex_relative)],
  ['Failures borne', ({ configuration }) => String(configuration.ha_extra_nodes)],
  ['Room for peaks', ({ configuration }) => `${Math.round(configuration.peak_headroom_ratio * 100)} %`],
  ['Risk of outage', ({ name }) => scenarioLabels[name].risk],
  ['Availability', ({ name }) => scenarioLabels[name].sla],
];

const costRows: readonly Row[] = [
  ['Cost', ({ results }) => formatPrice(results.cost)],
  ['Cost of a session', ({ results }) => formatPrice(results.cost_per_session)],
];

/** Scenarios side by side, one line a figure: three columns fit any paper. */
function scenarios({ scenarios: all }: Fleet): Section {
  const shown = all.minimum.results.cost === null ? rows : [...rows, ...costRows];
  const head = [''].concat(scenarioNames.map((name) => scenarioLabels[name].title));
  return {
    title: 'Scenarios',
    paragraphs: [],
    table: [head].concat(
      shown.map(([label, text]) => [label].concat(scenarioNames.map((name) => text(all[name])))),
    ),
  };
}

function recommendation({ scenarios: all, request }: Fleet): Section {
  const { recommended } = all;
  const nodes = recommended.results.nodes_final;
  if (nodes === null) {
    return {
      title: 'Recommendation',
      paragraphs: [
        'Do not buy yet: shorten the context, store caches in fewer bits, or compare a larger server.',
      ],
    };
  }
  return {
    title: 'Recommendation',
    paragraphs: [
      `Take ${formatInteger(nodes)} ${plural(nodes, 'server', 'servers')}: the load plus ${Math.round(request.peak_headroom_ratio * 100)} % for peaks, and ${failures(recommended.configuration.ha_extra_nodes)}.`,
      `Watch the sessions that are open; above ${formatInteger(Math.floor(request.concurrency * 0.8))} (80 % of the load that was planned) begin to order more.`,
    ],
  };
}

function risks({ alerts }: Fleet): Section {
  return alerts.length === 0
    ? { title: 'Risks', paragraphs: ['Nothing stands out.'] }
    : {
        title: 'Risks',
        paragraphs: [],
        list: alerts.map(({ message, remedy }) => [message, remedy ?? ''].join(' ').trim()),
      };
}

function basis(fleet: Fleet): Section {
  const {
    kv_per_session_gib: session,
    sessions_per_node: sessions,
    kv_budget_gib: budget,
  } = fleet.scenarios.recommended.results;
  return {
    title: 'What this rests on',
    paragraphs: [
      `A session keeps ${session.toFixed(2)} GiB of graphics memory while it is open. A server has ${budget.toFixed(0)} GiB for sessions after the model and a reserve, so it holds ${formatInteger(sessions)}.`,
      'Memory alone was sized: speed, network, energy and staff were not.',
    ],
  };
}

function failures(spare: number): string {
  if (spare === 0) return 'no spare one';
  return spare === 1 ? 'one spare for a failure' : `${spare} spare for failures`;
}

function plural(count: number, one: string, many: string): string {
  return count === 1 ? one : many;
}

function markdownOf({ title, paragraphs, table, list }: Section): string {
  const lines = (table ?? []).map((cells) => `| ${cells.map((cell) => escapeMarkdown(cell)).join(' | ')} |`);
  if (table !== undefined) lines.splice(1, 0, `| ${table[0]!.map(() => '---').join(' | ')} |`);
  const blocks = [
    ...paragraphs.map((text) => escapeMarkdown(text)),
    ...(lines.length > 0 ? [lines.join('\n')] : []),
    ...(list === undefined ? [] : [list.map((item) => `- ${escapeMarkdown(item)}`).join('\n')]),
  ];
  return [`## ${title}`, ...blocks].join('\n\n');
}

function htmlOf({ title, paragraphs, table, list }: Section): string {
  const [head, ...lines] = table ?? [];
  return [
    `<h2>${escapeHtml(title)}</h2>`,
    ...paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`),
    ...(head === undefined
      ? []
      : [
          `<table><thead>${htmlRow(head, 'th')}</thead><tbody>${lines.map((line) => htmlRow(line, 'td')).join('')}</tbody></table>`,
        ]),
    ...(list === undefined
      ? []
      : [`<ul>${list.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`]),
  ].join('\n');
}

function htmlRow(cells: readonly string[], tag: 'th' | 'td'): string {
  return `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"]/gu, (character) => entities[character]!);
}

function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*[\]|<>]/gu, (character) => `\\${character}`).replaceAll(/[\r\n]+/gu, ' ');
}
