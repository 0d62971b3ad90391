import type { ExactAnswer, Recommendation, VllmPlan } from '../vllm/schema';
import type { Interval } from '../vllm/interval';
import { serveCommand } from '../vllm/artifacts/serve-arguments';
import type { Serving } from '../vllm/artifacts/serving';
import type { Shell } from '../plan/quote';
import {
  formatBytes,
  formatInteger,
  formatParameters,
  formatPercent,
  formatRate,
  formatTokenRate,
} from './format';
import { bullets, DEFAULT_LAYOUT, findingLines, section, type Layout } from './layout';
import { verdictWord } from './plan-parts';
import { renderTable, wrapText, type Column } from './table';

/** A deployment for people: the verdict first, then memory by card, what it holds, how fast, and what to set. */
export function vllmText(
  plan: VllmPlan,
  serving: Serving,
  shell: Shell,
  layout: Layout = DEFAULT_LAYOUT,
): string {
  const lines = [
    `${verdictWord(plan.verdict)}  ${vllmTitle(plan)}`,
    ...section(
      'Why',
      bullets(
        plan.reasons.map(({ message }) => message),
        layout,
      ),
    ),
    ...section(
      'Memory of a card, by what vLLM accounts for',
      plan.exact === null ? [] : memoryLines(plan.exact),
    ),
    ...section('What it holds', plan.exact === null ? [] : holdingLines(plan, plan.exact)),
    ...section('Rule of thumb', ruleLines(plan)),
    ...section('Speed', speedLines(plan)),
    ...section('What to set', recommendationLines(plan.recommendations, layout)),
    ...section('Command', [serveCommand(plan, serving, shell)]),
    ...section('Worth knowing', findingLines(plan.findings, layout)),
  ];
  return `${lines.join('\n')}\n`;
}

/** What is deployed where, in a line. */
export function vllmTitle({ model, settings, cards }: VllmPlan): string {
  const { tensor, pipeline, data } = settings.parallel;
  const used = tensor * pipeline * data;
  const names = [...new Set(cards.slice(0, used).map(({ name }) => name))].join(' and ');
  const where = names === '' ? 'no card' : `${used} × ${names}`;
  const weights = settings.quantisation === 'none' ? '' : `, ${settings.quantisation}`;
  return `${model.name} (${formatParameters(model.parameters)}${weights}) on ${where}, ${formatInteger(settings.context)} tokens`;
}

/** `low to high`, or one figure where both read alike. */
export function formatInterval(interval: Interval, format: (value: number) => string): string {
  const low = format(interval.low);
  const high = format(interval.high);
  return low === high ? low : `${low} to ${high}`;
}

const left = (title: string): Column => ({ title, align: 'left' });
const right = (title: string): Column => ({ title, align: 'right' });

/** Parts of a card's memory in the order they are taken. */
function memoryLines({ ranks }: ExactAnswer): string[] {
  const shown = distinctRanks(ranks);
  const row = (title: string, cell: (rank: ExactAnswer['ranks'][number]) => string) => [
    title,
    ...shown.map(cell),
  ];
  return renderTable(
    [left(''), ...shown.map(({ device }) => right(device))],
    [
      row('Total', (rank) => formatBytes(rank.total_bytes)),
      row('May be taken', (rank) => formatBytes(rank.budget_bytes)),
      row('Weights', (rank) => formatBytes(rank.weights_bytes)),
      row('Trial run', (rank) => formatInterval(rank.activation_bytes, formatBytes)),
      row('Outside PyTorch', (rank) => formatInterval(rank.non_torch_bytes, formatBytes)),
      row('CUDA graphs', (rank) => formatInterval(rank.graph_bytes, formatBytes)),
      row('Left for the cache', (rank) => formatInterval(rank.cache_bytes, formatBytes)),
      row('Asked of it', (rank) => formatBytes(rank.asked_bytes)),
    ],
  );
}

/** Cards with the same figures are shown once. */
export function distinctRanks(ranks: ExactAnswer['ranks']): ExactAnswer['ranks'] {
  const seen = new Set<string>();
  return ranks.filter(({ stage, total_bytes: total, weights_bytes: weights }) => {
    const key = `${stage} ${total} ${weights}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function holdingLines(plan: VllmPlan, exact: ExactAnswer): string[] {
  const { settings, request } = plan;
  const requests =
    request.concurrency === 1 ? 'one request' : `${formatInteger(request.concurrency)} requests`;
  return renderTable(
    [left(''), right('')],
    [
      ['Cache of one request', formatBytes(exact.request_bytes)],
      ['Blocks', `${formatInterval(exact.blocks, formatInteger)} of ${exact.block_tokens} tokens`],
      ['KV cache size', `${formatInterval(exact.cache_tokens, formatInteger)} tokens`],
      [
        `Requests at ${formatInteger(settings.context)} tokens`,
        formatInterval(exact.concurrency, (value) => formatRate(value)),
      ],
      [`Longest context for ${requests}`, formatInterval(exact.context, formatInteger)],
      ['Risk of running out', exact.oom_risk],
    ],
  );
}

function ruleLines({ rule_of_thumb: rule }: VllmPlan): string[] {
  if (rule === null) return ['Not known for this model or these cards.'];
  return [...renderTable([left(''), right('')], ruleRows(rule)), ...rule.warnings];
}

/** The figures of the rule of thumb, each with its name. */
export function ruleRows(
  rule: NonNullable<VllmPlan['rule_of_thumb']>,
): readonly (readonly [string, string])[] {
  return [
    ['Weights', formatBytes(rule.weights_bytes)],
    [
      'KV cache',
      `${formatBytes(rule.kv_cache_bytes)} (${formatPercent(rule.kv_share)} of what may be taken)`,
    ],
    ['Overhead', formatBytes(rule.overhead_bytes)],
    ['Needed', `${formatBytes(rule.required_bytes)} of ${formatBytes(rule.allocatable_bytes)}`],
    ['Headroom', formatBytes(rule.headroom_bytes)],
    ['Fits', rule.fits ? 'yes' : 'no'],
    ['Risk of running out', rule.oom_risk],
    ['Requests at this context', formatInteger(rule.max_concurrency)],
    ['Longest context', formatInteger(rule.max_context)],
  ];
}

/** Speed in sentences, and what is not known of it. */
export function speedLines({ speed }: VllmPlan): string[] {
  const lines = [
    ...(speed.decode_tok_s === null
      ? []
      : [`Each of ${formatInteger(speed.batch)}: ${formatInterval(speed.decode_tok_s, formatTokenRate)}`]),
    ...(speed.throughput_tok_s === null
      ? []
      : [`Together: ${formatInterval(speed.throughput_tok_s, formatTokenRate)}`]),
    ...(speed.first_token_s === null
      ? []
      : [`First token of a lone prompt: ${formatInterval(speed.first_token_s, formatSeconds)}`]),
    ...(speed.request_s === null
      ? []
      : [`A whole request: ${formatInterval(speed.request_s, formatSeconds)}`]),
  ];
  return speed.missing.length === 0 ? lines : [...lines, `Not known: ${speed.missing.join(', ')}.`];
}

/** Seconds as people wait for them. */
function formatSeconds(value: number): string {
  return `${value.toFixed(value >= 10 ? 0 : 2)} s`;
}

function recommendationLines(list: readonly Recommendation[], { width }: Layout): string[] {
  return list.flatMap(({ option, value, reason }) =>
    wrapText(`${option} ${value}: ${reason}`, width - 2, '  ', '- '),
  );
}
