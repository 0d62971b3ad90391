import { resolve } from 'node:path';
import type { ParsedInput } from '../contract/commands';
import type { Task } from '../contract/dispatcher';
import { missing } from '../core/figure';
import type { Finding } from '../core/finding';
import type { ProfileParts } from '../core/profile/assemble-profile';
import { unreadCpu, unreadDisk, unreadMemory, unreadPlatform } from '../core/profile/unread';
import { probeAllGpus } from '../host/probe/all-gpus';
import { probeBandwidth, unreadBandwidth } from '../host/probe/bandwidth';
import type { Probed, ProbeContext } from '../host/probe/context';
import { probeCpu } from '../host/probe/cpu';
import { probeDisk } from '../host/probe/disk';
import { probeMemory } from '../host/probe/memory';
import { probeNvidia, unaskedNvidia } from '../host/probe/nvidia';
import type { GpuProber } from '../host/probe/nvidia-prober';
import { probePlatform } from '../host/probe/platform';
import { MeasureProgress } from './measure-progress';

/** About how many seconds each takes, for the progress of the whole. */
const WEIGHTS = {
  platform: 0.2,
  cpu: 0.3,
  memory: 0.2,
  nvidia: 4,
  quickNvidia: 0.3,
  gpus: 1.5,
  bandwidth: 5,
  quickBandwidth: 1,
  disk: 55,
};

/** One after the other, so that none disturbs another; each guarded, so that none stops another. */
class ProbeRun {
  readonly findings: Finding[] = [];
  readonly #task: Task;
  readonly #progress: MeasureProgress;
  readonly #whole: number;
  #done = 0;

  constructor(task: Task, now: () => string, whole: number) {
    this.#task = task;
    this.#progress = new MeasureProgress(task, now);
    this.#whole = whole;
  }

  /** What the probe read, or `failed` of the reason. `pointer` is where its findings belong that do not say. */
  async run<Reading>(
    pointer: string,
    weight: number,
    probe: (context: ProbeContext) => Promise<Probed<Reading>>,
    failed: (reason: string) => Reading,
  ): Promise<Reading> {
    this.#task.signal.throwIfAborted();
    const context = this.#progress.contextFor({ done: this.#done, weight, whole: this.#whole });
    try {
      const { reading, findings } = await probe(context);
      this.findings.push(...findings.map((finding) => placed(finding, pointer)));
      return reading;
    } catch (error) {
      this.#task.signal.throwIfAborted();
      const message = error instanceof Error ? error.message : String(error);
      this.findings.push(probeFailed(pointer, message));
      return failed(`failed: ${message}`);
    } finally {
      this.#done += weight;
    }
  }
}

export interface ProbeOptions {
  /** Path of the built memory-reader worker. */
  readonly memoryWorker: string;
  /** Asks NVML and CUDA; absent: nvidia-smi alone is asked. */
  readonly gpuProber?: GpuProber | undefined;
  /** ISO 8601, UTC. */
  readonly now: () => string;
}

/** Runs every probe that was asked for. `quick` leaves the disks out. Throws only when cancelled. */
export async function runProbes(
  input: ParsedInput<'profile.measure'>,
  task: Task,
  options: ProbeOptions,
): Promise<Omit<ProfileParts, 'created' | 'generator'>> {
  const { quick, disk_file_gib: largestFileGib } = input;
  const directories = quick ? [] : [...new Set(input.directories.map((directory) => resolve(directory)))];
  const bandwidthWeight = quick ? WEIGHTS.quickBandwidth : WEIGHTS.bandwidth;
  const { platform: platformWeight, cpu: cpuWeight, memory: memoryWeight, gpus: gpusWeight } = WEIGHTS;
  const nvidiaWeight = quick ? WEIGHTS.quickNvidia : WEIGHTS.nvidia;
  const fixed = platformWeight + cpuWeight + memoryWeight + nvidiaWeight + gpusWeight + bandwidthWeight;
  const probes = new ProbeRun(task, options.now, fixed + WEIGHTS.disk * directories.length);

  const platform = await probes.run('/hardware/platform', platformWeight, probePlatform, unreadPlatform);
  const cpu = await probes.run('/hardware/cpu', cpuWeight, probeCpu, unreadCpu);
  const memory = await probes.run('/hardware/memory', memoryWeight, probeMemory, unreadMemory);
  const asking = {
    prober: options.gpuProber ?? null,
    quick,
    availableGib: memory.ram_available_gib.value,
    oversubscription: platform.uvm_oversubscription,
  };
  const nvidia = await probes.run(
    '/hardware/gpus',
    nvidiaWeight,
    (context) => probeNvidia(context, asking),
    (reason) => unaskedNvidia(reason, asking),
  );
  const gpus = await probes.run(
    '/hardware/gpus',
    gpusWeight,
    (context) => probeAllGpus(context, nvidia.answers),
    (reason) => missing(reason),
  );
  const bandwidth = await probes.run(
    '/hardware/memory/cpu_mem_bw_gbps',
    bandwidthWeight,
    (context) =>
      probeBandwidth(context, {
        worker: options.memoryWorker,
        quick,
        physicalCores: cpu.physical_cores.value,
      }),
    unreadBandwidth,
  );
  const disks = [];
  for (const [position, directory] of directories.entries()) {
    const disk = await probes.run(
      `/hardware/disks/${position}`,
      WEIGHTS.disk,
      (context) => probeDisk(context, { directory, largestFileGib }),
      (reason) => unreadDisk(directory, reason),
    );
    disks.push(disk);
  }
  return {
    platform: { ...platform, uvm_oversubscription: nvidia.oversubscription },
    cpu,
    memory: { ...memory, ...nvidia.memory, ...bandwidth },
    gpus,
    disks,
    findings: probes.findings,
  };
}

function placed(finding: Finding, pointer: string): Finding {
  return finding.path === null ? { ...finding, path: pointer } : finding;
}

function probeFailed(pointer: string, message: string): Finding {
  return {
    severity: 'error',
    code: 'probe-failed',
    path: pointer,
    message: `Measuring ${pointer.replace('/hardware/', '')} failed: ${message}.`,
    remedy: 'Measure again; if it fails again, please report it with this message.',
  };
}
