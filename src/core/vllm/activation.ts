import type { Model } from '../model/schema';
import { GIB, MIB } from '../units';
import type { Interval } from './interval';
import type { Parallel } from './parallel';

/** The start-up's trial run: tokens of one step, and requests of which each has one token drawn. */
export interface TrialRun {
  readonly batchedTokens: number;
  readonly sequences: number;
  readonly engine: 'v0' | 'v1';
}

const HALF = 2;
const WORD = 4;
/**
 * Copies of the logits in 32 bits that drawing tokens holds at once (`v1/sample/ops/topk_topp_sampler.py`): the logits in both types,
 * the sorted ones with 64-bit places, probabilities, sums and masks. Published logs show 9.8 to 10.3 with engine V0 and 4.5 to 6.1
 * with V1; kernels that do not sort need 1.5.
 */
const COPIES = { low: 1.5, high: 10.5 } as const;
const LIKELY_COPIES = { v0: 10, v1: 5.5 } as const;
/** What long batches show above the formula of the feed-forward: 1.08 of it in published logs. */
const FORWARD_SLACK = { low: 1, likely: 1.08, high: 1.25 } as const;

/**
 * Peak of what PyTorch holds beside the weights while vLLM tries its largest batch: the larger of the widest layer and of the drawing
 * of tokens. Null where the model's widths are not known.
 */
export function activationPeak(model: Model, run: TrialRun, parallel: Parallel): Interval | null {
  const width = widestLayer(model, parallel);
  if (width === null || model.vocabulary === null) return null;
  const forward = run.batchedTokens * width * HALF;
  const logits = Math.min(run.sequences, run.batchedTokens) * model.vocabulary * WORD;
  return {
    low: Math.round(Math.max(forward * FORWARD_SLACK.low, logits * COPIES.low)),
    likely: Math.round(Math.max(forward * FORWARD_SLACK.likely, logits * LIKELY_COPIES[run.engine])),
    high: Math.round(Math.max(forward * FORWARD_SLACK.high, logits * COPIES.high)),
  };
}

/** Numbers a token holds in the widest layer: stream, residual, and the feed-forward's inner rows or the experts' work space. */
function widestLayer(model: Model, { tensor }: Parallel): number | null {
  const { embedding_length: hidden, feed_forward_length: inner, experts, attention } = model;
  if (hidden === null) return null;
  const stream = 2 * hidden;
  const dense = inner === null ? 0 : stream + (3 * inner) / tensor;
  const used = experts?.used ?? 0;
  const expert = (experts?.feed_forward_length ?? inner ?? 0) / tensor;
  const routed = experts === null ? 0 : stream + used * (Math.max(2 * expert, hidden) + expert) + hidden;
  const heads =
    (attention.heads ?? 0) * (attention.key_length ?? 0) +
    2 * (attention.kv_heads ?? 0) * (attention.key_length ?? 0);
  return Math.max(dense, routed, stream + (2 * heads) / tensor);
}

/**
 * What lies beside PyTorch's own allocations: kernels, cuBLAS, and with several ranks NCCL's buffers. Published logs show 0.03 to
 * 0.4 GiB on one card, 0.2 to 0.3 GiB where ranks talk over PCIe, up to 2 GiB over NVLink; early ones of V0 counted the driver's own
 * context too, 1.8 and 3.6 GiB.
 */
export function outsideTorch(ranks: number, engine: TrialRun['engine']): Interval {
  const most = engine === 'v0' ? { one: 1.8, more: 3.6 } : { one: 0.6, more: 2 };
  return ranks === 1
    ? { low: 32 * MIB, likely: Math.round(0.2 * GIB), high: Math.round(most.one * GIB) }
    : { low: Math.round(0.2 * GIB), likely: Math.round(0.3 * GIB), high: Math.round(most.more * GIB) };
}
