import { MIB } from '../units';
import type { BudgetInput } from './schema';

/** How a given amount of memory is shared out, in bytes, and the longest context that is left room for. */
export interface MemoryBudget {
  readonly total_system_bytes: number;
  readonly available_bytes: number;
  readonly model_weight_bytes: number;
  readonly kv_cache_budget: number;
  readonly runtime_overhead: number;
  readonly max_context_length: number;
}

/**
 * Share of the weights taken for buffers and activations. A choice of ours: the rule of thumb names such a figure and does not
 * give it. llama.cpp's compute buffers for Llama 3.1 8B are 258 to 669 MiB beside 4.7 GiB of weights: 5 to 14 %.
 */
const RUNTIME_SHARE = 0.1;
/** The least of it, in bytes: f32 scores of a batch of 512 tokens over a vocabulary of 131,072, which even small models have. */
const LEAST_RUNTIME = 256 * MIB;
/** Bytes of a cached number: 16 bits. */
const CACHED_BYTES = 2;

/** Rule of thumb: what weights and runtime leave of the memory is for the KV cache; nothing where they leave none. */
export function estimateBudget(input: BudgetInput): MemoryBudget {
  const total = input.total_available_mb * MIB;
  const weights = Math.ceil((input.model_params * input.bits_per_weight) / 8);
  const runtime = Math.max(LEAST_RUNTIME, Math.ceil(weights * RUNTIME_SHARE));
  const available = Math.max(0, total - weights - runtime);
  return {
    total_system_bytes: total,
    available_bytes: available,
    model_weight_bytes: weights,
    kv_cache_budget: available,
    runtime_overhead: runtime,
    max_context_length: maxContextLength(available, input),
  };
}

/** Tokens whose keys and values of all heads in all layers, at 16 bits, fit the budget in bytes. */
export function maxContextLength(
  kvCacheBudget: number,
  { num_layers: layers, num_heads: heads, head_dim: length }: BudgetInput,
): number {
  return Math.floor(kvCacheBudget / (2 * layers * heads * length * CACHED_BYTES));
}
