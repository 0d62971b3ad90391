import { kvCacheDtypes, quantisations, weightDtypes } from '../../core/vllm/precision';
import type { VllmRequest } from '../../core/vllm/schema';
import type { OptionMeta } from '../command';
import { numberFrom, positiveNumber, wholeNumber } from '../option-values';

const tokens = wholeNumber(1, 2 ** 31 - 1);
const ranks = wholeNumber(1, 1024);

/** Options of a deployment, by the field of the request that each sets. */
const fields = {
  ctx: 'context',
  concurrency: 'concurrency',
  tp: 'tensor_parallel',
  pp: 'pipeline_parallel',
  dp: 'data_parallel',
  quantization: 'quantisation',
  dtype: 'dtype',
  kvCacheDtype: 'kv_cache_dtype',
  gpuMemoryUtilization: 'gpu_memory_utilization',
  maxNumSeqs: 'max_sequences',
  maxNumBatchedTokens: 'max_batched_tokens',
  headroomGib: 'headroom_gib',
  fragmentation: 'fragmentation',
  overheadGib: 'overhead_gib',
  activationGib: 'activation_gib',
  nonTorchGib: 'non_torch_gib',
  promptTokens: 'prompt_tokens',
  outputTokens: 'output_tokens',
  prefixCaching: 'prefix_caching',
  enforceEager: 'enforce_eager',
} as const satisfies Readonly<Record<string, keyof VllmRequest>>;

export type VllmRequestOptions = { readonly [Name in keyof typeof fields]?: unknown };

export const vllmRequestOptions: readonly OptionMeta[] = [
  {
    flags: '--ctx <tokens>',
    description: 'longest request; default: 8192 or what it was trained for',
    parse: tokens,
  },
  {
    flags: '--concurrency <n>',
    description: 'requests of that length at once; default: 1',
    parse: wholeNumber(1, 1e9),
  },
  { flags: '--tp <n>', description: 'tensor-parallel size; default: the smallest that ships', parse: ranks },
  { flags: '--pp <n>', description: 'pipeline-parallel size', parse: ranks },
  { flags: '--dp <n>', description: 'data-parallel size', parse: ranks },
  {
    flags: '--quantization <kind>',
    description: 'of the weights; default: as published',
    choices: quantisations,
  },
  { flags: '--dtype <type>', description: 'of what is not quantised', choices: weightDtypes },
  { flags: '--kv-cache-dtype <type>', description: 'of the KV cache', choices: kvCacheDtypes },
  {
    flags: '--gpu-memory-utilization <share>',
    description: 'share of each card that may be taken; default: 0.9, or what is free',
    parse: positiveNumber,
  },
  {
    flags: '--max-num-seqs <n>',
    description: 'requests at once at most; default: what fits',
    parse: wholeNumber(1, 65_536),
  },
  { flags: '--max-num-batched-tokens <n>', description: 'tokens of a step', parse: tokens },
  { flags: '--prefix-caching', description: 'keep shared beginnings' },
  { flags: '--no-prefix-caching', description: 'do not keep shared beginnings' },
  { flags: '--enforce-eager', description: 'without CUDA graphs' },
  {
    flags: '--prompt-tokens <n>',
    description: 'of the workload that speed is told for; default: 1024',
    parse: tokens,
  },
  { flags: '--output-tokens <n>', description: 'of that workload; default: 256', parse: tokens },
  {
    flags: '--headroom-gib <gib>',
    description: 'rule of thumb: must be left; default: 1',
    parse: numberFrom(0),
  },
  {
    flags: '--fragmentation <factor>',
    description: 'rule of thumb: on the KV cache; default: 1.15',
    parse: numberFrom(1),
  },
  {
    flags: '--overhead-gib <gib>',
    description: 'rule of thumb: overhead instead of its formula',
    parse: numberFrom(0),
  },
  {
    flags: '--activation-gib <gib>',
    description: "peak of the trial run, from an earlier start's log",
    parse: numberFrom(0),
  },
  {
    flags: '--non-torch-gib <gib>',
    description: "memory outside PyTorch, from an earlier start's log",
    parse: numberFrom(0),
  },
];

/** The fields of the request that were said; those that were not keep what a file or the default has. */
export function requestPartOf(options: VllmRequestOptions): Partial<Record<keyof VllmRequest, unknown>> {
  const said = Object.entries(fields).flatMap(([option, field]) => {
    const value = options[option as keyof typeof fields];
    return value === undefined ? [] : [[field, value] as const];
  });
  return Object.fromEntries(said);
}
