import { bytesPerParameter, kvCacheMultiplier, modeBuffer, SAFETY_MARGIN_THRESHOLD } from './precision';
import type { VramInput } from './schema';

/** Where the estimate comes from, in GB as the rule of thumb has them: 10^9 bytes of weights, GiB of cache. */
export interface VramBreakdown {
  readonly params_memory_gb: number;
  readonly overhead_gb: number;
  readonly model_with_overhead_gb: number;
  readonly kv_cache_gb: number;
  readonly total_vram_gb: number;
}

/** What the rule of thumb says of one model on one card. */
export interface VramResult {
  readonly model: string;
  readonly model_size: string;
  readonly gpu: string;
  readonly gpu_vram_gb: number;
  readonly required_vram_gb: number;
  readonly status: 'RUNS' | "DOESN'T RUN";
  readonly vram_free_percent: number;
  readonly quantization: VramInput['quantization'];
  readonly warning: string | null;
  readonly breakdown: VramBreakdown;
}

/** What the rule of thumb multiplies. */
export interface VramFactors {
  readonly params_billion: number;
  readonly bytes_per_parameter: number;
  readonly overhead_factor: number;
  readonly kv_cache_mb_per_token: number;
  readonly context_tokens: number;
  readonly kv_cache_multiplier: number;
  readonly mode_buffer: number;
}

/** Rule of thumb: weights, a share of them for the runtime, and the padded KV cache. */
export function breakdownOf(factors: VramFactors): VramBreakdown {
  const weights = factors.params_billion * factors.bytes_per_parameter;
  const overhead = weights * factors.overhead_factor;
  const cache =
    (factors.kv_cache_mb_per_token *
      factors.context_tokens *
      factors.kv_cache_multiplier *
      factors.mode_buffer) /
    1024;
  return {
    params_memory_gb: weights,
    overhead_gb: overhead,
    model_with_overhead_gb: weights + overhead,
    kv_cache_gb: cache,
    total_vram_gb: weights + overhead + cache,
  };
}

/** The same for one of the four precisions that the rule of thumb names. */
export function vramBreakdown(input: VramInput): VramBreakdown {
  return breakdownOf({
    ...input,
    bytes_per_parameter: bytesPerParameter[input.quantization],
    kv_cache_multiplier: kvCacheMultiplier[input.quantization],
    mode_buffer: modeBuffer[input.calculation_mode],
  });
}

/** Whether so much fits so much memory, both in one unit; below a tenth of free memory it warns. */
export function fitOf(
  required: number,
  memory: number,
): Pick<VramResult, 'status' | 'vram_free_percent' | 'warning'> {
  const runs = required <= memory;
  const free = runs ? ((memory - required) / memory) * 100 : 0;
  const tight = runs && free < SAFETY_MARGIN_THRESHOLD * 100;
  return {
    status: runs ? 'RUNS' : "DOESN'T RUN",
    vram_free_percent: free,
    warning: tight ? `Low safety margin (${free.toFixed(1)}% free)` : null,
  };
}

/** Rule of thumb: whether the model runs on the card. */
export function evaluatePair(input: VramInput): VramResult {
  const breakdown = vramBreakdown(input);
  return {
    model: input.model,
    model_size: `${input.params_billion}B`,
    gpu: input.gpu,
    gpu_vram_gb: input.gpu_vram_gb,
    required_vram_gb: breakdown.total_vram_gb,
    ...fitOf(breakdown.total_vram_gb, input.gpu_vram_gb),
    quantization: input.quantization,
    breakdown,
  };
}
