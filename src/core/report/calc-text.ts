import { assertNever } from '../assert-never';
import type { Calculation } from '../calc/calculate';
import type { ExactAnswer } from '../calc/exact';
import { GB, GIB } from '../units';
import { formatBytes, formatInteger } from './format';
import { DEFAULT_LAYOUT, type Layout, section } from './layout';
import { renderTable, wrapText } from './table';

/** One figure by the rule of thumb and by the planner; null where the latter has none. */
export interface ComparedFigure {
  readonly name: string;
  readonly rule: string;
  readonly exact: string | null;
}

/** What stands behind the two columns, for a reader who wonders why they differ. */
export const calculationNote =
  'The rule of thumb counts weights at their nominal bits, takes every layer for alike and adds fixed shares; the exact figures are the planner’s, byte by byte, for the model’s own tensors.';

/** A calculation for people: each figure by the rule of thumb and, where a model was given, by the planner. */
export function calculationText(calculation: Calculation, layout: Layout = DEFAULT_LAYOUT): string {
  const figures = comparedFigures(calculation);
  const compared = calculation.exact !== null;
  const columns = [
    { title: '', align: 'left' },
    { title: 'rule of thumb', align: 'right' },
    ...(compared ? [{ title: 'exact', align: 'right' } as const] : []),
  ] as const;
  const rows = figures.map(({ name, rule, exact }) => (compared ? [name, rule, exact ?? '-'] : [name, rule]));
  const notes = notesOf(calculation).map((note) => wrapText(note, layout.width).join('\n'));
  return `${[titleOf(calculation), ...section('Figures', renderTable(columns, rows)).slice(1), ...spaced(notes)].join('\n')}\n`;
}

/** The figures of a calculation side by side. */
export function comparedFigures(calculation: Calculation): readonly ComparedFigure[] {
  const { calculator } = calculation;
  switch (calculator) {
    case 'vram': {
      const { rule_of_thumb: rule, exact } = calculation;
      return [
        figure('Answer', rule.status === 'RUNS' ? 'runs' : 'does not run', exact?.verdict),
        figure('Weights', gigabytes(rule.breakdown.params_memory_gb), bytesOf(exact, 'model_bytes')),
        figure('Overhead, buffers', gigabytes(rule.breakdown.overhead_gb), bytesOf(exact, 'compute_bytes')),
        figure('KV cache', gibibytes(rule.breakdown.kv_cache_gb), bytesOf(exact, 'context_bytes')),
        figure('Needed on the GPU', gigabytes(rule.required_vram_gb), bytesOf(exact, 'gpu_bytes')),
        figure('Free', `${rule.vram_free_percent.toFixed(1)} %`, freeOf(exact)),
      ];
    }
    case 'layers':
      return layerFigures(calculation.rule_of_thumb, calculation.exact);
    case 'cpu-offload': {
      const { rule_of_thumb: rule, exact } = calculation;
      return [
        ...layerFigures(rule.offload_config, exact),
        figure('Host memory needed', gigabytes(rule.system_ram_required), bytesOf(exact, 'host_bytes')),
        figure('Fits in host memory', rule.fits_in_ram ? 'yes' : 'no', fitsHost(exact)),
        figure(`PCIe ${rule.pcie_generation}, effective`, `${rule.pcie_effective_gb_s} GB/s`, null),
        figure('Speed', `${rule.estimated_token_speed.toFixed(2)} tok/s`, null),
        figure('Beside all on the GPU', `${(100 * rule.speed_vs_full_gpu).toFixed(1)} %`, null),
      ];
    }
    case 'budget': {
      const { rule_of_thumb: rule, exact } = calculation;
      return [
        figure('Memory given', formatBytes(rule.total_system_bytes), null),
        figure(
          'Weights',
          formatBytes(rule.model_weight_bytes),
          exact && formatBytes(exact.model_weight_bytes),
        ),
        figure('Runtime', formatBytes(rule.runtime_overhead), null),
        figure('Left for the KV cache', formatBytes(rule.kv_cache_budget), null),
        figure(
          'Longest context',
          formatInteger(rule.max_context_length),
          exact && (exact.max_context_length === null ? 'none' : formatInteger(exact.max_context_length)),
        ),
      ];
    }
    default:
      return assertNever(calculator);
  }
}

