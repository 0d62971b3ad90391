import { cpus } from 'node:os';
import { parseCpuInfo } from '../../core/reading/cpu-info';
import { judgeCpuShare, type CpuShare } from '../../core/reading/cpu-limits';
import { parseCpuList } from '../../core/reading/cpu-list';
import {
  parseSysctlCpu,
  parseWin32Processor,
  type CpuDescription,
} from '../../core/reading/cpu-other-systems';
import { countTopologyCores, sumCaches, type Caches } from '../../core/reading/cpu-topology';
import { runProgram } from '../exec';
import { readCacheFiles, readCpuQuotas, readTopology } from './cpu-sysfs';
import { readSystemText } from './platform-files';

/** A value with where it is from, or why there is none. */
export interface Sourced<T> {
  readonly value: T | null;
  readonly method: string;
  readonly reason: string;
}

export interface CpuFacts {
  readonly name: Sourced<string>;
  readonly physicalCores: Sourced<number>;
  readonly logicalCores: Sourced<number>;
  readonly caches: Sourced<Caches>;
  readonly numaNodes: Sourced<number>;
  /** In Linux' words. */
  readonly flags: Sourced<readonly string[]>;
  readonly share: CpuShare;
}

/** PowerShell needs a second or two to start on a cold machine. */
const PROGRAM_TIMEOUT_MS = 15_000;
const WIN32_QUERY =
  'Get-CimInstance Win32_Processor | Select-Object Name,NumberOfCores,NumberOfLogicalProcessors,L2CacheSize,L3CacheSize | ConvertTo-Json -Compress';

/** Gathers what this system tells of its processor. */
export async function gatherCpu(signal: AbortSignal): Promise<CpuFacts> {
  const { platform } = process;
  if (platform === 'linux') return gatherLinux();
  if (platform === 'darwin') {
    return describe(
      await askSysctl(signal),
      'sysctl hw machdep.cpu',
      'not-supported: macOS has no NUMA nodes',
    );
  }
  if (platform === 'win32') {
    return describe(await askWindows(signal), 'Win32_Processor', 'not-supported: not read on Windows');
  }
  return describe(null, 'os.cpus', 'not-supported: not read on this system');
}

async function gatherLinux(): Promise<CpuFacts> {
  const info = parseCpuInfo((await readSystemText('/proc/cpuinfo')) ?? '');
  const topology = await readTopology();
  const caches = sumCaches(await readCacheFiles());
  const hasCaches = caches.l1d !== null || caches.l2 !== null || caches.l3 !== null;
  const nodes = parseCpuList((await readSystemText('/sys/devices/system/node/online')) ?? '');
  const cpuinfo = '/proc/cpuinfo';
  const reason = 'not-supported: this kernel does not tell';
  return {
    name: { value: info.name, method: cpuinfo, reason },
    physicalCores:
      info.physicalCores === null
        ? { value: countTopologyCores(topology), method: '/sys/devices/system/cpu/*/topology', reason }
        : { value: info.physicalCores, method: cpuinfo, reason },
    logicalCores:
      info.logicalCores === null
        ? { value: countLogical(), method: 'os.cpus', reason }
        : { value: info.logicalCores, method: cpuinfo, reason },
    caches: { value: hasCaches ? caches : null, method: '/sys/devices/system/cpu/*/cache', reason },
    numaNodes: { value: nodes?.length ?? null, method: '/sys/devices/system/node/online', reason },
    flags: { value: info.flags, method: cpuinfo, reason },
    share: judgeCpuShare((await readSystemText('/proc/self/status')) ?? '', await readCpuQuotas()),
  };
}

function describe(description: CpuDescription | null, method: string, numaReason: string): CpuFacts {
  const reason =
    description === null ? `no-tool: ${method} gave no answer` : 'not-supported: this system does not tell';
  const of = <T>(value: T | null | undefined): Sourced<T> => ({ value: value ?? null, method, reason });
  return {
    name: of(description?.name),
    physicalCores: of(description?.physicalCores),
    logicalCores: { value: description?.logicalCores ?? countLogical(), method: 'os.cpus', reason },
    caches: of(description?.caches),
    numaNodes: { value: null, method, reason: numaReason },
    flags: of(description?.flags),
    share: { allowed: null, quota: null },
  };
}

async function askSysctl(signal: AbortSignal): Promise<CpuDescription | null> {
  const result = await runProgram('/usr/sbin/sysctl', ['hw', 'machdep.cpu'], {
    timeoutMs: PROGRAM_TIMEOUT_MS,
    signal,
  });
  // sysctl ends with 1 where one of the names is not readable, and still prints the others.
  return result.kind === 'exited' && result.stdout !== '' ? parseSysctlCpu(result.stdout) : null;
}

async function askWindows(signal: AbortSignal): Promise<CpuDescription | null> {
  const shell = `${process.env['SystemRoot'] ?? 'C:\\Windows'}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`;
  const result = await runProgram(shell, ['-NoProfile', '-NonInteractive', '-Command', WIN32_QUERY], {
    timeoutMs: PROGRAM_TIMEOUT_MS,
    signal,
  });
  return result.kind === 'exited' && result.code === 0 ? parseWin32Processor(result.stdout) : null;
}

function countLogical(): number | null {
  return cpus().length || null;
}
