import { ASSUMED_CONTEXT_MIB } from '../plan/budgets';
import type { PlanRequest } from '../plan/schema';
import type { Gpu, Profile } from '../profile/schema';
import { type Bytes, fromMib, MIB } from '../units';

/** A GPU that the arguments use, with what it may be filled with. */
export interface DeviceBudget {
  readonly gpu: Gpu;
  /** Position in the profile's list. */
  readonly position: number;
  /** Position among the cards of its maker. */
  readonly ordinal: number;
  readonly name: string;
  /** Null: not measured; `field` then says which. */
  readonly bytes: Bytes | null;
  readonly field: string;
  /** What the driver's context takes before the first tensor. */
  readonly overhead: Bytes;
  readonly overheadBasis: 'measured' | 'assumed';
  readonly unified: boolean;
}

/** What each of the profile's GPUs may be filled with: free, less margin and reserve. Null where nobody could look for GPUs. */
export function deviceBudgets(profile: Profile, request: PlanRequest): readonly DeviceBudget[] | null {
  const { gpus } = profile.hardware;
  return gpus === null ? null : gpus.map((gpu, position) => budgetOf(gpus, gpu, position, request));
}

function budgetOf(gpus: readonly Gpu[], gpu: Gpu, position: number, request: PlanRequest): DeviceBudget {
  const free = fromMib(gpu.vram_free_mib);
  const heldBack = Math.ceil((request.margin_mib + request.reserve_mib) * MIB);
  return {
    gpu,
    position,
    ordinal: gpus.slice(0, position).filter((other) => other.vendor === gpu.vendor).length,
    name: `gpu${position}`,
    bytes: free === null ? null : Math.max(0, free - heldBack),
    field: `/hardware/gpus/${position}/vram_free_mib`,
    overhead: Math.round((gpu.context_overhead_mib ?? ASSUMED_CONTEXT_MIB) * MIB),
    overheadBasis: gpu.context_overhead_mib === null ? 'assumed' : 'measured',
    unified: gpu.memory_kind === 'unified',
  };
}

/** What llama.cpp uses where `-dev` says nothing: every card of its own, else what shares the host's memory. */
export function usualDevices(budgets: readonly DeviceBudget[]): readonly DeviceBudget[] {
  const dedicated = budgets.filter((budget) => !budget.unified);
  return dedicated.length > 0 ? dedicated : budgets;
}

/** Backends of llama.cpp by their devices' names, and whose cards they count; null: everybody's. */
const backends: readonly (readonly [RegExp, string | null])[] = [
  [/^cuda(\d+)$/iu, 'nvidia'],
  [/^(?:rocm|hip)(\d+)$/iu, 'amd'],
  [/^sycl(\d+)$/iu, 'intel'],
  [/^(?:mtl|metal)(\d*)$/iu, 'apple'],
  [/^vulkan(\d+)$/iu, null],
];

/** The GPU that llama.cpp calls so, counting in PCI order; null where the profile has none. */
export function deviceCalled(name: string, budgets: readonly DeviceBudget[]): DeviceBudget | null {
  for (const [pattern, vendor] of backends) {
    const match = pattern.exec(name);
    if (match === null) continue;
    const own = budgets.filter(({ gpu }) => vendor === null || gpu.vendor === null || gpu.vendor === vendor);
    return own[Number(match[1] === '' ? 0 : match[1])] ?? null;
  }
  return null;
}
