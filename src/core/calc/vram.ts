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

/** Rule of thumb: weights, a share of them for the runtime, and the padded KV cache. */
export function vramBreakdown(input: VramInput): VramBreakdown {
  const weights = input.params_billion * bytesPerParameter[input.quantization];
  const overhead = weights * input.overhead_factor;
  const cache =
    (input.kv_cache_mb_per_token *
      input.context_tokens *
      kvCacheMultiplier[input.quantization] *
      modeBuffer[input.calculation_mode]) /
    1024;
  return {
    params_memory_gb: weights,
    overhead_gb: overhead,
    model_with_overhead_gb: weights + overhead,
    kv_cache_gb: cache,
    total_vram_gb: weights + overhead + cache,
  };
}

/** Rule of thumb: whether the model runs on the card; below a tenth of free memory it warns. */
export function evaluatePair(input: VramInput): VramResult {
  const breakdown = vramBreakdown(input);
  const required = breakdown.total_vram_gb;
  const runs = required <= input.gpu_vram_gb;
  const free = runs ? ((input.gpu_vram_gb - required) / input.gpu_vram_gb) * 100 : 0;
  const tight = runs && free < SAFETY_MARGIN_THRESHOLD * 100;
  return {
    model: input.model,
    model_size: `${input.params_billion}B`,
    gpu: input.gpu,
    gpu_vram_gb: input.gpu_vram_gb,
    required_vram_gb: required,
    status: runs ? 'RUNS' : "DOESN'T RUN",
    vram_free_percent: free,
    quantization: input.quantization,
    warning: tight ? `Low safety margin (${free.toFixed(1)}% free)` : null,
    breakdown,
  };
}
