import { requantised } from '../../model/quantise/requantise';
import { resolveQuant } from '../../model/quantise/quants';
import type { Model } from '../../model/schema';
import type { Gpu, Profile } from '../../profile/schema';
import { type Bytes, GIB, MIB } from '../../units';
import { type PlanRequest, planRequestSchema, type Remedy } from '../schema';

/** Everything that a plan is made of and that a remedy may change. */
export interface Situation {
  readonly model: Model;
  readonly profile: Profile;
  readonly request: PlanRequest;
}

/** What of a situation a remedy changes. */
export type Alteration = Pick<Remedy, 'request' | 'memory' | 'quant'>;

/** The situation after a remedy: plan it to see it ship. Null where the model cannot be had in the remedy's quantisation. */
export function altered(situation: Situation, { request, memory, quant }: Alteration): Situation | null {
  const model = quant === null ? situation.model : inQuant(situation.model, quant);
  if (model === null) return null;
  const changed = withChange(situation, { request, memory });
  return { ...changed, model, request: planRequestSchema.parse(changed.request) };
}

/** The same for a change of this program's own making, whose model is looked at elsewhere. */
export function withChange(
  situation: Situation,
  { request, memory }: Pick<Alteration, 'request' | 'memory'>,
): Situation {
  return {
    ...situation,
    profile: memory.length === 0 ? situation.profile : withMemory(situation.profile, memory),
    request: { ...situation.request, ...request },
  };
}

function inQuant(model: Model, name: string): Model | null {
  const resolved = resolveQuant(name);
  return resolved.kind === 'known' ? requantised(model, resolved.quant) : null;
}

/** The machine with more of its memory free, or with more of it. */
function withMemory(
  profile: Profile,
  more: readonly { readonly device: string; readonly bytes: Bytes }[],
): Profile {
  const of = (device: string): Bytes => more.find((each) => each.device === device)?.bytes ?? 0;
  const { memory, gpus } = profile.hardware;
  const available = memory.ram_available_gib;
  return {
    ...profile,
    hardware: {
      ...profile.hardware,
      memory: { ...memory, ram_available_gib: available === null ? null : available + of('host') / GIB },
      gpus: gpus?.map((gpu, position) => withFree(gpu, of(`gpu${position}`))) ?? null,
    },
  };
}

function withFree(gpu: Gpu, more: Bytes): Gpu {
  return { ...gpu, vram_free_mib: gpu.vram_free_mib === null ? null : gpu.vram_free_mib + more / MIB };
}
