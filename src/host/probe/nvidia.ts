import { freemem } from 'node:os';
import type { Figure } from '../../core/figure';
import type { MemoryReading } from '../../core/profile/readings';
import { noAnswers, type NvidiaAnswers } from '../../core/reading/nvidia-answers';
import { oversubscription, pinnableFigures } from '../../core/reading/nvidia-host-memory';
import { GIB } from '../../core/units';
import type { Probed, ProbeContext } from './context';
import { askNvidia, type GpuProber } from './nvidia-prober';

export interface NvidiaOptions {
  /** Null: nvidia-smi alone is to be asked. */
  readonly prober: GpuProber | null;
  readonly quick: boolean;
  /** What a new process may take of the machine's memory, in GiB; null where unknown. */
  readonly availableGib: number | null;
  /** What the system tells of oversubscription without CUDA. */
  readonly oversubscription: Figure<boolean>;
}

export interface NvidiaReading {
  /** For `probeGpus`. */
  readonly answers: NvidiaAnswers;
  readonly memory: Pick<MemoryReading, 'pinnable_ceiling_gib' | 'pinnable_method' | 'pinnable_capped'>;
  readonly oversubscription: Figure<boolean>;
}

const NO_PROBER = 'not-measured: nvidia-smi cannot measure it; that needs CUDA';

/** Pinned memory is taken from everything else on the machine, so never more than a quarter of what is to be had. */
const PINNED_SHARE = 0.25;
/** More than any placement pins; taking it costs a second per few GiB. */
const MOST_PINNED_GIB = 32;

/**
 * What NVML and CUDA answer, and the figures of memory and platform that only CUDA gives. `quick` asks NVML alone. Throws
 * only AbortError.
 */
export async function probeNvidia(
  context: ProbeContext,
  options: NvidiaOptions,
): Promise<Probed<NvidiaReading>> {
  context.signal.throwIfAborted();
  if (options.prober === null) return { reading: unaskedNvidia(NO_PROBER, options), findings: [] };
  context.progress('gpus', 'Asking NVML and CUDA', 0);
  const answers = await askNvidia(options.prober, {
    measure: !options.quick,
    pinBytes: pinBytes(options.availableGib),
    signal: context.signal,
    onStep: (name) => context.progress('gpus', `Measuring the GPUs: ${name}`, null),
  });
  context.signal.throwIfAborted();
  const at = context.now();
  const reading = {
    answers,
    memory: pinnableFigures(answers, at),
    oversubscription: oversubscription(options.oversubscription, answers, at),
  };
  return { reading, findings: [] };
}

/** The reading where nobody was asked, for this reason. */
export function unaskedNvidia(
  reason: string,
  options: Pick<NvidiaOptions, 'oversubscription'>,
): NvidiaReading {
  const answers = noAnswers(reason);
  return {
    answers,
    memory: pinnableFigures(answers, ''),
    oversubscription: options.oversubscription,
  };
}

function pinBytes(availableGib: number | null): number {
  const available = availableGib ?? freemem() / GIB;
  return Math.floor(Math.min(available * PINNED_SHARE, MOST_PINNED_GIB) * GIB);
}
