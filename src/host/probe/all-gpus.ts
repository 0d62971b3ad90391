import type { Figure } from '../../core/figure';
import type { GpuReading } from '../../core/profile/readings';
import type { NvidiaAnswers } from '../../core/reading/nvidia-answers';
import { mergeGpus } from '../../core/reading/merge-gpus';
import { probeAmdGpus } from './amd-gpus';
import { probeAppleGpus } from './apple-gpus';
import type { Probed, ProbeContext } from './context';
import { probeGpus } from './gpus';
import { probeIntelGpus } from './intel-gpus';

/**
 * The GPUs of every maker in PCI order; `answers` is what NVML and CUDA told of NVIDIA's. Null: could not look, and why.
 * Throws only AbortError.
 */
export async function probeAllGpus(
  context: ProbeContext,
  answers?: NvidiaAnswers,
): Promise<Probed<Figure<readonly GpuReading[]>>> {
  const nvidia = await probeGpus(context, answers);
  const others = await Promise.all([probeAmdGpus(context), probeIntelGpus(context), probeAppleGpus(context)]);
  return mergeGpus(nvidia, others, context.now());
}
