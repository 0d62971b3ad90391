import type { Model } from '../model/schema';
import { evaluate, type Evaluated } from './evaluate';
import type { KvCacheDtype, Quantisation } from './precision';
import type { Card, VllmRequest } from './schema';
import { contextOf, publishedQuantisation, sizesToTry } from './settle';

/** The deployment as asked: on the smallest number of cards that ships, where that was left open; else on the most that can be had. */
export function chooseAsked(model: Model, cards: readonly Card[] | null, request: VllmRequest): Evaluated {
  const form = {
    quantisation: request.quantisation ?? publishedQuantisation(model),
    kv: request.kv_cache_dtype ?? 'auto',
  };
  return firstThatShips(model, cards, request, [form]);
}

/**
 * The deployment that changes least and ships: first on more cards, then with an 8-bit cache, then with weights in 8 and in 4 bits;
 * what was asked for stays. As asked where nothing ships.
 */
export function chooseBest(model: Model, cards: readonly Card[] | null, request: VllmRequest): Evaluated {
  const asked = chooseAsked(model, cards, request);
  if (asked.verdict === 'ship') return asked;
  const best = firstThatShips(model, cards, request, formsToTry(model, cards ?? [], request));
  return best.verdict === 'ship' ? best : asked;
}

interface Form {
  readonly quantisation: Quantisation;
  readonly kv: KvCacheDtype;
}

function firstThatShips(
  model: Model,
  cards: readonly Card[] | null,
  request: VllmRequest,
  forms: readonly Form[],
): Evaluated {
  const context = contextOf(model, request);
  let last: Evaluated | null = null;
  for (const form of forms) {
    for (const tensor of sizesToTry(model, cards ?? [], request)) {
      const tried = evaluate(model, cards, request, { ...form, tensor, context });
      if (tried.verdict === 'ship') return tried;
      last = last === null || rank(tried) >= rank(last) ? tried : last;
    }
  }
  return last!;
}

/** Nearer to shipping is larger. */
function rank({ verdict }: Evaluated): number {
  return verdict === 'unknown' ? 1 : 0;
}

/** First native arithmetic in 8-bit floats: Ada and Hopper. Marlin kernels hold FP8 weights from Ampere on. */
export const FP8_CAPABILITY = 8.9;
/** AWQ and GPTQ kernels (`quantization/awq.py: get_min_capability`). */
export const INT4_CAPABILITY = 7.5;

function formsToTry(model: Model, cards: readonly Card[], request: VllmRequest): readonly Form[] {
  const weights = request.quantisation === null ? weightForms(model, cards, request) : [request.quantisation];
  const caches: readonly KvCacheDtype[] =
    request.kv_cache_dtype === null ? cacheForms(cards, request) : [request.kv_cache_dtype];
  return weights.flatMap((quantisation) => caches.map((kv) => ({ quantisation, kv })));
}

/** From what is published down to 4 bits; MXFP4 has that already. */
function weightForms(model: Model, cards: readonly Card[], request: VllmRequest): readonly Quantisation[] {
  const published = publishedQuantisation(model);
  if (!request.allow_quantisation || published === 'mxfp4') return [published];
  if (published === 'fp8') return ['fp8', 'awq'];
  return ['none', canDo(cards, FP8_CAPABILITY) ? 'fp8' : 'int8', 'awq'];
}

function cacheForms(cards: readonly Card[], request: VllmRequest): readonly KvCacheDtype[] {
  return request.allow_fp8_cache && canDo(cards, FP8_CAPABILITY) ? ['auto', 'fp8_e4m3'] : ['auto'];
}

/** Whether every card has the capability; one that is not known counts as having it. */
export function canDo(cards: readonly Card[], capability: number): boolean {
  return cards.every((card) => card.capability === null || card.capability >= capability);
}
