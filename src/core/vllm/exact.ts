import type { Model } from '../model/schema';
import { GIB } from '../units';
import { activationPeak, outsideTorch } from './activation';
import { exactly, type Interval, leastOf, less, mapped } from './interval';
import {
  blocksIn,
  blocksOfRequest,
  concurrencyOf,
  longestContext,
  type RequestForm,
  tokensOf,
} from './kv-capacity';
import { layoutOf, type CacheLayout } from './kv-groups';
import { pagedLayers } from './kv-pages';
import { type Parallel, type Stage, stagesOf, trunkOf } from './parallel';
import { riskOf } from './rule-of-thumb';
import type { Card, ExactAnswer, VllmRequest, VllmSettings } from './schema';
import { weightsOfRank } from './weights';

/** Memory that captured CUDA graphs take: nothing is known of it before a start; published logs show 0.1 to 1 GiB, since 0.21 part of the account. */
const GRAPHS: Interval = { low: 0, likely: 0, high: GIB };

/** vLLM's own account of one deployment; null where weights, cache or a card's memory are not known. */
export function exactAnswer(
  model: Model,
  cards: readonly Card[],
  request: VllmRequest,
  settings: VllmSettings,
): ExactAnswer | null {
  const { parallel } = settings;
  const pages = pagedLayers(model, { kv: settings.kv_cache_dtype, dtype: request.dtype }, parallel.tensor);
  const ranks = ranksOf(model, cards, request, settings);
  if (pages === null || ranks === null) return null;
  const layout = layoutOf(pages);
  const form: RequestForm = {
    batchedTokens: settings.max_batched_tokens,
    prefixCaching: settings.prefix_caching,
  };
  const stages = stagesOf(trunkOf(model) ?? 0, parallel.pipeline);
  const blocks = leastOf(
    ranks.map(({ stage, cache_bytes: left }) =>
      mapped(left, (bytes) => blocksIn(layout, stages[stage]!, bytes)),
    ),
  );
  const each = Math.ceil(request.concurrency / parallel.data);
  const asked = blocksOfRequest(layout, settings.context, form) * each;
  const most = model.context_trained ?? settings.context;
  return {
    ranks: ranks.map((rank) => withAsked(rank, asked * layout.blockBytes(stages[rank.stage]!))),
    layout: layout.kind,
    block_tokens: layout.groups[0]?.block ?? 0,
    groups: layout.groups.length,
    block_bytes: layout.blockBytes(stages[0]!),
    blocks: finite(blocks),
    cache_tokens: finite(mapped(blocks, (count) => tokensOf(layout, count, settings.context, form))),
    concurrency: finite(
      mapped(blocks, (count) => concurrencyOf(layout, count, settings.context, form) * parallel.data),
    ),
    context: finite(mapped(blocks, (count) => longestContext(layout, count, each, most, form))),
    request_bytes: bytesOfRequest(layout, stages, settings.context, form, parallel),
    growth: growthOf(layout, stages, blocks, most, form, parallel),
    oom_risk: riskOf(
      Math.min(...ranks.map((rank) => rank.cache_bytes.low - asked * layout.blockBytes(stages[rank.stage]!))),
    ),
  };
}

/** What the asked requests take of a card. */
function withAsked(rank: Rank, bytes: number): ExactAnswer['ranks'][number] {
  return { ...rank, asked_bytes: bytes };
}

type Rank = Omit<ExactAnswer['ranks'][number], 'asked_bytes'>;

/** Every card of every copy: a stage has `tensor` cards with equal shares. */
function ranksOf(
  model: Model,
  cards: readonly Card[],
  request: VllmRequest,
  settings: VllmSettings,
): readonly Rank[] | null {
  const { parallel, quantisation } = settings;
  const form = { quantisation, dtype: request.dtype };
  const stages = stagesOf(trunkOf(model) ?? 0, parallel.pipeline);
  const activation = activationOf(model, request, settings);
  const weights = stages.map((stage) => weightsOfRank(model, form, parallel, stage));
  if (activation === null) return null;
  const nonTorch =
    request.non_torch_gib === null
      ? outsideTorch(parallel.tensor * parallel.pipeline, request.engine)
      : exactly(Math.round(request.non_torch_gib * GIB));
  const known = request.activation_gib !== null && request.non_torch_gib !== null;
  const graphs = request.enforce_eager || known ? exactly(0) : GRAPHS;
  const ranks: Rank[] = [];
  for (const [position, card] of cards
    .slice(0, parallel.tensor * parallel.pipeline * parallel.data)
    .entries()) {
    const stage = Math.floor(position / parallel.tensor) % parallel.pipeline;
    const own = weights[stage] ?? null;
    if (card.memory_bytes === null || own === null) return null;
    const budget = Math.floor(card.memory_bytes * settings.gpu_memory_utilization);
    ranks.push({
      device: `gpu${position}`,
      name: card.name,
      stage,
      total_bytes: card.memory_bytes,
      budget_bytes: budget,
      weights_bytes: own,
      activation_bytes: activation,
      non_torch_bytes: nonTorch,
      graph_bytes: graphs,
      cache_bytes: less(budget, [exactly(own), activation, nonTorch, graphs]),
    });
  }
  return ranks;
}

function activationOf(model: Model, request: VllmRequest, settings: VllmSettings): Interval | null {
  if (request.activation_gib !== null) return exactly(Math.round(request.activation_gib * GIB));
  return activationPeak(
    model,
    {
      batchedTokens: settings.max_batched_tokens,
      sequences: settings.max_sequences,
      engine: request.engine,
    },
    settings.parallel,
  );
}

function bytesOfRequest(
  layout: CacheLayout,
  stages: readonly Stage[],
  tokens: number,
  form: RequestForm,
  { tensor }: Parallel,
): number {
  const blocks = blocksOfRequest(layout, tokens, form);
  return stages.reduce((sum, stage) => sum + blocks * layout.blockBytes(stage) * tensor, 0);
}

/** Steps of the curves over the length of a request. */
const STEPS = 32;

function growthOf(
  layout: CacheLayout,
  stages: readonly Stage[],
  blocks: Interval,
  most: number,
  form: RequestForm,
  parallel: Parallel,
): ExactAnswer['growth'] {
  return Array.from({ length: STEPS }, (_, step) => {
    const tokens = Math.max(1, Math.round((most * (step + 1)) / STEPS));
    const fitting = mapped(blocks, (count) => concurrencyOf(layout, count, tokens, form) * parallel.data);
    return {
      tokens,
      bytes: bytesOfRequest(layout, stages, tokens, form, parallel),
      concurrency: finite(fitting),
    };
  });
}

/** A model that keeps nothing has no bound; JSON has no infinity. */
function finite(interval: Interval): Interval {
  return mapped(interval, (value) => Math.min(value, Number.MAX_SAFE_INTEGER));
}
