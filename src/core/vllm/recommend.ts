import type { Model } from '../model/schema';
import { formatBytes, formatInteger } from '../report/format';
import { canDo, FP8_CAPABILITY } from './choose';
import type { Evaluated } from './evaluate';
import { isFp8 } from './precision';
import { UTILISATION } from './rule-of-thumb';
import type { Card, Recommendation, VllmRequest } from './schema';
import { DEFAULT_SEQUENCES, publishedQuantisation } from './settle';

/** Every setting that is recommended, with its reason. */
export function recommendations(
  model: Model,
  cards: readonly Card[],
  request: VllmRequest,
  best: Evaluated,
): readonly Recommendation[] {
  return [
    tensorParallel(model, cards, request, best),
    quantisation(model, cards, best),
    cacheType(cards, best),
    longest(model, best),
    sequences(request, best),
    utilisation(cards, request, best),
    prefixes(model, request, best),
  ];
}

function tensorParallel(
  model: Model,
  cards: readonly Card[],
  request: VllmRequest,
  best: Evaluated,
): Recommendation {
  const { tensor } = best.settings.parallel;
  const { heads, kv_heads: kvHeads } = model.attention;
  const divides = `${heads ?? 'its'} attention and ${kvHeads ?? 'its'} key-value heads allow it`;
  const link =
    cards.length > 0 && cards.every(({ nvlink }) => nvlink === true)
      ? 'the cards talk over NVLink'
      : 'the cards talk over PCIe, where every further one costs more of the time of a token; beyond 4, a pipeline costs less';
  const asked = request.tensor_parallel === null ? '' : 'As asked. ';
  const reason =
    tensor === 1
      ? best.verdict === 'ship'
        ? 'One card holds the model, and no card need wait for another.'
        : 'No more cards were there, or none divides the heads.'
      : `${asked}${best.verdict === 'ship' ? 'The fewest cards on which it fits' : 'The most cards that can be used'}; ${divides}; ${link}.`;
  return { option: '--tensor-parallel-size', value: String(tensor), reason };
}

function quantisation(model: Model, cards: readonly Card[], best: Evaluated): Recommendation {
  const { quantisation: value } = best.settings;
  const published = publishedQuantisation(model);
  const reason =
    value === published
      ? 'As the model is published: it fits so, and nothing is lost.'
      : `Without it the model does not fit with this context; ${value === 'fp8' || value === 'int8' ? 'half' : 'about a quarter'} of the weights' bytes remain${value === 'fp8' && canDo(cards, FP8_CAPABILITY) ? ', and these cards compute in FP8' : ''}.`;
  const asAsked =
    best.verdict === 'ship'
      ? reason
      : reason.replace('it fits so, and nothing is lost', 'no form that was allowed would make it fit');
  return { option: '--quantization', value, reason: value === published ? asAsked : reason };
}

function cacheType(cards: readonly Card[], best: Evaluated): Recommendation {
  const { kv_cache_dtype: value } = best.settings;
  const reason = isFp8(value)
    ? `Half the bytes for every cached token${canDo(cards, FP8_CAPABILITY) ? '' : ', though these cards convert it at every step'}; without it the requests do not fit, or it was asked for.`
    : 'The cache in the type of the weights loses nothing, and no more room is needed.';
  return { option: '--kv-cache-dtype', value, reason };
}

function longest(model: Model, { settings, exact, verdict }: Evaluated): Recommendation {
  const most = exact === null ? null : Math.floor(exact.context.low);
  const value =
    verdict === 'refuse' && most !== null && most > 0 ? Math.min(settings.context, most) : settings.context;
  const could =
    most === null || most <= settings.context
      ? ''
      : ` Up to ${formatInteger(most)} would fit with as many requests.`;
  const reason =
    value < settings.context
      ? `The longest that surely fits with as many requests; ${formatInteger(settings.context)} were asked for.`
      : `As asked; vLLM would else reserve for the ${formatInteger(model.context_trained)} tokens the model was trained for.${could}`;
  return { option: '--max-model-len', value: String(value), reason };
}

function sequences(request: VllmRequest, { settings, exact }: Evaluated): Recommendation {
  const value = settings.max_sequences;
  const fitting = exact === null ? 'an unknown number' : formatInteger(Math.floor(exact.concurrency.low));
  const reason =
    request.max_sequences !== null
      ? `As asked; ${fitting} fit at full length.`
      : value >= DEFAULT_SEQUENCES
        ? `vLLM's usual bound; ${fitting} would fit at full length.`
        : `So many surely fit at full length. A lower bound also keeps the trial run at start-up small; shorter requests could share the cache in larger numbers.`;
  return { option: '--max-num-seqs', value: String(value), reason };
}

function utilisation(cards: readonly Card[], request: VllmRequest, { settings }: Evaluated): Recommendation {
  const value = settings.gpu_memory_utilization;
  const free = cards.flatMap(({ free_bytes: bytes }) => (bytes === null ? [] : [bytes]));
  const reason =
    request.gpu_memory_utilization !== null
      ? 'As asked.'
      : value < UTILISATION
        ? `Only ${formatBytes(Math.min(...free))} are free on the fullest card now; vLLM does not start where its share is not free.`
        : 'A tenth stays for CUDA graphs, fragments and whatever else runs on the card.';
  return { option: '--gpu-memory-utilization', value: String(value), reason };
}

function prefixes(model: Model, request: VllmRequest, { settings }: Evaluated): Recommendation {
  const on = settings.prefix_caching;
  const stateful = model.layers?.some(({ state }) => state !== null) ?? false;
  const value = on ? 'on' : 'off';
  if (stateful) {
    return {
      option: '--enable-prefix-caching',
      value,
      reason: on
        ? 'Shared beginnings are read once; this model keeps a second state a request for it.'
        : 'This model keeps states, and a second one a request would be needed to share beginnings.',
    };
  }
  const reason = !on
    ? 'As asked.'
    : request.shared_prefix === true
      ? 'The requests begin alike: that part is computed once and kept once.'
      : 'It costs nothing where beginnings differ, and saves the prompt where they do not.';
  return { option: '--enable-prefix-caching', value, reason };
}
