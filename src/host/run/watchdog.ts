import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { availableUnder } from '../../core/reading/memory-cgroup';
import { parseGpuSample, samplingArguments, type GpuSample } from '../../core/receipt/gpu-samples';
import type { Disturbance, Envelope } from '../../core/receipt/schema';
import { EnvelopeFold, judgeSample, type WatchLimits, type WatchSample } from '../../core/receipt/watch';
import { gatherLinuxMemory } from '../probe/memory-facts';
import { KeptProcess } from './kept-process';
import { readBusySeconds, readEndedChildrenSeconds, readProcess } from './process-reading';

/** Often enough to see memory fill (a fast disk fills 3 GB of it meanwhile), rare enough to cost nothing. */
const INTERVAL_MS = 1000;
/** While memory is short, loading must be stopped before the kernel has to. */
const ALERT_INTERVAL_MS = 200;
/** Below this share of free memory it is short. */
const ALERT_SHARE = 0.12;

export interface WatchOptions {
  readonly limits: WatchLimits;
  /** Path of nvidia-smi; null where there is none. */
  readonly nvidiaSmi: string | null;
  /** Called once, when a sample oversteps a limit. */
  readonly onLimit: (limit: Disturbance) => void;
}

/** Watches the machine and one process from its making until `stop`. */
export class Watchdog {
  readonly #options: WatchOptions;
  readonly #fold = new EnvelopeFold();
  readonly #startedAt = performance.now();
  readonly #gpus = new Map<number, GpuSample>();
  readonly #sampler: KeptProcess | null;
  #pid: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #sampling: Promise<void> = Promise.resolve();
  #overstepped = false;
  #stopped = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#sampler = options.nvidiaSmi === null ? null : this.#sampleGpus(options.nvidiaSmi);
    this.#sample();
  }

  /** The process whose memory and processor time are the run's own; one after the other where there are several. */
  watch(pid: number | null): void {
    this.#pid = pid;
  }

  /** Looks at once: the peaks of a process that is about to end are in its last moment. */
  async look(): Promise<void> {
    await this.#look();
  }

  /** Takes a last look and answers the envelope. */
  async stop(): Promise<Envelope> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#sampling;
    if (!this.#stopped) await this.#look();
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#sampler?.stop();
    return this.#fold.envelope((performance.now() - this.#startedAt) / 1000, coreCount());
  }

  #sample(): void {
    this.#sampling = this.#sampleOnce();
  }

  async #sampleOnce(): Promise<void> {
    const sample = await this.#look();
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.#sample(), isShort(sample) ? ALERT_INTERVAL_MS : INTERVAL_MS);
  }

  async #look(): Promise<WatchSample> {
    const [memory, own, ended, busy] = await Promise.all([
      readHostMemory(),
      this.#pid === null ? null : readProcess(this.#pid),
      readEndedChildrenSeconds(),
      readBusySeconds(),
    ]);
    const { user, system } = process.cpuUsage();
    const self = (user + system) / 1e6;
    const sample: WatchSample = {
      ...memory,
      rssBytes: own?.peakRssBytes ?? null,
      ownCpuSeconds: ended === null ? null : self + ended + (own?.cpuSeconds ?? 0),
      busyCpuSeconds: busy,
      gpus: [...this.#gpus.values()],
    };
    this.#fold.add(sample);
    this.#judge(sample);
    return sample;
  }

  #judge(sample: WatchSample): void {
    const limit = this.#overstepped ? null : judgeSample(sample, this.#options.limits);
    if (limit === null) return;
    this.#overstepped = true;
    this.#options.onLimit(limit);
  }

  #sampleGpus(program: string): KeptProcess {
    let rest = '';
    const onStdout = (text: string) => {
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(-1000);
      for (const line of lines) {
        const sample = parseGpuSample(line);
        if (sample !== null) this.#gpus.set(sample.index, sample);
      }
    };
    return new KeptProcess(program, samplingArguments(INTERVAL_MS), { env: {}, onStdout });
  }
}

function isShort({ availableBytes, totalBytes }: WatchSample): boolean {
  return availableBytes !== null && totalBytes !== null && availableBytes < ALERT_SHARE * totalBytes;
}

async function readHostMemory(): Promise<Pick<WatchSample, 'availableBytes' | 'totalBytes'>> {
  if (process.platform !== 'linux') return { availableBytes: freemem(), totalBytes: totalmem() };
  const { info, cgroup } = await gatherLinuxMemory();
  const limit = cgroup.tightest?.limitBytes ?? Infinity;
  return {
    availableBytes: availableUnder(info.availableBytes, cgroup),
    totalBytes: info.totalBytes === null ? null : Math.min(info.totalBytes, limit),
  };
}

/** Node 18.14 and later count what this process may use; before that, all there are. */
function coreCount(): number {
  return typeof availableParallelism === 'function' ? availableParallelism() : cpus().length;
}
