import { assertNever } from '../assert-never';
import { formatBytes, formatPercent } from '../report/format';
import { MIB, type Bytes } from '../units';
import type { GpuSample } from './gpu-samples';
import type { Disturbance, Envelope } from './schema';

/** Where a run is ended. Null: no limit of the kind. */
export interface WatchLimits {
  /** Share of the host's memory in use, 0 to 1. */
  readonly hostShare: number | null;
  readonly leastAvailableBytes: Bytes | null;
  readonly temperatureC: number | null;
}

/**
 * 97 % of the host is where the kernel has begun to evict the program's own pages; 384 MiB is what a desktop needs to
 * stay usable while it is told; 95 °C is above every throttle point of current cards, so only a failing one gets there.
 */
export const DEFAULT_LIMITS: WatchLimits = {
  hostShare: 0.97,
  leastAvailableBytes: 384 * MIB,
  temperatureC: 95,
};

/** One look at the machine while a model runs. Null: not to be read here. */
export interface WatchSample {
  readonly availableBytes: Bytes | null;
  /** What the host may use in all: its memory, or a tighter limit. */
  readonly totalBytes: Bytes | null;
  readonly rssBytes: Bytes | null;
  /** Seconds of processor time since the start: of the watched processes, and of the whole machine. */
  readonly ownCpuSeconds: number | null;
  readonly busyCpuSeconds: number | null;
  /** The last that was heard of every card. */
  readonly gpus: readonly GpuSample[];
}

type Limit = 'host-memory' | 'available-memory' | 'temperature';

/** The limit that a sample oversteps, in words; null where it is within all of them. */
export function judgeSample(sample: WatchSample, limits: WatchLimits): Disturbance | null {
  const { availableBytes: available, totalBytes: total } = sample;
  const share = shareOf(sample);
  if (limits.hostShare !== null && share !== null && share > limits.hostShare) {
    return stopped('host-memory', `${formatPercent(share)} of ${formatBytes(total)} host memory were in use`);
  }
  if (limits.leastAvailableBytes !== null && available !== null && available < limits.leastAvailableBytes) {
    return stopped('available-memory', `only ${formatBytes(available)} of host memory were left`);
  }
  const hottest = sample.gpus.reduce((peak, gpu) => Math.max(peak, gpu.temperatureC ?? 0), 0);
  if (limits.temperatureC !== null && hottest > limits.temperatureC) {
    return stopped('temperature', `a GPU had ${hottest} °C`);
  }
  return null;
}

function stopped(code: Limit, what: string): Disturbance {
  return { code, message: `The watchdog ended the run: ${what} (${limitName(code)}).` };
}

function limitName(code: Limit): string {
  switch (code) {
    case 'host-memory':
      return 'limit on the share of host memory';
    case 'available-memory':
      return 'limit on the memory that must stay free';
    case 'temperature':
      return 'limit on temperature';
    default:
      return assertNever(code);
  }
}

function shareOf({ availableBytes, totalBytes }: WatchSample): number | null {
  if (availableBytes === null || totalBytes === null || totalBytes === 0) return null;
  return Math.max(0, 1 - availableBytes / totalBytes);
}

/** Folds samples into the envelope as they come, so that a long run takes no more memory than a short one. */
export class EnvelopeFold {
  #samples = 0;
  #peakRss: number | null = null;
  #peakUsed: number | null = null;
  #peakShare: number | null = null;
  #least: number | null = null;
  #first: WatchSample | null = null;
  #last: WatchSample | null = null;
  readonly #gpus = new Map<number, Envelope['gpus'][number]>();

  add(sample: WatchSample): void {
    this.#samples += 1;
    this.#first ??= sample;
    this.#last = sample;
    const { availableBytes: available, totalBytes: total } = sample;
    this.#peakRss = most(this.#peakRss, sample.rssBytes);
    this.#least = least(this.#least, available);
    this.#peakShare = most(this.#peakShare, shareOf(sample));
    this.#peakUsed = most(this.#peakUsed, available === null || total === null ? null : total - available);
    for (const gpu of sample.gpus) this.#gpus.set(gpu.index, foldGpu(this.#gpus.get(gpu.index), gpu));
  }

  /** `seconds` that were watched, `cores` of the machine. */
  envelope(seconds: number, cores: number): Envelope {
    return {
      samples: this.#samples,
      seconds,
      peak_rss_bytes: this.#peakRss,
      peak_host_used_bytes: this.#peakUsed,
      peak_host_share: this.#peakShare,
      least_available_bytes: this.#least,
      gpus: [...this.#gpus.values()],
      other_cpu_share: this.#otherCpu(seconds, cores),
    };
  }

  /** Processor time between the first and the last sample that was not the run's own. */
  #otherCpu(seconds: number, cores: number): number | null {
    const [first, last] = [this.#first, this.#last];
    if (first === null || last === null || seconds < SHORTEST_S || this.#samples < 2) return null;
    const busy = difference(first.busyCpuSeconds, last.busyCpuSeconds);
    const own = difference(first.ownCpuSeconds, last.ownCpuSeconds);
    if (busy === null || own === null) return null;
    return Math.min(1, Math.max(0, busy - own) / (seconds * cores));
  }
}

/** In less the clock's own ticks and the loading of libraries would decide. */
const SHORTEST_S = 2;

function foldGpu(before: Envelope['gpus'][number] | undefined, gpu: GpuSample): Envelope['gpus'][number] {
  return {
    device: `gpu${gpu.index}`,
    peak_memory_bytes: most(before?.peak_memory_bytes ?? null, gpu.usedBytes),
    idle_memory_bytes: before === undefined ? gpu.usedBytes : before.idle_memory_bytes,
    peak_temperature_c: most(before?.peak_temperature_c ?? null, gpu.temperatureC),
    peak_power_w: most(before?.peak_power_w ?? null, gpu.powerW),
    power_limit_w: gpu.powerLimitW ?? before?.power_limit_w ?? null,
    link_width: most(before?.link_width ?? null, gpu.linkWidth),
    link_width_max: gpu.linkWidthMax ?? before?.link_width_max ?? null,
    link_generation: most(before?.link_generation ?? null, gpu.linkGeneration),
    link_generation_max: gpu.linkGenerationMax ?? before?.link_generation_max ?? null,
    throttle: [...new Set([...(before?.throttle ?? []), ...gpu.throttle])],
  };
}

function most(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right;
  return Math.max(left, right);
}

function least(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right;
  return Math.min(left, right);
}

function difference(before: number | null, after: number | null): number | null {
  return before === null || after === null ? null : after - before;
}
