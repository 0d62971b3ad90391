import type { Model } from '../model/schema';
import { GB } from '../units';
import { type Interval, mapped } from './interval';
import type { Card, ExactAnswer, VllmRequest, VllmSettings, VllmSpeed } from './schema';

/** Share of a card's memory bandwidth that decoding reaches: 40 to 90 % in published benchmarks of vLLM, more with larger batches. */
const BANDWIDTH = { low: 0.4, likely: 0.65, high: 0.9 } as const;
/** Share of the matrix units' speed that prompts reach: 25 to 60 % in published benchmarks of vLLM, 40 % their middle. */
const ARITHMETIC = { low: 0.25, likely: 0.4, high: 0.6 } as const;
/** Seconds that one all-reduce of a small batch takes beside its bytes: NCCL over NVLink and over PCIe. */
const REDUCE_SECONDS = { nvlink: 10e-6, pcie: 40e-6 } as const;
/** All-reduces of a layer: after attention and after the feed-forward. */
const REDUCES = 2;
const HALF = 2;
const TERA = 1e12;

/**
 * Speed of `concurrency` requests that decode together, by what a step reads: weights once, of a mixture the experts that the batch
 * touches, and every request's cache at its middle length. An interval from what published benchmarks show; null
 * with what is missing where a card's bandwidth or arithmetic is not known.
 */
export function forecastSpeed(
  model: Model,
  cards: readonly Card[],
  exact: ExactAnswer | null,
  request: VllmRequest,
  settings: VllmSettings,
): VllmSpeed {
  const { tensor, pipeline, data } = settings.parallel;
  const used = cards.slice(0, tensor * pipeline * data);
  const batch = Math.max(1, Math.min(Math.ceil(request.concurrency / data), settings.max_sequences));
  const bandwidth = slowest(used.map((card) => card.bandwidth_gbps));
  const compute = slowest(used.map((card) => card.compute_tflops));
  const missing = [
    ...(exact === null ? ['the memory of the deployment'] : []),
    ...(bandwidth === null ? ["a card's memory bandwidth"] : []),
    ...(compute === null ? ["a card's arithmetic"] : []),
  ];
  const step =
    exact === null || bandwidth === null
      ? null
      : stepSeconds(model, exact, batch, request, settings, used, bandwidth);
  const prompt = compute === null ? null : promptSeconds(model, request, settings, compute);
  const decode = step === null ? null : rateOf(step, 1);
  return {
    batch: batch * data,
    decode_tok_s: decode,
    throughput_tok_s: decode === null ? null : mapped(decode, (rate) => rate * batch * data),
    first_token_s: prompt,
    request_s: step === null || prompt === null ? null : together(prompt, step, request.output_tokens),
    basis: 'prior',
    missing,
  };
}

function slowest(figures: readonly (number | null)[]): number | null {
  const known = figures.filter((figure) => figure !== null);
  return known.length === 0 || known.length < figures.length ? null : Math.min(...known);
}

/** Seconds of one step at the ends of the prior; stages of a pipeline follow one another. */
function stepSeconds(
  model: Model,
  exact: ExactAnswer,
  batch: number,
  { prompt_tokens: prompt, output_tokens: output }: VllmRequest,
  { parallel, context }: VllmSettings,
  cards: readonly Card[],
  bandwidth: number,
): Interval {
  const copy = exact.ranks.slice(0, parallel.tensor * parallel.pipeline);
  const stages = Array.from({ length: parallel.pipeline }, (_, stage) =>
    copy.find((rank) => rank.stage === stage)!,
  );
  const weights = stages.reduce((sum, rank) => sum + rank.weights_bytes, 0) * touchedShare(model, batch);
  const depth = Math.min(context, prompt + output / 2);
  const cache = (cacheAt(exact, depth) * batch) / parallel.tensor;
  const seconds = (weights + cache) / (bandwidth * GB);
  const waits = reduceSeconds(model, parallel.tensor, cards, batch);
  return {
    low: seconds / BANDWIDTH.high + waits,
    likely: seconds / BANDWIDTH.likely + waits,
    high: seconds / BANDWIDTH.low + waits,
  };
}

/** A request's cache at `depth` tokens, between the points of its curve. */
function cacheAt({ growth }: ExactAnswer, depth: number): number {
  const next = growth.findIndex(({ tokens }) => tokens >= depth);
  const above = growth[next] ?? growth.at(-1)!;
  const below = growth[next - 1] ?? { tokens: 0, bytes: 0 };
  if (next === -1 || above.tokens === below.tokens) return above.bytes;
  const share = (depth - below.tokens) / (above.tokens - below.tokens);
  return below.bytes + share * (above.bytes - below.bytes);
}

/** Share of the weights that a step reads: all of a dense model; of the experts those that any of `batch` tokens is sent to. */
export function touchedShare(model: Model, batch: number): number {
  const { experts } = model;
  if (experts === null || experts.used === null) return 1;
  const inExperts = model.tensors.reduce((sum, { role, bytes }) => sum + (role === 'expert' ? bytes : 0), 0);
  const all = model.tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  if (all === 0) return 1;
  const touched = 1 - (1 - experts.used / experts.count) ** batch;
  return (all - inExperts + inExperts * touched) / all;
}

function reduceSeconds(model: Model, tensor: number, cards: readonly Card[], batch: number): number {
  if (tensor === 1) return 0;
  const nvlink = cards.every((card) => card.nvlink === true);
  const link = slowest(cards.map((card) => card.link_gbps));
  const each = nvlink ? REDUCE_SECONDS.nvlink : REDUCE_SECONDS.pcie;
  const bytes = batch * (model.embedding_length ?? 0) * HALF * 2 * ((tensor - 1) / tensor);
  const moved = link === null ? 0 : bytes / (link * GB);
  return REDUCES * (model.block_count ?? 0) * (each + moved);
}

/** Two operations a parameter and token; the attention over the prompt itself is left out, which long prompts feel. */
function promptSeconds(
  model: Model,
  { prompt_tokens: tokens }: VllmRequest,
  { parallel }: VllmSettings,
  tflops: number,
): Interval | null {
  const active = model.parameters.active ?? model.parameters.total;
  if (active === null) return null;
  const seconds = (2 * active * tokens) / (tflops * TERA * parallel.tensor);
  return {
    low: seconds / ARITHMETIC.high,
    likely: seconds / ARITHMETIC.likely,
    high: seconds / ARITHMETIC.low,
  };
}

function rateOf(seconds: Interval, tokens: number): Interval {
  return { low: tokens / seconds.high, likely: tokens / seconds.likely, high: tokens / seconds.low };
}

function together(prompt: Interval, step: Interval, tokens: number): Interval {
  return {
    low: prompt.low + step.low * tokens,
    likely: prompt.likely + step.likely * tokens,
    high: prompt.high + step.high * tokens,
  };
}
