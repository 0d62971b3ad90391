import { parseGpuProcesses, type GpuProcess } from '../../core/receipt/gpu-samples';
import { runNvidiaSmi } from '../probe/nvidia-smi';

/** Processes that compute on a GPU now; none where nvidia-smi does not tell. */
export async function readGpuProcesses(
  nvidiaSmi: string | null,
  signal: AbortSignal,
): Promise<readonly GpuProcess[]> {
  if (nvidiaSmi === null) return [];
  const query = ['--query-compute-apps=pid,process_name', '--format=csv,noheader'];
  const result = await runNvidiaSmi(nvidiaSmi, query, signal);
  return result.kind === 'exited' && result.code === 0 ? parseGpuProcesses(result.stdout) : [];
}
