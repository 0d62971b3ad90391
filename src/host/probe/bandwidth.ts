import { availableParallelism, cpus, freemem } from 'node:os';
import { known, missing, spreadOf, type Figure, type Figures, type Samples } from '../../core/figure';
import type { Memory } from '../../core/profile/schema';
import type { CpuShare } from '../../core/reading/cpu-limits';
import type { Caches } from '../../core/reading/cpu-topology';
import { availableUnder } from '../../core/reading/memory-cgroup';
import {
  bandwidthConditions,
  bandwidthFindings,
  fastest,
  hugePageFindings,
  judgePages,
  nameSeries,
  round,
  type BandwidthSeries,
  type PageKind,
} from '../../core/reading/memory-bandwidth';
import { planBandwidth, type BandwidthRoom } from '../../core/reading/memory-bandwidth-plan';
import { mayAdviseHugePages, parseAnonymousHuge, parsePageSize } from '../../core/reading/memory-pages';
import { ReaderCrew } from './bandwidth-crew';
import { sweepBandwidth, type Sweep } from './bandwidth-sweep';
import type { ProbeContext, Probed } from './context';
import { gatherCpu } from './cpu-facts';
import { gatherLinuxMemory } from './memory-facts';
import { readSystemText } from './platform-files';

type Bandwidth = Pick<Figures<Memory>, 'cpu_mem_bw_gbps' | 'cpu_mem_bw_method' | 'cpu_mem_copy_gbps'>;

export interface BandwidthOptions {
  /** Path of the built worker (`memory-reader.cjs`). */
  readonly worker: string;
  readonly quick: boolean;
  /** Most threads to try; null where unknown, then as many as this process may run at once. */
  readonly physicalCores: number | null;
}

const HUGE_PAGE_FOLDER = '/sys/kernel/mm/transparent_hugepage';
/** Whether programs may ask for huge pages, on Linux. */
export const HUGE_PAGES_SETTING = `${HUGE_PAGE_FOLDER}/enabled`;
/** The first mapping of smaps is all that is wanted of it. */
const SMAPS_BYTES = 4096;

/**
 * Measures how fast memory can be read, by two methods and on the largest pages to be had, and takes the best pass, as
 * STREAM does: other work can only slow a pass down, and a forecast's ceiling must not lie below what a runtime reaches.
 * About 1 s quick, 3 to 5 s whole. Cancelling ends its threads at once. Throws only AbortError.
 */
export async function probeBandwidth(
  context: ProbeContext,
  options: BandwidthOptions,
): Promise<Probed<Bandwidth>> {
  context.signal.throwIfAborted();
  context.progress('bandwidth', 'Preparing to read memory', 0);
  const plan = planBandwidth(await gatherRoom(context.signal, options));
  if (plan.kind === 'too-little-memory') {
    return withoutFigure(
      `too-little-memory: reading past the caches needs more than ${plan.allowedBytes} bytes`,
    );
  }
  const crew = new ReaderCrew(options.worker, context.signal);
  try {
    const sweep = await sweepBandwidth(crew, {
      plan,
      quick: options.quick,
      hugePages: mayAdviseHugePages((await readSystemText(HUGE_PAGES_SETTING)) ?? ''),
      identifyPages: await pageIdentifier(),
      progress: (label, fraction) => context.progress('bandwidth', label, fraction),
    });
    context.progress('bandwidth', 'Measured memory bandwidth', 1);
    return report(sweep, options.quick, context.now());
  } catch (error) {
    context.signal.throwIfAborted();
    return withoutFigure(`failed: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await crew.dismiss();
  }
}

function report(sweep: Sweep, quick: boolean, at: string): Probed<Bandwidth> {
  const best = fastest(sweep.series);
  const samples = spreadOf(best?.gbps ?? []);
  if (best === null || samples === null) return withoutFigure('failed: no pass took any time');
  const method = nameSeries(best);
  const conditions = { extent: quick ? 'quick' : 'whole', ...bandwidthConditions(best, sweep.series) };
  const rounded = roundSamples(samples);
  return {
    reading: {
      cpu_mem_bw_gbps: known(rounded.max, { method, at, conditions, samples: rounded }),
      cpu_mem_bw_method: known(method, { method: 'the fastest of all methods', at }),
      cpu_mem_copy_gbps: copyFigure(sweep.copy, at),
    },
    findings: [...bandwidthFindings(samples), ...hugePageFindings(sweep.refusal)],
  };
}

function copyFigure(copy: BandwidthSeries | null, at: string): Figure<number> {
  const samples = spreadOf(copy?.gbps ?? []);
  if (copy === null || samples === null) return missing('failed: no pass took any time');
  const conditions = { ...bandwidthConditions(copy, []), counted: 'bytes read and bytes written' };
  const rounded = roundSamples(samples);
  return known(rounded.max, { method: nameSeries(copy), at, conditions, samples: rounded });
}

function roundSamples({ n, min, median, max }: Samples): Samples {
  return { n, min: round(min), median: round(median), max: round(max) };
}

function withoutFigure(reason: string): Probed<Bandwidth> {
  return { reading: unreadBandwidth(reason), findings: [] };
}

/** The reading where bandwidth was not measured, for this reason. */
export function unreadBandwidth(reason: string): Bandwidth {
  const none = missing(reason);
  return { cpu_mem_bw_gbps: none, cpu_mem_bw_method: none, cpu_mem_copy_gbps: none };
}

/** What the size of a measurement depends on, here and now. */
export async function gatherRoom(signal: AbortSignal, options: BandwidthOptions): Promise<BandwidthRoom> {
  // Windows answers through PowerShell only, which takes longer than the whole measurement.
  const facts = process.platform === 'win32' ? null : await gatherCpu(signal);
  return {
    availableBytes: await availableBytes(),
    cacheBytes: cacheBytesOf(facts?.caches.value ?? null),
    threads: threadsFor(options.physicalCores, facts?.share ?? null),
    quick: options.quick,
  };
}

async function availableBytes(): Promise<number | null> {
  if (process.platform !== 'linux') return freemem();
  const { info, cgroup } = await gatherLinuxMemory();
  return availableUnder(info.availableBytes, cgroup);
}

/** Exclusive third-level caches (AMD) hold other lines than the second level, so both count. */
function cacheBytesOf(caches: Caches | null): number | null {
  if (caches === null || (caches.l2 === null && caches.l3 === null)) return null;
  return (caches.l2?.totalBytes ?? 0) + (caches.l3?.totalBytes ?? 0);
}

/** Threads beyond the affinity or the quota would only wait for each other. */
function threadsFor(physicalCores: number | null, share: CpuShare | null): number {
  // Node 18.14 brought availableParallelism.
  const parallel = typeof availableParallelism === 'function' ? availableParallelism() : cpus().length;
  const most = Math.min(physicalCores ?? parallel, share?.allowed ?? parallel, share?.quota ?? Infinity);
  return Math.max(1, Math.floor(most));
}

async function pageIdentifier(): Promise<(bytes: number) => Promise<PageKind>> {
  const sizes = {
    small: parsePageSize((await readSystemText('/proc/self/smaps', SMAPS_BYTES)) ?? ''),
    huge: Number(await readSystemText(`${HUGE_PAGE_FOLDER}/hpage_pmd_size`)) || null,
  };
  const before = await anonymousHuge();
  return async (bytes) => {
    const now = await anonymousHuge();
    return judgePages(now === null || before === null ? null : Math.max(0, now - before), bytes, sizes);
  };
}

async function anonymousHuge(): Promise<number | null> {
  return parseAnonymousHuge((await readSystemText('/proc/self/smaps_rollup')) ?? '');
}
