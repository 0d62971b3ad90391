import { formatInteger, formatTokenRate } from '../../report/format';
import { isQuantised } from '../kv-cache';
import { qualityOfCache } from '../quality/cache';
import { qualityWords } from '../quality/words';
import type { KvType, Plan, PlanRequest } from '../schema';
import { turnTokens } from '../search/value';
import { contextOf } from '../settings';
import { evenMicroBatch, isReservedAlone } from '../stream-starts';
import { padTo } from '../../units';
import { type Change, change, type Kind } from './change';
import type { Situation } from './situation';

/** A context below this is of little use to anybody. */
const SMALLEST_CONTEXT = 512;
/** What each halving adds to the cost: a quarter of a context is worth less than half of one. */
const HALF_THE_CONTEXT = 8;
/** llama.cpp pads the context to this many cells. */
const CONTEXT_STEP = 256;

/** Changes without which llama.cpp would not start. */
export function combinationKinds(situation: Situation): readonly Kind[] {
  const { request } = situation;
  const split = layerSplit(request);
  return [
    flashAttention(request),
    plainCache(request),
    plainAttention(request),
    split,
    largerBatch(request),
    evenParts(situation),
    longerContext(situation),
    ...(split.length > 0 ? [] : [freePlacement(request)]),
    sequences(request),
  ];
}

/** Changes of what is asked for that take less memory, or that allow more. */
export function requestKinds(situation: Situation, refused: Plan): readonly Kind[] {
  const { request } = situation;
  return [
    freePlacement(request),
    microBatches(request),
    sequences(request),
    caches(request),
    contexts(situation),
    margins(request),
    floors(refused),
    paging(request),
  ];
}

function flashAttention({ kv_type_v, flash_attention }: PlanRequest): readonly Change[] {
  if (flash_attention || !isQuantised(kv_type_v)) return [];
  const message = 'Switch flash attention on; it costs nothing.';
  return [change({ code: 'flash-attention', message, cost: 0, request: { flash_attention: true } })];
}

function plainCache({ kv_type_k, kv_type_v }: PlanRequest): readonly Change[] {
  if (kv_type_k === 'f16' && kv_type_v === 'f16') return [];
  const message = 'Keep the KV cache in f16.';
  return [change({ code: 'kv-f16', message, cost: 5, request: { kv_type_k: 'f16', kv_type_v: 'f16' } })];
}

/** Where the GPU has no fused attention for a model, and the V cache does not need it. */
function plainAttention({ kv_type_v, flash_attention }: PlanRequest): readonly Change[] {
  if (!flash_attention || isQuantised(kv_type_v)) return [];
  const message = 'Switch flash attention off; compute buffers are larger, and long contexts slower.';
  return [change({ code: 'no-flash-attention', message, cost: 8, request: { flash_attention: false } })];
}

function layerSplit({ split_mode }: PlanRequest): readonly Change[] {
  if (split_mode !== 'row') return [];
  const message = 'Put whole layers on each GPU.';
  return [change({ code: 'layer-split', message, cost: 7, request: { split_mode: 'layer' } })];
}

function largerBatch({ batch, parallel }: PlanRequest): readonly Change[] {
  if (batch >= parallel) return [];
  const message = `Hand over ${parallel} tokens at once instead of ${batch}, one of each conversation.`;
  return [change({ code: 'larger-batch', message, cost: 3, request: { batch: parallel } })];
}

/** As many tokens of each sequence, which some models need. */
function evenParts({ model, request }: Situation): readonly Change[] {
  const { micro_batch, parallel } = request;
  const even = evenMicroBatch(micro_batch, parallel);
  if (!isReservedAlone(model) || even === null || even === micro_batch) return [];
  const message = `Compute ${even} tokens of a prompt at once instead of ${micro_batch}, as many of each conversation.`;
  return [change({ code: 'even-micro-batch', message, cost: 1, request: { micro_batch: even } })];
}

/** A context that a turn of the size that was asked for goes into, where the model was trained for as many. */
function longerContext({ model, request }: Situation): readonly Change[] {
  const tokens = padTo(turnTokens(request) * request.parallel, CONTEXT_STEP);
  const most = model.context_trained ?? 0;
  if (request.objective !== 'shortest-turn' || contextOf(model, request) >= tokens || tokens > most)
    return [];
  const message = `Plan with a context of ${formatInteger(tokens)} tokens, which holds such a turn.`;
  return [change({ code: 'longer-context', message, cost: 4, request: { context: tokens } })];
}

/** Everything that places weights and that the user fixed. */
function freePlacement(request: PlanRequest): readonly Change[] {
  const free = {
    gpu_layers: null,
    cpu_moe_layers: null,
    tensor_split: null,
    split_mode: null,
    overrides: [],
    offload_cache: null,
    devices: null,
  } satisfies Partial<PlanRequest>;
  const fixed = Object.entries(free).filter(([field]) => {
    const value = request[field as keyof typeof free];
    return Array.isArray(value) ? value.length > 0 || field === 'devices' : value !== null;
  });
  if (fixed.length === 0) return [];
  const message = 'Let the plan choose what lies where; it costs no quality.';
  return [change({ code: 'free-placement', message, cost: 10, request: Object.fromEntries(fixed) })];
}

