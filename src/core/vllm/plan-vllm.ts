import type { Model } from '../model/schema';
import { fromGib } from '../units';
import { cardsOf, trunkOf } from './parallel';
import { bytesPerParameter, kvBytes } from './precision';
import { chooseAsked, chooseBest } from './choose';
import type { Evaluated } from './evaluate';
import { findingsOf } from './findings';
import { recommendations } from './recommend';
import { judgeByRule, type RuleAnswer } from './rule-of-thumb';
import type { Card, VllmPlan, VllmRequest } from './schema';
import { servedName } from './served-name';
import { publishedQuantisation } from './settle';
import { forecastSpeed } from './speed';

/**
 * Whether a deployment fits, by vLLM's own account and by the rule of thumb beside it, how fast, and what to set. `cards`: null where
 * nobody could look. Pure: the window works it out while a slider moves.
 */
export function planVllm(model: Model, cards: readonly Card[] | null, request: VllmRequest): VllmPlan {
  return planOf(model, cards, request, chooseAsked(model, cards, request));
}

/** The same for the deployment that changes least of what was asked for and ships; as asked where none does. */
export function recommendVllm(model: Model, cards: readonly Card[] | null, request: VllmRequest): VllmPlan {
  return planOf(model, cards, request, chooseBest(model, cards, request));
}

function planOf(
  model: Model,
  cards: readonly Card[] | null,
  request: VllmRequest,
  chosen: Evaluated,
): VllmPlan {
  const { settings, exact, verdict, reasons } = chosen;
  const known = cards ?? [];
  const best = verdict === 'ship' ? chosen : chooseBest(model, cards, request);
  return {
    verdict,
    reasons: [...reasons],
    model: {
      name: model.name,
      served: servedName(model),
      published: publishedQuantisation(model),
      parameters: model.parameters.total,
      layers: trunkOf(model),
      heads: model.attention.heads,
      kv_heads: model.attention.kv_heads,
      context_trained: model.context_trained,
    },
    cards: [...known],
    request,
    settings,
    rule_of_thumb: ruleFor(model, known, request, chosen),
    exact,
    speed: forecastSpeed(model, known, exact, request, settings),
    recommendations: [...recommendations(model, known, request, best)],
    findings: [
      ...model.findings,
      ...findingsOf(model, known.slice(0, cardsOf(settings.parallel)), request, settings, exact),
    ],
  };
}

/** The rule over the cards of one copy; null where the model's shape or a card's memory is not known. */
function ruleFor(
  model: Model,
  cards: readonly Card[],
  request: VllmRequest,
  { settings }: Evaluated,
): VllmPlan['rule_of_thumb'] {
  const { parallel, quantisation, kv_cache_dtype: kv } = settings;
  const ranks = parallel.tensor * parallel.pipeline;
  const used = cards.slice(0, ranks);
  const { total: parameters } = model.parameters;
  const { kv_heads: kvHeads, key_length: headDim } = model.attention;
  if (parameters === null || kvHeads === null || headDim === null || model.block_count === null) return null;
  if (used.length < ranks || used.some(({ memory_bytes: memory }) => memory === null)) return null;
  const answer: RuleAnswer = judgeByRule({
    parameters,
    bytes_per_parameter: bytesPerParameter(quantisation, request.dtype),
    shape: { layers: model.block_count, kv_heads: kvHeads, head_dim: headDim },
    kv_bytes: kvBytes(kv, request.dtype),
    context: settings.context,
    concurrency: Math.ceil(request.concurrency / parallel.data),
    fragmentation: request.fragmentation,
    vram_bytes: used.reduce((sum, { memory_bytes: memory }) => sum + memory!, 0),
    tensor_parallel: parallel.tensor,
    overhead_gib: request.overhead_gib,
    gpu_memory_utilization: settings.gpu_memory_utilization,
    headroom_bytes: fromGib(request.headroom_gib)!,
  });
  return { ...answer, warnings: [...answer.warnings] };
}
