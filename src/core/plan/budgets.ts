import type { Gpu, Profile } from '../profile/schema';
import { type Bytes, fromGib, fromMib, MIB } from '../units';
import type { PlanRequest } from './schema';

/** What may be used on one device; `field` is the JSON pointer of the figure it rests on. */
export interface Budget {
  readonly bytes: Bytes | null;
  readonly field: string;
}

/** The GPU that a plan uses. */
export interface GpuBudget extends Budget {
  readonly gpu: Gpu;
  /** Position in the profile's list: `gpu0`, `gpu1`, …, in PCI order. */
  readonly position: number;
  /** Position among the cards of its maker, which is how a runtime's backend numbers them: `CUDA0`, `CUDA1`, … */
  readonly ordinal: number;
  /** What the driver's context takes before the first tensor. */
  readonly overhead: Bytes;
  readonly overheadBasis: 'measured' | 'assumed';
  /** Shares the host's memory: then both are one budget. */
  readonly unified: boolean;
  /** GPUs that the plan leaves alone. */
  readonly others: number;
}

export interface Budgets {
  readonly host: Budget;
  /** Null where there is none, or where nobody could look. */
  readonly gpu: GpuBudget | null;
  /** Whether the profile could not say which GPUs there are. */
  readonly gpusUnknown: boolean;
}

/**
 * A CUDA context with its kernels, where it was not measured: the upper end of the 320 to 750 MiB that are reported for
 * current drivers and cards. Too much costs a layer on the device; too little costs the start.
 */
export const ASSUMED_CONTEXT_MIB = 750;

/** What each device may be filled with: what is free, less margin, headroom and reserve; never negative. */
export function budgetsOf(profile: Profile, request: PlanRequest): Budgets {
  const { memory, gpus } = profile.hardware;
  const available = fromGib(memory.ram_available_gib);
  return {
    host: {
      bytes: remaining(available, request.host_headroom_mib + request.reserve_mib),
      field: '/hardware/memory/ram_available_gib',
    },
    gpu: gpus === null ? null : chooseGpu(gpus, request),
    gpusUnknown: gpus === null,
  };
}

function remaining(bytes: Bytes | null, heldBackMib: number): Bytes | null {
  return bytes === null ? null : Math.max(0, bytes - Math.ceil(heldBackMib * MIB));
}

/** The GPU with the most free memory; one whose memory is not known only where no other's is. */
function chooseGpu(gpus: readonly Gpu[], request: PlanRequest): GpuBudget | null {
  let best: { gpu: Gpu; position: number } | null = null;
  for (const [position, gpu] of gpus.entries()) {
    if (best === null || (gpu.vram_free_mib ?? -1) > (best.gpu.vram_free_mib ?? -1)) best = { gpu, position };
  }
  if (best === null) return null;
  const { gpu, position } = best;
  return {
    gpu,
    position,
    ordinal: gpus.slice(0, position).filter((other) => other.vendor === gpu.vendor).length,
    bytes: remaining(fromMib(gpu.vram_free_mib), request.margin_mib + request.reserve_mib),
    field: `/hardware/gpus/${position}/vram_free_mib`,
    overhead: Math.round((gpu.context_overhead_mib ?? ASSUMED_CONTEXT_MIB) * MIB),
    overheadBasis: gpu.context_overhead_mib === null ? 'assumed' : 'measured',
    unified: gpu.memory_kind === 'unified',
    others: gpus.length - 1,
  };
}
