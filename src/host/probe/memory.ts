import { freemem, totalmem } from 'node:os';
import { known, knownOr, missing, type Figure, type Figures } from '../../core/figure';
import type { Memory } from '../../core/profile/schema';
import { availableUnder, type CgroupLimit } from '../../core/reading/memory-cgroup';
import { memoryFindings } from '../../core/reading/memory-findings';
import { mayLockBeyondLimit, parseMemlock } from '../../core/reading/memory-limits';
import { chosenMode, parseOvercommit } from '../../core/reading/memory-pages';
import { parseSwapUsage, parseVmStat } from '../../core/reading/memory-other-systems';
import { MIB, toGib, type Bytes } from '../../core/units';
import { runProgram } from '../exec';
import type { ProbeContext, Probed } from './context';
import { gatherLinuxMemory, type LinuxMemory } from './memory-facts';
import { readSystemText } from './platform-files';

const PROGRAM_TIMEOUT_MS = 5000;
const ONLY_LINUX = 'not-supported: only Linux tells';

type Sizes = Pick<
  Figures<Memory>,
  | 'ram_total_gib'
  | 'ram_available_gib'
  | 'ram_limit_gib'
  | 'swap_total_gib'
  | 'memlock_gib'
  | 'huge_pages_total'
  | 'huge_pages_free'
  | 'huge_page_mib'
  | 'transparent_huge_pages'
  | 'overcommit_memory'
>;

type Unmeasured = Pick<
  Figures<Memory>,
  | 'pinnable_ceiling_gib'
  | 'pinnable_method'
  | 'pinnable_capped'
  | 'cpu_mem_bw_gbps'
  | 'cpu_mem_bw_method'
  | 'cpu_mem_copy_gbps'
>;

/** Reads how much memory there is, how much of it is to be had, and what limits it. Throws only AbortError. */
export async function probeMemory(context: ProbeContext): Promise<Probed<Figures<Memory>>> {
  context.signal.throwIfAborted();
  context.progress('memory', 'Reading the memory', 0);
  const sizes = await (process.platform === 'linux' ? probeLinux(context) : probeOther(context));
  context.signal.throwIfAborted();
  context.progress('memory', 'Read the memory', 1);
  return { reading: { ...sizes.reading, ...unmeasured() }, findings: sizes.findings };
}

/** What only CUDA and the bandwidth probe can tell. */
function unmeasured(): Unmeasured {
  return {
    pinnable_ceiling_gib: missing('not-measured: pinning memory needs CUDA'),
    pinnable_method: missing('not-measured: pinning memory needs CUDA'),
    pinnable_capped: missing('not-measured: pinning memory needs CUDA'),
    cpu_mem_bw_gbps: missing('not-measured'),
    cpu_mem_bw_method: missing('not-measured'),
    cpu_mem_copy_gbps: missing('not-measured'),
  };
}

async function probeLinux(context: ProbeContext): Promise<Probed<Sizes>> {
  const memory = await gatherLinuxMemory();
  const at = context.now();
  const meminfo = (name: string) => ({ method: `/proc/meminfo ${name}`, at });
  const absent = 'not-supported: /proc/meminfo does not tell';
  const { info, cgroup } = memory;
  const reading: Sizes = {
    ram_total_gib: knownOr(gib(info.totalBytes), meminfo('MemTotal'), absent),
    ram_available_gib: availableFigure(memory, at),
    ram_limit_gib: limitFigure(cgroup.tightest, at),
    swap_total_gib: knownOr(gib(info.swapTotalBytes), meminfo('SwapTotal'), absent),
    memlock_gib: await memlockFigure(at),
    huge_pages_total: knownOr(info.hugePagesTotal, meminfo('HugePages_Total'), absent),
    huge_pages_free: knownOr(info.hugePagesFree, meminfo('HugePages_Free'), absent),
    huge_page_mib: knownOr(
      info.hugePageBytes === null ? null : info.hugePageBytes / MIB,
      meminfo('Hugepagesize'),
      absent,
    ),
    ...(await kernelSettings(at)),
  };
  return { reading, findings: memoryFindings(cgroup, info.totalBytes) };
}

async function kernelSettings(
  at: string,
): Promise<Pick<Sizes, 'transparent_huge_pages' | 'overcommit_memory'>> {
  const [mode, overcommit] = [
    '/sys/kernel/mm/transparent_hugepage/enabled',
    '/proc/sys/vm/overcommit_memory',
  ];
  const absent = 'not-supported: this kernel has no such setting';
  return {
    transparent_huge_pages: knownOr(
      chosenMode((await readSystemText(mode)) ?? ''),
      { method: mode, at },
      absent,
    ),
    overcommit_memory: knownOr(
      parseOvercommit((await readSystemText(overcommit)) ?? ''),
      { method: overcommit, at },
      absent,
    ),
  };
}

