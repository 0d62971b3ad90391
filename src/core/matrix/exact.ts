import { exactAnswer } from '../calc/exact';
import type { GpuSpec } from '../catalog/gpus/schema';
import { GIB } from '../units';
import type { Requirement } from './matrix';
import type { MatrixModel } from './models';
import type { MatrixPrecision } from './precisions';
import type { MatrixRequest } from './schema';

/** More than any card has, so that the planner never has to leave a layer out. */
const BOUNDLESS_GIB = 2 ** 20;

/**
 * What macOS lets graphics take of a machine's memory unless it is told otherwise: about three quarters of it
 * (`iogpu.wired_limit_mb`; two thirds below 36 GiB). Recalled, unverified.
 */
const APPLE_SHARE = 0.75;

/** What the planner counts for the whole model on one card: weights, cache, compute buffers, and the driver's context. */
export function exactRequirement(
  model: MatrixModel,
  precision: MatrixPrecision,
  { context_tokens: context }: MatrixRequest,
  beyond: string | null,
): Requirement {
  const unknown = (note: string): Requirement => ({ model, required: null, breakdown: null, note });
  if (precision.quant === null) return unknown(`llama.cpp does not read ${precision.id}`);
  const quantised = model.inQuant(precision.quant);
  if (quantised === null) return unknown(`The model is not known in ${precision.quant}`);
  if (precision.id === 'mxfp4' && quantised.experts === null) return unknown('MXFP4 is for experts alone');
  const answer = exactAnswer(quantised, {
    gpuGib: BOUNDLESS_GIB,
    hostGib: null,
    context,
    marginGib: 0,
    allOnGpu: true,
  });
  const { gpu_bytes: total, model_bytes: weights, context_bytes: cache, compute_bytes: compute } = answer;
  if (total === null || weights === null || cache === null || compute === null) {
    return unknown(answer.message);
  }
  return {
    model,
    required: total / GIB,
    breakdown: {
      kind: 'exact',
      weights_gib: weights / GIB,
      context_gib: cache / GIB,
      compute_gib: compute / GIB,
      other_gib: (total - weights - cache - compute) / GIB,
    },
    note: beyond,
  };
}

/** GiB of a card that a plan may fill. */
export function exactRoom(gpu: GpuSpec, { margin_mib: margin }: MatrixRequest): number {
  const usable = gpu.vendor === 'apple' ? gpu.memory_gib * APPLE_SHARE : gpu.memory_gib;
  return Math.max(0, usable - margin / 1024);
}
