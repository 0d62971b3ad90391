import { publishedMethod } from '../catalog/models';
import type { Model } from '../model/schema';
import { GIB } from '../units';
import { cardsOf, tensorSizes } from './parallel';
import type { KvCacheDtype, Quantisation } from './precision';
import { UTILISATION } from './rule-of-thumb';
import type { Card, VllmRequest, VllmSettings } from './schema';

/** What a user did not say of a deployment, as one of the ways that are tried. */
export interface Choice {
  readonly tensor: number;
  readonly quantisation: Quantisation;
  readonly kv: KvCacheDtype;
  readonly context: number;
}

/** Context of a request that names none: the planner's own. */
const DEFAULT_CONTEXT = 8192;
/** vLLM's bound of requests at once on most cards (`vllm/engine/arg_utils.py`). */
export const DEFAULT_SEQUENCES = 256;
/** Cards from here on get larger steps by default, as vLLM has it; not the A100. */
const LARGE_CARD = 70 * GIB;
const STEP_TOKENS = { usual: 2048, large: 8192 } as const;
/** Left to the display and the driver beside what is free now, when the share is chosen by it. */
const LEFT_FREE = 0.3 * GIB;

/** Tokens of a request at most: as asked, else 8192 or what the model was trained for. */
export function contextOf(model: Model, request: VllmRequest): number {
  return request.context ?? Math.min(DEFAULT_CONTEXT, model.context_trained ?? DEFAULT_CONTEXT);
}

/** How the model is published: a model of the catalog and MXFP4 say so, all others count as not quantised. */
export function publishedQuantisation(model: Model): Quantisation {
  if (/mxfp4/i.test(model.quant ?? '') || model.tensors.some(({ type }) => type === 'mxfp4')) return 'mxfp4';
  if (model.source.kind !== 'catalog') return 'none';
  return publishedMethod(model.source.locator.replace(/:.*$/u, '')) === 'fp8' ? 'fp8' : 'none';
}

/** Sizes to try, smallest first: the one that was asked for, else those that the heads and the cards allow. */
export function sizesToTry(model: Model, cards: readonly Card[], request: VllmRequest): readonly number[] {
  if (request.tensor_parallel !== null) return [request.tensor_parallel];
  const share = Math.floor(cards.length / (request.pipeline_parallel * request.data_parallel));
  const sizes = tensorSizes(model, share).filter(isPowerOfTwo);
  return sizes.length === 0 ? [1] : sizes;
}

/** Other sizes run, but kernels and links are made for powers of two. */
function isPowerOfTwo(size: number): boolean {
  return Number.isInteger(Math.log2(size));
}

/** The settings of a choice, `sequences` of them at once. */
export function settingsOf(
  cards: readonly Card[],
  request: VllmRequest,
  choice: Choice,
  sequences: number,
): VllmSettings {
  const parallel = {
    tensor: choice.tensor,
    pipeline: request.pipeline_parallel,
    data: request.data_parallel,
  };
  const used = cards.slice(0, cardsOf(parallel));
  return {
    parallel,
    quantisation: choice.quantisation,
    kv_cache_dtype: choice.kv,
    context: choice.context,
    max_sequences: sequences,
    max_batched_tokens: request.max_batched_tokens ?? stepTokens(used),
    gpu_memory_utilization: request.gpu_memory_utilization ?? utilisationOf(used),
    prefix_caching: request.prefix_caching ?? true,
  };
}

function stepTokens(cards: readonly Card[]): number {
  const large =
    cards.length > 0 &&
    cards.every(({ memory_bytes: memory, name }) => (memory ?? 0) >= LARGE_CARD && !/a100/i.test(name));
  return large ? STEP_TOKENS.large : STEP_TOKENS.usual;
}

/** 0.90, or less where a card's free memory does not reach it: vLLM will not start then. */
export function utilisationOf(cards: readonly Card[]): number {
  const shares = cards.flatMap(({ memory_bytes: total, free_bytes: free }) =>
    total === null || total === 0 || free === null ? [] : [(free - LEFT_FREE) / total],
  );
  const least = Math.min(UTILISATION, ...shares);
  return Math.max(0.05, Math.floor(least * 100) / 100);
}