function availableFigure({ info, cgroup }: LinuxMemory, at: string): Figure<number> {
  const available = availableUnder(info.availableBytes, cgroup);
  if (available === null) {
    const reason =
      info.availableBytes === null ? 'not-supported: no MemAvailable' : 'permission: cgroup usage';
    return missing(reason, '/proc/meminfo MemAvailable');
  }
  if (cgroup.fullest === null) return known(toGib(available), { method: '/proc/meminfo MemAvailable', at });
  const { limitBytes, workingSetBytes } = cgroup.fullest;
  return known(toGib(available), {
    method: 'min(MemAvailable, cgroup limit − (usage − inactive_file))',
    at,
    conditions: {
      mem_available_gib: gib(info.availableBytes),
      cgroup_limit_gib: toGib(limitBytes),
      cgroup_working_set_gib: gib(workingSetBytes),
    },
  });
}

function limitFigure(limit: CgroupLimit | null, at: string): Figure<number> {
  if (limit === null) return missing('no-limit: no cgroup limits this process', 'cgroup');
  const conditions = { cgroup: limit.directory };
  return known(toGib(limit.limitBytes), { method: `cgroup v${limit.version}`, at, conditions });
}

async function memlockFigure(at: string): Promise<Figure<number>> {
  const method = '/proc/self/limits Max locked memory';
  const limit = parseMemlock((await readSystemText('/proc/self/limits')) ?? '');
  if (limit.kind === 'unlimited') return missing('no-limit: unlimited', method);
  if (limit.kind === 'unknown') return missing('not-supported: /proc/self/limits does not tell', method);
  const exempt = mayLockBeyondLimit((await readSystemText('/proc/self/status')) ?? '');
  return known(toGib(limit.bytes), { method, at, conditions: { cap_ipc_lock: exempt } });
}

async function probeOther(context: ProbeContext): Promise<Probed<Sizes>> {
  const mac = process.platform === 'darwin';
  const reading: Sizes = {
    ram_total_gib: known(toGib(totalmem()), { method: 'os.totalmem', at: context.now() }),
    ram_available_gib: mac ? await macAvailable(context) : nodeAvailable(context.now()),
    ram_limit_gib: nodeLimit(context.now()),
    swap_total_gib: mac ? await macSwap(context) : missing('not-supported: not read on this system'),
    memlock_gib: missing('not-supported: this system has no such limit to read'),
    huge_pages_total: missing(ONLY_LINUX),
    huge_pages_free: missing(ONLY_LINUX),
    huge_page_mib: missing(ONLY_LINUX),
    transparent_huge_pages: missing(ONLY_LINUX),
    overcommit_memory: missing(ONLY_LINUX),
  };
  return { reading, findings: [] };
}

async function macAvailable(context: ProbeContext): Promise<Figure<number>> {
  const text = await outputOf('/usr/bin/vm_stat', [], context);
  const source = { method: 'vm_stat: free, speculative and inactive pages', at: context.now() };
  return knownOr(gib(parseVmStat(text)), source, 'no-tool: vm_stat gave no answer');
}

async function macSwap(context: ProbeContext): Promise<Figure<number>> {
  const text = await outputOf('/usr/sbin/sysctl', ['-n', 'vm.swapusage'], context);
  const source = { method: 'sysctl vm.swapusage', at: context.now() };
  return knownOr(gib(parseSwapUsage(text)), source, 'no-tool: sysctl gave no answer');
}

/** Node 20.13 and later know it; before that, free memory is what Windows calls available. */
function nodeAvailable(at: string): Figure<number> {
  const available = callIfThere('availableMemory');
  if (available !== null) return known(toGib(available), { method: 'process.availableMemory', at });
  return known(toGib(freemem()), { method: 'os.freemem', at });
}

/** 0, and anything at or beyond the machine's memory, is libuv's way to say that it knows of none. */
function nodeLimit(at: string): Figure<number> {
  const limit = callIfThere('constrainedMemory');
  if (limit === null) return missing('not-supported: this Node does not tell');
  if (limit === 0 || limit >= totalmem()) return missing('no-limit: none is known to the system');
  return known(toGib(limit), { method: 'process.constrainedMemory', at });
}

function callIfThere(name: 'availableMemory' | 'constrainedMemory'): number | null {
  const call = (process as Partial<Record<typeof name, () => number | undefined>>)[name];
  return call?.call(process) ?? null;
}

async function outputOf(file: string, args: readonly string[], context: ProbeContext): Promise<string> {
  const result = await runProgram(file, args, { timeoutMs: PROGRAM_TIMEOUT_MS, signal: context.signal });
  return result.kind === 'exited' && result.code === 0 ? result.stdout : '';
}

function gib(bytes: Bytes | null): number | null {
  return bytes === null ? null : toGib(bytes);
}
