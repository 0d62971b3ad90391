import { finding, type Finding } from '../finding';
import type { Model } from '../model/schema';
import { canDo, FP8_CAPABILITY, INT4_CAPABILITY } from './choose';
import { isFp8 } from './precision';
import type { Card, ExactAnswer, VllmRequest, VllmSettings } from './schema';
import { publishedQuantisation } from './settle';

/** Brain floats: Ampere and later. */
const BFLOAT_CAPABILITY = 8;

/** What is worth telling of a deployment, beside its verdict. */
export function findingsOf(
  model: Model,
  cards: readonly Card[],
  request: VllmRequest,
  settings: VllmSettings,
  exact: ExactAnswer | null,
): readonly Finding[] {
  return [
    ...cardFindings(cards),
    ...precisionFindings(model, cards, request, settings),
    ...sourceFindings(model),
    ...cacheFindings(model, settings, exact),
  ];
}

function cardFindings(cards: readonly Card[]): readonly Finding[] {
  const found: Finding[] = [];
  if (cards.some(({ source }) => source === 'catalog')) {
    found.push(
      finding(
        'info',
        'assumed-card',
        'The cards are data sheets: 98 % of their memory counts as what a driver shows, 91 % where error correction takes a part of it.',
        'Measure the machine itself with `plimsoll probe` for exact figures.',
      ),
    );
  }
  const sizes = new Set(cards.map(({ memory_bytes: memory }) => memory));
  if (sizes.size > 1) {
    found.push(
      finding(
        'warning',
        'unequal-cards',
        'The cards differ in memory; vLLM gives every one as many blocks as the smallest has room for.',
        'Name the cards to use with CUDA_VISIBLE_DEVICES.',
      ),
    );
  }
  return found;
}

function precisionFindings(
  model: Model,
  cards: readonly Card[],
  request: VllmRequest,
  { quantisation, kv_cache_dtype: kv }: VllmSettings,
): readonly Finding[] {
  const found: Finding[] = [];
  const published = publishedQuantisation(model);
  const made = quantisation === 'fp8' && published === 'none';
  if (quantisation !== published && !made) {
    found.push(
      finding(
        'warning',
        'needs-checkpoint',
        `vLLM does not make ${quantisation === 'none' ? '16-bit' : quantisation.toUpperCase()} weights of this model itself: it needs a checkpoint that holds them.`,
        'Name one with --checkpoint ORG/REPO.',
      ),
    );
  }
  if ((quantisation === 'awq' || quantisation === 'gptq') && !canDo(cards, INT4_CAPABILITY)) {
    found.push(
      finding(
        'error',
        'no-kernel',
        `${quantisation.toUpperCase()} needs compute capability ${INT4_CAPABILITY}.`,
        null,
      ),
    );
  }
  if ((quantisation === 'fp8' || isFp8(kv)) && !canDo(cards, FP8_CAPABILITY)) {
    found.push(
      finding(
        'warning',
        'no-native-fp8',
        `These cards do not compute in FP8 (capability ${FP8_CAPABILITY} does): it saves memory, not time.`,
        null,
      ),
    );
  }
  if (request.dtype !== 'float16' && !canDo(cards, BFLOAT_CAPABILITY)) {
    found.push(
      finding(
        'warning',
        'no-bfloat16',
        'These cards have no bfloat16; vLLM refuses to start with it.',
        'Give --dtype float16.',
      ),
    );
  }
  if ((kv === 'float16' || kv === 'bfloat16' || kv === 'float32') && kv !== request.dtype) {
    found.push(
      finding(
        'warning',
        'cache-follows-dtype',
        `vLLM keeps a cache in ${kv} only where it computes in ${kv}.`,
        `Give --dtype ${kv} too, or --kv-cache-dtype auto.`,
      ),
    );
  }
  return found;
}

function sourceFindings(model: Model): readonly Finding[] {
  if (model.source.kind !== 'gguf') return [];
  return [
    finding(
      'warning',
      'gguf-model',
      'vLLM runs GGUF files experimentally and slowly; weights are told as if the model were published for vLLM.',
      'Name the repository of the original model, as hf:ORG/REPO.',
    ),
  ];
}

function cacheFindings(model: Model, settings: VllmSettings, exact: ExactAnswer | null): readonly Finding[] {
  const found: Finding[] = [];
  if (exact?.layout === 'as-full') {
    found.push(
      finding(
        'warning',
        'windows-kept-whole',
        'The layers keep caches of sizes that do not share pages, so sliding windows are counted as if they kept every token.',
        null,
      ),
    );
  }
  if (model.experts !== null && settings.quantisation === 'mxfp4') {
    found.push(
      finding(
        'info',
        'padded-experts',
        "vLLM's MXFP4 kernels pad experts to their tiles: up to 7 % more weights than are told here.",
        null,
      ),
    );
  }
  const vision = Object.keys(model.metadata).some((key) => key.startsWith('clip.'));
  if (vision) found.push(finding('warning', 'vision-left-out', 'The image encoder is not counted.', null));
  return found;
}