function microBatches({ micro_batch }: PlanRequest): readonly Change[] {
  return [256, 128, 64]
    .filter((size) => size < micro_batch)
    .map((size) => {
      const message = `Compute ${size} tokens of a prompt at once instead of ${micro_batch}; prompts are read more slowly.`;
      return change({ code: 'smaller-micro-batch', message, cost: 20, request: { micro_batch: size } });
    });
}

function sequences({ parallel }: PlanRequest): readonly Change[] {
  return halvings(parallel, 1, 1).map((count) => {
    const message =
      count === 1
        ? 'Serve one conversation at a time.'
        : `Serve ${count} conversations at a time instead of ${parallel}.`;
    return change({ code: 'fewer-sequences', message, cost: 30, request: { parallel: count } });
  });
}

/** From the largest type to the smallest. */
const cacheSizes: readonly KvType[] = [
  'f32',
  'f16',
  'bf16',
  'q8_0',
  'q5_1',
  'q5_0',
  'q4_1',
  'q4_0',
  'iq4_nl',
];
/** Types that CUDA builds of llama.cpp can attend to, and that the quality of is published. */
const smallerCaches: readonly (readonly [type: KvType, cost: number])[] = [
  ['q8_0', 40],
  ['q4_0', 65],
];

function caches({ kv_type_k, kv_type_v }: PlanRequest): readonly Change[] {
  const now = Math.max(cacheSizes.indexOf(kv_type_k), cacheSizes.indexOf(kv_type_v));
  return smallerCaches
    .filter(([type]) => cacheSizes.indexOf(type) > now)
    .map(([type, cost]) => {
      const quality = kv_type_k === kv_type_v ? qualityOfCache(kv_type_k, type) : null;
      const from = kv_type_k === kv_type_v ? kv_type_k : `${kv_type_k} and ${kv_type_v}`;
      const message = `Keep the KV cache in ${type} instead of ${from}: ${qualityWords(quality)}.`;
      const request = { kv_type_k: type, kv_type_v: type, flash_attention: true };
      return change({ code: `kv-${type}`, message, cost, request, quality });
    });
}

/** Three quarters, a half, three eighths, a quarter, … of what was asked for. */
function contexts({ model, request }: Situation): readonly Change[] {
  const context = contextOf(model, request);
  const tokens = halvings(context * 2, SMALLEST_CONTEXT, CONTEXT_STEP)
    .flatMap((half) => [half, roundDown((half * 3) / 4, CONTEXT_STEP)])
    .filter((size) => size < context && size >= SMALLEST_CONTEXT);
  return [...new Set(tokens)].map((size) => {
    const message = `Make do with a context of ${formatInteger(size)} tokens instead of ${formatInteger(context)}.`;
    const cost = 50 + HALF_THE_CONTEXT * Math.log2(context / size);
    return change({ code: 'shorter-context', message, cost, request: { context: size } });
  });
}

/** What is left free on each GPU; below 256 MiB a desktop that redraws can end the run. */
function margins({ margin_mib }: PlanRequest): readonly Change[] {
  return [512, 256]
    .filter((margin) => margin < margin_mib)
    .map((margin) => {
      const message = `Leave ${margin} MiB free on each GPU instead of ${formatInteger(margin_mib)}; what else runs there then has less room.`;
      return change({ code: 'smaller-margin', message, cost: 60, request: { margin_mib: margin } });
    });
}

/** The highest floor that the forecast's fast end still reaches. */
export function floors({ decode, reasons }: Pick<Plan, 'decode' | 'reasons'>): readonly Change[] {
  if (decode.high_tok_s === null || !reasons.some(({ code }) => code === 'below-floor')) return [];
  const floor = roundDown(decode.high_tok_s, 10 ** (Math.floor(Math.log10(decode.high_tok_s)) - 1));
  const reached = floor > 0 ? floor : decode.high_tok_s;
  const message = `Accept ${formatTokenRate(reached)} as the floor; it fits in memory.`;
  return [change({ code: 'lower-floor', message, cost: 80, request: { floor_tok_s: reached } })];
}

function paging({ allow_paging }: PlanRequest): readonly Change[] {
  if (allow_paging) return [];
  const message = 'Let weights be read from the disk while generating; every token then waits for it.';
  return [change({ code: 'allow-paging', message, cost: 85, request: { allow_paging: true } })];
}

/** `from / 2`, `from / 4`, … down to `least`, each a multiple of `step`. */
function halvings(from: number, least: number, step: number): readonly number[] {
  const sizes: number[] = [];
  for (let size = roundDown(from / 2, step); size >= least; size = roundDown(size / 2, step))
    sizes.push(size);
  return sizes;
}

function roundDown(value: number, step: number): number {
  return Math.floor(value / step) * step;
}
