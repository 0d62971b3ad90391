import type { Finding } from '../finding';
import { formatBytes, formatPercent } from '../report/format';
import { MIB } from '../units';
import { movedStarts, type BandwidthReading } from './readings';
import type { Disturbance, Envelope, MemoryResidual, MeasuredSpeed } from './schema';

/** What is known of a run beside its figures. */
export interface RunFacts {
  readonly speeds: readonly MeasuredSpeed[];
  /** The same of each start of the runtime: starts differ from each other more than repetitions within one. */
  readonly starts: readonly (readonly MeasuredSpeed[])[];
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

/** Why a run must not be learnt from; none where it was left in peace. */
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
  const spread = widestSpread(run.starts.length < 2 ? run.speeds : run.starts.flat());
  if (spread !== null && spread > UNSTEADY) {
    const message = `Repetitions of the same decode differ by ${formatPercent(spread)}.`;
    found.push({ code: 'unsteady', message });
  }
  const moved = [...movedStarts(run.readings).values()];
  if (moved.length > 0 && moved.length === new Set(run.readings.map(({ start }) => start)).size) {
    const message = `Memory moved by ${formatPercent(Math.min(...moved))} from before the run to after it.`;
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

/** A card may hold this much more or less than the log says: contexts, kernels, a desktop that redraws. */
const SPILL_BYTES = 512 * MIB;

/** What the run showed of hardware that gives less than it could. */
export function hardwareFindings(run: RunFacts, memory: readonly MemoryResidual[]): readonly Finding[] {
  const found: Finding[] = [];
  for (const [position, gpu] of (run.envelope?.gpus ?? []).entries()) {
    const path = `/envelope/gpus/${position}`;
    const { link_width: width, link_width_max: widthMax, device } = gpu;
    if (width !== null && widthMax !== null && width < widthMax) {
      found.push(
        warning(
          'pcie-narrow',
          `${path}/link_width`,
          `${device} ran on ${width} of ${widthMax} PCIe lanes under load.`,
          'Move it to a full-length slot, or check its seat and riser cable.',
        ),
      );
    }
    const { link_generation: generation, link_generation_max: generationMax } = gpu;
    if (generation !== null && generationMax !== null && generation < generationMax) {
      found.push(
        warning(
          'pcie-slow',
          `${path}/link_generation`,
          `${device} ran at PCIe generation ${generation} under load, though ${generationMax} would be possible.`,
          'Look in the firmware setup for the speed of its slot, and for a riser cable.',
        ),
      );
    }
    if (gpu.throttle.includes('power-cap')) {
      found.push({
        severity: 'info',
        code: 'power-cap',
        path: `${path}/throttle`,
        message: `${device} ran at its power limit${gpu.power_limit_w === null ? '' : ` of ${gpu.power_limit_w} W`}.`,
        remedy: 'This is normal in long prompts; a higher limit would be faster and hotter.',
      });
    }
    const spilled = spilledBytes(gpu, memory);
    if (spilled !== null && spilled > SPILL_BYTES) {
      found.push(
        warning(
          'spilled',
          `${path}/peak_memory_bytes`,
          `${formatBytes(spilled)} of what was allocated on ${device} did not lie in its memory: the driver put it into the host's.`,
          'Put fewer layers on the GPU, or switch off the driver’s fallback to system memory.',
        ),
      );
    }
  }
  if (run.powerSource === 'battery') {
    found.push(
      warning(
        'on-battery',
        '/conditions/power_source',
        'The machine ran on its battery.',
        'Run it on mains: most machines hold their clocks down on battery.',
      ),
    );
  }
  return found;
}

function spilledBytes(
  { device, idle_memory_bytes: idle, peak_memory_bytes: peak }: Envelope['gpus'][number],
  memory: readonly MemoryResidual[],
): number | null {
  if (idle === null || peak === null) return null;
  const own = memory.filter((row) => row.device === device && row.component !== 'overhead');
  const logged = own.reduce((sum, row) => sum + (row.measured_bytes ?? 0), 0);
  return logged === 0 ? null : logged - (peak - idle);
}

function warning(code: string, path: string, message: string, remedy: string): Finding {
  return { severity: 'warning', code, path, message, remedy };
}
