import { modeBuffer } from '../calc/precision';
import { breakdownOf, fitOf, type VramBreakdown, type VramResult } from '../calc/vram';
import type { GpuSpec } from '../catalog/gpus/schema';
import { exactRequirement, exactRoom } from './exact';
import type { MatrixModel } from './models';
import {
  bytesPerParameterOf,
  kvMultiplierOf,
  type MatrixPrecision,
  matrixPrecisions,
  precisionNamed,
} from './precisions';
import type { MatrixRequest } from './schema';

/** What is required of any card; GB as the rule of thumb has them, GiB in the exact mode. Null: not known. */
export interface Requirement {
  readonly model: MatrixModel;
  readonly required: number | null;
  readonly breakdown: Breakdown | null;
  /** Why it is not known, or what to mind; null where there is nothing to say. */
  readonly note: string | null;
}

export type Breakdown =
  | ({ readonly kind: 'rule-of-thumb' } & VramBreakdown)
  | {
      readonly kind: 'exact';
      readonly weights_gib: number;
      readonly context_gib: number;
      readonly compute_gib: number;
      readonly other_gib: number;
    };

/** One model on one card. */
export interface MatrixCell {
  readonly model: string;
  readonly params_billion: number | null;
  readonly gpu: string;
  readonly gpu_vram_gb: number;
  readonly precision: string;
  readonly mode: MatrixRequest['mode'];
  readonly required_vram_gb: number | null;
  readonly status: VramResult['status'] | 'UNKNOWN';
  readonly vram_free_percent: number | null;
  readonly warning: string | null;
}

/** A precision, model or card that is not known by this name. */
export class MatrixError extends Error {
  override readonly name = 'MatrixError';
}

/** Every model on every card, models first. Throws MatrixError for a precision that there is not. */
export function matrixOf(
  models: readonly MatrixModel[],
  gpus: readonly GpuSpec[],
  request: MatrixRequest,
): readonly MatrixCell[] {
  const precision = precisionOf(request);
  return models.flatMap((model) => {
    const requirement = requirementOf(model, precision, request);
    return gpus.map((gpu) => cellOf(requirement, gpu, precision, request));
  });
}

/** What one model requires, whatever the card. */
export function requirementOf(
  model: MatrixModel,
  precision: MatrixPrecision,
  request: MatrixRequest,
): Requirement {
  const beyond =
    model.context_trained !== null && request.context_tokens > model.context_trained
      ? `The context is beyond the ${model.context_trained} tokens that the model was trained for`
      : null;
  if (request.mode === 'exact') return exactRequirement(model, precision, request, beyond);
  if (model.params_billion === null || model.kv_cache_mb_per_token === null) {
    return {
      model,
      required: null,
      breakdown: null,
      note: 'The size of the model or of its cache is not known',
    };
  }
  const breakdown = breakdownOf({
    params_billion: model.params_billion,
    bytes_per_parameter: bytesPerParameterOf(precision),
    overhead_factor: request.overhead_factor,
    kv_cache_mb_per_token: model.kv_cache_mb_per_token,
    context_tokens: request.context_tokens,
    kv_cache_multiplier: kvMultiplierOf(precision),
    mode_buffer: modeBuffer[request.mode],
  });
  return {
    model,
    required: breakdown.total_vram_gb,
    breakdown: { kind: 'rule-of-thumb', ...breakdown },
    note: beyond,
  };
}

/** One model on one card; the warning is about free memory, else about the model. */
export function cellOf(
  { model, required, note }: Requirement,
  gpu: GpuSpec,
  precision: MatrixPrecision,
  request: MatrixRequest,
): MatrixCell {
  const room = request.mode === 'exact' ? exactRoom(gpu, request) : gpu.memory_gib;
  const fit = required === null ? unknownFit : fitOf(required, room);
  return {
    model: model.name,
    params_billion: model.params_billion,
    gpu: gpu.id,
    gpu_vram_gb: gpu.memory_gib,
    precision: precision.id,
    mode: request.mode,
    required_vram_gb: required,
    ...fit,
    warning: fit.warning ?? note,
  };
}

/** The precision that a request names. Throws MatrixError. */
export function precisionOf({ precision }: Pick<MatrixRequest, 'precision'>): MatrixPrecision {
  const found = precisionNamed(precision);
  if (found !== null) return found;
  throw new MatrixError(
    `There is no precision "${precision}"; there are ${matrixPrecisions.map(({ id }) => id).join(', ')}.`,
  );
}

const unknownFit = { status: 'UNKNOWN', vram_free_percent: null, warning: null } as const;
