import { formatPercent } from '../report/format';
import { movedStarts, type BandwidthReading } from './readings';
import type { Disturbance, Envelope, MeasuredSpeed, StartFault } from './schema';

/** What one start of the runtime measured. */
export interface MeasuredStart {
  /** Which of the readings are its own, from 0. */
  readonly start: number;
  /** Why it does not count where another one does; null where it counts. */
  readonly fault: StartFault | null;
  readonly speeds: readonly MeasuredSpeed[];
}

/** What is known of a run beside its figures. */
export interface RunFacts {
  readonly speeds: readonly MeasuredSpeed[];
  /** Starts differ from each other more than repetitions within one. */
  readonly starts: readonly MeasuredStart[];
  /** Bandwidths that were read before, within and after each start. */
  readonly readings: readonly BandwidthReading[];
  readonly envelope: Envelope | null;
  readonly stoppedBy: Disturbance | null;
  /** Other processes that used a GPU while it ran. */
  readonly otherGpuProcesses: readonly string[];
  readonly powerSource: string | null;
}

/**
 * Others may take this much of the machine: the watchdog itself, a desktop and its browser idling take 1 to 5 %, and decode
 * is bound by memory, which they hardly use.
 */
const OTHERS_SHARE = 0.15;
/** Repetitions of decode on a quiet machine lie within 5 % of each other; beyond 25 % something came between. */
const UNSTEADY = 0.25;

/** Why one start says little of the machine; null where it was left in peace. */
export function faultOf({
  speeds,
  readings,
  envelope,
}: Pick<RunFacts, 'speeds' | 'readings' | 'envelope'>): StartFault | null {
  if ((envelope?.other_cpu_share ?? 0) > OTHERS_SHARE) return 'busy';
  if (movedStarts(readings).size > 0) return 'moved';
  return (widestSpread(speeds) ?? 0) > UNSTEADY ? 'unsteady' : null;
}

/** The starts that count: those without a fault, or all of them where each has one. */
export function countedStarts<Start extends { readonly fault: StartFault | null }>(
  starts: readonly Start[],
): readonly Start[] {
  const counted = starts.filter(({ fault }) => fault === null);
  return counted.length > 0 ? counted : starts;
}

/** Why a run must not be learnt from; none where it was left in peace. `envelope` is of the starts that count. */
export function disturbancesOf(run: RunFacts): readonly Disturbance[] {
  const found: Disturbance[] = run.stoppedBy === null ? [] : [run.stoppedBy];
  const others = run.envelope?.other_cpu_share ?? null;
  if (others !== null && others > OTHERS_SHARE) {
    const message = `Other programs took ${formatPercent(others)} of the processor meanwhile.`;
    found.push({ code: 'busy-host', message });
  }
  if (run.otherGpuProcesses.length > 0) {
    const names = run.otherGpuProcesses.slice(0, 3).join(', ');
    found.push({ code: 'busy-gpu', message: `Other programs used the GPU meanwhile: ${names}.` });
  }
  const counted = countedStarts(run.starts).flatMap(({ speeds }) => speeds);
  const spread = widestSpread(run.starts.length < 2 ? run.speeds : counted);
  if (spread !== null && spread > UNSTEADY) {
    const message = `Repetitions of the same decode differ by ${formatPercent(spread)}.`;
    found.push({ code: 'unsteady', message });
  }
  const moved = [...movedStarts(run.readings).values()];
  if (moved.length > 0 && moved.length === new Set(run.readings.map(({ start }) => start)).size) {
    const message = `Memory moved by ${formatPercent(Math.min(...moved))} during the run.`;
    found.push({ code: 'bandwidth-moved', message });
  }
  for (const gpu of run.envelope?.gpus ?? []) {
    const hot = gpu.throttle.filter((reason) => reason !== 'power-cap');
    if (hot.length === 0) continue;
    found.push({ code: 'throttled', message: `${gpu.device} was slowed down: ${hot.join(', ')}.` });
  }
  return found;
}

/** (max − min) / median of the least steady decode that was repeated; null where none was. */
function widestSpread(speeds: readonly MeasuredSpeed[]): number | null {
  const spreads = speeds
    .filter(({ phase, tok_s }) => phase === 'decode' && tok_s.n >= 2)
    .map(({ tok_s }) => (tok_s.max - tok_s.min) / tok_s.median);
  return spreads.length === 0 ? null : Math.max(...spreads);
}