/** What a calculation warns of or rests on, as sentences. */
export function notesOf(calculation: Calculation): readonly string[] {
  const { calculator, exact } = calculation;
  const warning = calculator === 'vram' ? calculation.rule_of_thumb.warning : null;
  return [
    ...(warning === null ? [] : [`${warning}.`]),
    ...(exact === null ? [] : [calculationNote]),
    ...(calculator === 'cpu-offload' && exact !== null
      ? [
          'How fast it really is rests on measured bandwidths: `plimsoll plan` forecasts it for a measured machine.',
        ]
      : []),
    ...(calculator === 'budget' && exact !== null
      ? [
          `The exact context is at most what the model was trained for, ${formatInteger(calculation.exact?.context_trained ?? null)}.`,
        ]
      : []),
  ];
}

type Layers = Extract<Calculation, { calculator: 'layers' }>['rule_of_thumb'];

function layerFigures(rule: Layers, exact: ExactAnswer | null): readonly ComparedFigure[] {
  const layers = exact === null ? null : `${exact.layers_on_gpu} of ${exact.total_layers ?? 'unknown'}`;
  return [
    figure('Status', rule.status.replace('_', ' '), statusOf(exact)),
    figure('Layers on the GPU', `${rule.layers_on_gpu} of ${rule.total_layers}`, layers),
    figure('GPU memory', gigabytes(rule.gpu_vram_used), bytesOf(exact, 'gpu_bytes')),
    figure('Host memory, layers', gigabytes(rule.cpu_ram_used), bytesOf(exact, 'host_bytes')),
    figure('Slower by', `${rule.performance_impact.toFixed(1)} %`, null),
    figure('-ngl', rule.recommended_gpu_split, exact === null ? null : String(exact.layers_on_gpu)),
  ];
}

function figure(name: string, rule: string, exact: string | null | undefined): ComparedFigure {
  return { name, rule, exact: exact ?? null };
}

function bytesOf(
  exact: ExactAnswer | null,
  field: 'model_bytes' | 'context_bytes' | 'compute_bytes' | 'gpu_bytes' | 'host_bytes',
): string | null {
  return exact === null ? null : formatBytes(exact[field]);
}

function freeOf(exact: ExactAnswer | null): string | null {
  if (exact === null || exact.gpu_bytes === null || !exact.gpu_budget_bytes) return null;
  const share = 1 - exact.gpu_bytes / exact.gpu_budget_bytes;
  return `${(100 * Math.max(0, share)).toFixed(1)} %`;
}

function statusOf(exact: ExactAnswer | null): string | null {
  if (exact === null) return null;
  if (exact.verdict !== 'ship') return exact.verdict;
  if (exact.layers_on_gpu === 0) return 'cpu only';
  return exact.layers_on_gpu === exact.total_layers ? 'full gpu' : 'partial offload';
}

function fitsHost(exact: ExactAnswer | null): string | null {
  if (exact === null || exact.host_bytes === null || exact.host_budget_bytes === null) return null;
  return exact.host_bytes <= exact.host_budget_bytes ? 'yes' : 'no';
}

function titleOf({ inputs, calculator }: Calculation): string {
  return calculator === 'budget'
    ? 'Memory budget'
    : `${inputs.model} (${Number(inputs.params_billion.toPrecision(3))}B, ${inputs.quantization}) on ${inputs.gpu} (${inputs.gpu_vram_gb} GB), ${formatInteger(inputs.context_tokens)} tokens`;
}

/** The rule of thumb's GB, 10^9 bytes as it counts weights, in the unit of all the others. */
function gigabytes(value: number): string {
  return formatBytes(Math.round(value * GB));
}

function gibibytes(value: number): string {
  return formatBytes(Math.round(value * GIB));
}

function spaced(lines: readonly string[]): string[] {
  return lines.flatMap((line) => ['', line]);
}
