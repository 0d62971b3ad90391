import { arch } from 'node:os';
import { gpusOfApple } from '../../core/reading/apple-gpus';
import { parseVmStat } from '../../core/reading/memory-other-systems';
import type { GpuGroup } from '../../core/reading/merge-gpus';
import { runProgram } from '../exec';
import type { ProbeContext } from './context';

/** system_profiler takes 1 to 3 s. */
const TIMEOUT_MS = 10_000;

/** The GPUs of a Mac; none elsewhere. Not run on hardware. Throws only AbortError. */
export async function probeAppleGpus(context: ProbeContext): Promise<GpuGroup> {
  if (process.platform !== 'darwin') return { gpus: [], findings: [] };
  const displays = await outputOf('/usr/sbin/system_profiler', ['SPDisplaysDataType', '-json'], context);
  const facts = {
    appleSilicon: arch() === 'arm64',
    wiredLimit: await outputOf('/usr/sbin/sysctl', ['-n', 'iogpu.wired_limit_mb'], context),
    availableBytes: parseVmStat(await outputOf('/usr/bin/vm_stat', [], context)),
  };
  context.signal.throwIfAborted();
  return { gpus: gpusOfApple(displays, facts, context.now()), findings: [] };
}

async function outputOf(file: string, args: readonly string[], context: ProbeContext): Promise<string> {
  const result = await runProgram(file, args, { timeoutMs: TIMEOUT_MS, signal: context.signal });
  context.signal.throwIfAborted();
  return result.kind === 'exited' && result.code === 0 ? result.stdout : '';
}
