import type { LayerMemory, Model } from '../../model/schema';
import { layerHomes, type LayerHomes, runsOf } from '../layer-homes';
import { indexOf } from '../model-index';
import type { Settings } from '../settings';
import { cacheRuns, homeNames, type UnknownTerms } from './decode-terms';
import { familyIndex } from './quant-family';
import { type PrefillTerms, quantFamilies, type Read, type Work } from './schema';
import { expertShare, tokenReads } from './token-reads';
import { type Portion, weightPortions } from './weight-portions';

/** Smallest batch whose multiplications with host weights a device takes over (`GGML_OP_OFFLOAD_MIN_BATCH`). */
const OFFLOADED_BATCH = 32;
/** A multiplication and an addition. */
const OPERATIONS = 2;

/**
 * What a micro-batch of `tokens` with `depth` tokens before it takes: operations by device, weights read once, host weights
 * copied to the first device (`ggml/src/ggml-backend.cpp: ggml_backend_sched_compute_splits`, of experts the used ones). The
 * output matrix is left out, because only the last token of a prompt needs it.
 */
export function prefillTerms(
  model: Model,
  settings: Settings,
  tokens: number,
  depth: number,
): PrefillTerms | UnknownTerms {
  if (model.layers === null) return { missing: '/layers' };
  if (tokenReads(model) === null) return { missing: '/experts/used' };
  if (model.tensors.length === 0) return { missing: '/tensors' };
  const homes = layerHomes(indexOf(model).layers, settings);
  const portions = weightPortions(model, settings, homes);
  const names = homeNames(settings);
  const share = expertShare(model)!;
  const weights = portions.filter(({ kind }) => kind !== 'output');
  const copied = takesOver(settings, homes, tokens);
  const placeOf = ({ home }: Portion): string => (copied && home === homes.host ? names[0]! : names[home]!);
  const readOf = (portion: Portion, device: string): readonly Read[] =>
    readsOf(portion, device, portion.kind === 'experts' ? widening(share, tokens) : 1);
  const moved = weights.filter(({ home }) => copied && home === homes.host);
  const bytes = moved
    .flatMap((portion) => readOf(portion, 'host'))
    .reduce((sum, read) => sum + read.bytes, 0);
  return {
    tokens,
    depth,
    work: summed('operations', [
      ...weights.flatMap((portion) => workOf(portion, placeOf(portion), tokens)),
      ...attentionWork(model, settings, homes, names, tokens, depth),
    ]),
    reads: summed(
      'bytes',
      weights.flatMap((portion) => readOf(portion, placeOf(portion))),
    ),
    copies: bytes === 0 ? [] : [{ device: names[0]!, bytes }],
  };
}

/** One entry for each device, kind and family. */
function summed<
  Amount extends string,
  Entry extends { device: string; kind: string; family: string } & Record<Amount, number>,
>(amount: Amount, entries: readonly Entry[]): Entry[] {
  const sums = new Map<string, Entry>();
  for (const entry of entries) {
    const key = `${entry.device} ${entry.kind} ${entry.family}`;
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? entry : { ...sum, [amount]: sum[amount] + entry[amount] });
  }
  return [...sums.values()];
}

/** Whether the first device computes with the host's weights. */
function takesOver(settings: Settings, homes: LayerHomes, tokens: number): boolean {
  return homes.host > 0 && settings.offloadOperations && tokens >= OFFLOADED_BATCH;
}

/** Experts that any of the tokens uses over those that one uses, where each picks its own at random. */
function widening(share: number, tokens: number): number {
  return (1 - (1 - share) ** tokens) / share;
}

function readsOf({ bytes }: Portion, device: string, factor: number): readonly Read[] {
  return bytes.flatMap((own, family) =>
    own === 0
      ? []
      : [
          {
            device,
            kind: 'weights' as const,
            family: quantFamilies[family]!,
            bytes: Math.round(own * factor),
          },
        ],
  );
}

function workOf({ multiplyAdds }: Portion, device: string, tokens: number): readonly Work[] {
  return multiplyAdds.flatMap((own, family) =>
    own === 0
      ? []
      : [
          {
            device,
            kind: 'weights' as const,
            family: quantFamilies[family]!,
            operations: OPERATIONS * own * tokens,
          },
        ],
  );
}

/** Every token attends to those before it: scores from the keys, then a sum of the values, for each head. */
function attentionWork(
  model: Model,
  settings: Settings,
  homes: LayerHomes,
  names: readonly string[],
  tokens: number,
  depth: number,
): readonly Work[] {
  const heads = model.attention.heads ?? 0;
  const groups = model.attention.kv_heads ?? heads;
  if (heads === 0 || groups === 0 || model.layers === null) return [];
  const family = quantFamilies[familyIndex(settings.keyType)]!;
  return cacheRuns(model.layers.length, settings, homes, runsOf(homes)).map(({ home, from, to }) => ({
    device: names[home]!,
    kind: 'attention' as const,
    family,
    operations:
      OPERATIONS *
      (heads / groups) *
      model.layers!.slice(from, to).reduce((sum, layer) => sum + attended(layer, tokens, depth), 0),
  }));
}

/** Elements of keys and values that all the tokens together attend to in one layer. Latent attention keeps both in its keys. */
function attended({ cache }: LayerMemory, tokens: number, depth: number): number {
  if (cache === null) return 0;
  const before = Math.min(depth + (tokens + 1) / 2, cache.window ?? Infinity);
  return tokens * before * (cache.key_elements + (cache.value_elements || cache.key_elements));
}
