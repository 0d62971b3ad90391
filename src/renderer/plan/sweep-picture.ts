import type { Sweep, SweepPoint } from '../../core/sweep/schema';
import { shortContext } from '../../core/sweep/context-steps';

/** Devices of all points, the host last: where layers move, a device may be in use only now and then. */
export function devicesOf({ points }: Sweep): readonly string[] {
  const names = new Set(points.flatMap(({ memory }) => memory.map(({ device }) => device)));
  names.delete('host');
  return [...[...names].sort(), 'host'];
}

/** Load of a device in percent of its budget; null where either is unknown or the budget is nothing. */
export function loadOf({ memory }: SweepPoint, device: string): number | null {
  const row = memory.find((each) => each.device === device);
  if (row === undefined || row.total_bytes === null || row.budget_bytes === null || row.budget_bytes === 0)
    return null;
  return (100 * row.total_bytes) / row.budget_bytes;
}

/** A value as the axis has it. */
export function labelOf({ value }: SweepPoint, kind: Sweep['kind']): string {
  return kind === 'context' ? shortContext(Number(value)) : String(value);
}

/** Rows for a chart of loads: the value's label, and one figure a device. */
export function loadRows(sweep: Sweep): readonly Record<string, string | number | null>[] {
  const devices = devicesOf(sweep);
  return sweep.points.map((point) => ({
    label: labelOf(point, sweep.kind),
    ...Object.fromEntries(devices.map((device) => [device, loadOf(point, device)])),
  }));
}

/** Rows for a chart of decoding: forecast, its interval, and the forecast with a full context. Only what would run has a speed. */
export function speedRows(sweep: Sweep) {
  return sweep.points.map((point) => {
    const { low_tok_s: low, high_tok_s: high, forecast_tok_s: forecast } = point.decode;
    const runs = point.verdict !== 'refuse' || withinBudgets(point);
    return {
      label: labelOf(point, sweep.kind),
      interval: runs && low !== null && high !== null ? [low, high] : null,
      forecast: runs ? forecast : null,
      full: runs ? (point.decode_at_context?.forecast_tok_s ?? null) : null,
    };
  });
}

/** A plan refused for its speed would still run. */
function withinBudgets({ memory }: SweepPoint): boolean {
  return memory.every(
    ({ total_bytes: total, budget_bytes: budget }) => total === null || budget === null || total <= budget,
  );
}

/** Whether any point has a speed to draw. */
export function hasSpeeds(sweep: Sweep): boolean {
  return speedRows(sweep).some(({ forecast }) => forecast !== null);
}

/** The label that stands for a value, where it is one of those swept, else of the nearest number. */
export function markAt({ points, kind }: Sweep, value: number | string | null): string | null {
  if (value === null || points.length === 0) return null;
  const exact = points.find((point) => point.value === value);
  if (exact !== undefined) return labelOf(exact, kind);
  if (typeof value !== 'number') return null;
  const distance = (point: SweepPoint): number => Math.abs(Math.log((Number(point.value) + 1) / (value + 1)));
  return labelOf(
    points.reduce((best, point) => (distance(point) < distance(best) ? point : best)),
    kind,
  );
}
