import { spreadOf } from '../figure';
import type { MemoryRow, Plan } from '../plan/schema';
import type { LoggedDevice } from './server-log';
import { memoryComponents, type MemoryComponent, type MemoryResidual, type MeasuredSpeed } from './schema';

/** 100 · (measured − predicted) / predicted; null where either is unknown or nothing was predicted. */
export function errorPercent(measured: number | null, predicted: number | null): number | null {
  if (measured === null || predicted === null || predicted === 0) return null;
  return (100 * (measured - predicted)) / predicted;
}

const planField = {
  model: 'model_bytes',
  context: 'context_bytes',
  compute: 'compute_bytes',
  output: 'output_bytes',
  overhead: 'overhead_bytes',
} as const satisfies Record<MemoryComponent, keyof MemoryRow>;

/**
 * The plan's memory beside the log's, device by device and component by component. A device that only one of the two
 * knows keeps its place, with null on the other side; overhead is never logged. Empty without a log, and weights are unknown where
 * no device has a line of them: the embedded runtime loses lines of loading on a busy machine.
 */
export function compareMemory(
  plan: readonly MemoryRow[],
  logged: readonly LoggedDevice[],
): readonly MemoryResidual[] {
  if (logged.length === 0) return [];
  const devices = [...new Set([...plan.map(({ device }) => device), ...logged.map(({ device }) => device)])];
  const told = logged.some(({ bytes }) => bytes.has('model'));
  return devices.flatMap((device) => {
    const row = plan.find((each) => each.device === device) ?? null;
    const bytes = logged.find((each) => each.device === device)?.bytes ?? null;
    return memoryComponents.map((component) =>
      residual(device, component, row, component === 'model' && !told ? null : bytes),
    );
  });
}

function residual(
  device: string,
  component: MemoryComponent,
  row: MemoryRow | null,
  bytes: LoggedDevice['bytes'] | null,
): MemoryResidual {
  // A component without a line took nothing, where the device has lines at all.
  const measured = component === 'overhead' || bytes === null ? null : (bytes.get(component) ?? 0);
  const predicted = row === null ? null : row[planField[component]];
  return {
    device,
    component,
    measured_bytes: measured,
    predicted_bytes: predicted,
    error_pct: errorPercent(measured, predicted),
  };
}

/** The seed's figures of speed: what was measured at the least depth beside what the plan said of it. */
export interface SpeedComparison {
  readonly measured_decode_tok_s: number | null;
  readonly measured_prefill_tok_s: number | null;
  readonly predicted_decode_tok_s: number | null;
  readonly ceiling_decode_tok_s: number | null;
  readonly decode_error_pct: number | null;
  /** 100 · measured / ceiling. */
  readonly realized_efficiency_pct: number | null;
  readonly within_band: boolean | null;
  readonly cleared_floor: boolean | null;
}

/** Compares decode near depth 0, which is what a plan forecasts. Without a plan only what was measured is known. */
export function compareSpeed(plan: Plan | null, speeds: readonly MeasuredSpeed[]): SpeedComparison {
  const decode = shallowest(speeds, 'decode');
  const forecast = plan?.decode ?? null;
  const predicted = forecast?.forecast_tok_s ?? null;
  const ceiling = forecast?.ceiling_tok_s ?? null;
  return {
    measured_decode_tok_s: decode,
    measured_prefill_tok_s: shallowest(speeds, 'prefill'),
    predicted_decode_tok_s: predicted,
    ceiling_decode_tok_s: ceiling,
    decode_error_pct: errorPercent(decode, predicted),
    realized_efficiency_pct: efficiencyPercent(decode, ceiling),
    within_band: isWithin(decode, forecast?.low_tok_s ?? null, forecast?.high_tok_s ?? null),
    cleared_floor:
      plan === null || decode === null ? null : decode >= (plan.request.floor_tok_s ?? DEFAULT_FLOOR),
  };
}

/** 100 · measured / ceiling; null where either is unknown. */
export function efficiencyPercent(measured: number | null, ceiling: number | null): number | null {
  const error = errorPercent(measured, ceiling);
  return error === null ? null : 100 + error;
}

/** The floor of a request that names none (`core/plan/verdict.ts`). */
const DEFAULT_FLOOR = 1;

function isWithin(value: number | null, low: number | null, high: number | null): boolean | null {
  return value === null || low === null || high === null ? null : value >= low && value <= high;
}

function shallowest(speeds: readonly MeasuredSpeed[], phase: MeasuredSpeed['phase']): number | null {
  const own = speeds.filter((speed) => speed.phase === phase);
  if (own.length === 0) return null;
  return own.reduce((best, speed) => (speed.depth < best.depth ? speed : best)).tok_s.median;
}

/** Receipts side by side: how far their forecasts were off. Disturbed ones are listed, and left out of the summary. */
export interface ReceiptSummary {
  readonly count: number;
  readonly disturbed: number;
  /** Of those that count and have a forecast. */
  readonly compared: number;
  readonly median_abs_error_pct: number | null;
  readonly worst_abs_error_pct: number | null;
  /** Share of them inside their band, 0 to 1. */
  readonly coverage: number | null;
  /** Median absolute error of memory by component, in %. */
  readonly memory: readonly {
    readonly component: MemoryComponent;
    readonly compared: number;
    readonly median_abs_error_pct: number | null;
  }[];
}

interface Summarised {
  readonly disturbed: boolean;
  readonly decode_error_pct: number | null;
  readonly within_band: boolean | null;
  readonly memory: readonly MemoryResidual[];
}

/** How often and how well the forecasts of these receipts held. */
export function summarise(receipts: readonly Summarised[]): ReceiptSummary {
  const counted = receipts.filter(({ disturbed }) => !disturbed);
  const errors = counted.flatMap(({ decode_error_pct: error }) => (error === null ? [] : [Math.abs(error)]));
  const banded = counted.filter(({ within_band }) => within_band !== null);
  const inside = banded.filter(({ within_band }) => within_band === true);
  return {
    count: receipts.length,
    disturbed: receipts.length - counted.length,
    compared: errors.length,
    median_abs_error_pct: spreadOf(errors)?.median ?? null,
    worst_abs_error_pct: errors.length === 0 ? null : Math.max(...errors),
    coverage: banded.length === 0 ? null : inside.length / banded.length,
    memory: memoryComponents.map((component) => {
      const own = counted.flatMap(({ memory }) =>
        memory.flatMap((row) =>
          row.component === component && row.error_pct !== null ? [Math.abs(row.error_pct)] : [],
        ),
      );
      return { component, compared: own.length, median_abs_error_pct: spreadOf(own)?.median ?? null };
    }),
  };
}
