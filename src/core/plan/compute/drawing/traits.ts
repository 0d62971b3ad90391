import type { Model } from '../../../model/schema';
import { isRotated } from './positions';

/**
 * Where an architecture's graph (llama.cpp's src/models/NAME.cpp) departs from the common one in a way that its tensors do
 * not show. What tensors show (biases, norms, experts, fused projections, parallel blocks) is read from them.
 */
export interface ArchitectureTraits {
  readonly norm: 'rms' | 'layer';
  readonly scaledEmbedding: boolean;
  /** The scaled embedding is put into the graph at once (`f_embedding_scale` of the file; Gemma's is fixed). */
  readonly expandsEmbedding: boolean;
  readonly scaledQuery: boolean;
  readonly scaledResidual: boolean;
  readonly normedValue: boolean;
  readonly gatedQuery: boolean;
  /** Which of a block's two sums name the residual first, and so go into its memory. */
  readonly residualFirst: 'neither' | 'first' | 'second' | 'both';
  /** The kind of norms that have no weights in the file; null where a missing norm is none. */
  readonly plainNorms: 'rms' | 'layer' | null;
  /** The embedding is normed without weights. */
  readonly normedEmbedding: boolean;
  /** What attention gives is normed before the rows with outputs are picked. */
  readonly normsAllRows: boolean;
  /** Queries and keys are rotated before their norm. */
  readonly rotatesFirst: boolean;
  /** Whether rotation reads the factors that the file has. */
  readonly ropeFactors: boolean;
  /** A dense feed-forward is computed beside the experts (Grok). */
  readonly denseBesideExperts: boolean;
  /** Tensors of a block that the file has and the graph does not compute with; null where it uses all. */
  readonly unused: RegExp | null;
  /** In which order a parallel block adds up. */
  readonly parallelSum:
    | 'feed-forward, residual, attention'
    | 'attention, feed-forward, residual'
    | 'feed-forward, attention, residual';
  /** A parallel block whose feed-forward has a norm of its own over the block's input (GPT-NeoX). */
  readonly parallelWithNorm: boolean;
  /** Experts are chosen by the block's input, before attention (SmallThinker). */
  readonly routesEarly: boolean;
  readonly dividesGate: boolean;
  /** Residuals are what was normed, scaled (MiniMax 01). */
  readonly keepsNormed: boolean;
  /** Queries are scaled by a temperature that follows the position: never, in all blocks, or in those without rotation. */
  readonly temperature: 'none' | 'all' | 'unrotated';
  /** The normed input is put into the graph at once. */
  readonly expandsNorm: boolean;
  /** Where the rows with outputs are picked: in the last block (null), before or after the output norm, or not at all. */
  readonly rowsAfterNorm: 'before' | 'after' | 'never' | null;
  readonly normalisedExperts: boolean;
  readonly scaledExperts: boolean;
  readonly softmaxAfter: boolean;
  readonly weighedBefore: boolean;
  readonly squared: boolean;
  /** Of what the router's scores become the root is taken (DeepSeek V4). */
  readonly rooted: boolean;
  /** Gates are activated by SiTU, of several operations (Kimi K3). */
  readonly situ: boolean;
  /** Operations on the logits, in place: a scale, or the three of a soft cap. */
  readonly logitSteps: number;
  readonly outputNorm: string;
  readonly rope: (layer: number, window: number | null) => boolean;
}

const qwenHybrid = /^qwen(3next|35|35moe)$/u;

/** What is known of an architecture's graph; the common one's traits where nothing departs. */
export function traitsOf(model: Model): ArchitectureTraits {
  const name = model.architecture ?? '';
  const positive = (key: string): boolean => {
    const value = model.metadata[`${name}.${key}`];
    return typeof value === 'number' && value > 0;
  };
  // two have a factor of their own where the file has none
  const scalesByFile = positive('embedding_scale') || /^(grok|minicpm)$/u.test(name);
  return {
    norm: layerNormed.has(name) ? 'layer' : 'rms',
    scaledEmbedding: /^(gemma|afmoe$|minicpm3$)/u.test(name) || scalesByFile,
    expandsEmbedding: scalesByFile,
    scaledQuery: /^(gemma|gemma2|gemma3|gemma-embedding|phi2|phi3)$/u.test(name),
    scaledResidual: positive('residual_scale'),
    normedValue: name === 'gemma4' || name === 'gemma3n' || (name === 'dflash' && sharesValues(model)),
    gatedQuery: qwenHybrid.test(name) || name === 'qwen4exp',
    residualFirst: residualFirst(name),
    plainNorms: name === 'olmo' ? 'layer' : /^(talkie|hrm_text)$/u.test(name) ? 'rms' : null,
    normedEmbedding: name === 'talkie' || name === 'muse-glimmer',
    normsAllRows: name === 'afmoe' || name === 'muse-glimmer',
    rotatesFirst: /^(hunyuan-dense|hunyuan-moe|hunyuan_vl|maincoder|talkie)$/u.test(name),
    ropeFactors: !/^(falcon-h1|pangu-embedded|refact|llada|cogvlm)$/u.test(name),
    denseBesideExperts: name === 'grok',
    unused: unusedTensors[name] ?? null,
    parallelSum: parallelSums[name] ?? 'feed-forward, residual, attention',
    parallelWithNorm: name === 'gptneox' && model.metadata['gptneox.use_parallel_residual'] === true,
    routesEarly: name === 'smallthinker',
    dividesGate: name === 'qwen2moe',
    keepsNormed: name === 'minimax-01',
    temperature: temperatureOf(name, positive),
    expandsNorm: qwenHybrid.test(name) || /^kimi-(linear|k3)$/u.test(name),
    rowsAfterNorm: rowsAfterNorm(name),
    normalisedExperts: normalises(model, name),
    scaledExperts:
      (asksForNorm.has(name) || name === 'deepseek' || name === 'kimi-linear' || name === 'qwen4exp') &&
      positive('expert_weights_scale') &&
      model.metadata[`${name}.expert_weights_scale`] !== 1,
    softmaxAfter: name === 'gpt-oss',
    weighedBefore: name === 'llama4',
    rooted: name === 'deepseek4',
    situ: name === 'kimi-k3',
    squared: /^(nemotron|nemotron_h|nemotron_h_moe)$/u.test(name),
    logitSteps:
      (scalesLogits.test(name) && positive('logit_scale') ? 1 : 0) +
      (capsLogits.test(name) && positive('final_logit_softcapping') ? 3 : 0),
    outputNorm:
      name.startsWith('lfm2') && model.tensors.some((tensor) => tensor.name === 'token_embd_norm.weight')
        ? 'token_embd_norm.weight'
        : name === 'neo-bert' || name === 't5encoder'
          ? 'enc.output_norm.weight'
          : name === 't5'
            ? 'dec.output_norm.weight'
            : 'output_norm.weight',
    rope: (layer, window) => isRotated(model, name, layer, window),
  };
}

/** Architectures that scale their logits, and that cap them softly, in three operations; others leave what a file says of it alone. */
const scalesLogits =
  /^(cohere2|cohere2moe|command-r|granite|granitemoe|granitehybrid|granite_swa|graniteswitch|grok|minicpm|muse-glimmer|talkie)$/u;
const capsLogits = /^(gemma2|gemma3|gemma3n|gemma4|grok|muse-glimmer)$/u;

const parallelSums: Readonly<Record<string, ArchitectureTraits['parallelSum']>> = {
  phi2: 'attention, feed-forward, residual',
  falcon: 'feed-forward, attention, residual',
  plamo: 'feed-forward, attention, residual',
};

/** Whether values are what keys are, but for their norm (a file without V). */
function sharesValues(model: Model): boolean {
  return !model.tensors.some(({ name }) => name.endsWith('attn_v.weight'));
}

const outputBias = /^attn_output\.bias$/u;
const unusedTensors: Readonly<Record<string, RegExp>> = {
  ernie4_5: outputBias,
  'ernie4_5-moe': outputBias,
  'falcon-h1': outputBias,
  llada: outputBias,
  refact: /^(attn_output|ffn_up|ffn_gate|ffn_down)\.bias$/u,
  mpt: /^attn_k_norm\.|^ffn\.act\.scales$/u,
  'kimi-linear': /^attn_[qkv]\.bias$/u,
  // an older file's one projection for Q, K, V and gate, which newer ones split
  qwen3next: /^ssm_in\.weight$/u,
  cogvlm: /^vis_/u,
  // for tokens of images
  deepseek4: /^exp_probs_b_vl\.bias$/u,
  mimo2: /^attn_[qkv]\.bias$/u,
};

function temperatureOf(name: string, positive: (key: string) => boolean): ArchitectureTraits['temperature'] {
  if (name === 'llama4') return 'unrotated';
  const scaled = /^(mistral3|mistral4|deepseek2)$/u.test(name) && positive('attention.temperature_scale');
  return scaled ? 'all' : 'none';
}

/** Architectures with LayerNorm, which never takes over memory (`LLM_NORM` in src/models). */
const layerNormed = new Set([
  'bert',
  'bloom',
  'codeshell',
  'cohere2',
  'command-r',
  'dbrx',
  'falcon',
  'gpt2',
  'gptneox',
  'jais',
  'jina-bert-v2',
  'jina-bert-v3',
  'jais2',
  'modern-bert',
  'mpt',
  'nemotron',
  'nomic-bert',
  'nomic-bert-moe',
  'olmo',
  'orion',
  'phi2',
  'pockettts',
  'rwkv6',
  'rwkv7',
  'stablelm',
  'starcoder',
  'starcoder2',
]);
/** Mixtures whose router weights are used as they are, and those that ask the file (`build_moe_ffn`'s `norm_w`). */
const unnormalised = new Set([
  'gpt-oss',
  'llama4',
  'olmoe',
  'deepseek',
  'qwen2moe',
  'jamba',
  'llada-moe',
  'nomic-bert-moe',
]);
const asksForNorm = new Set(
  (
    'afmoe bailingmoe bailingmoe2 bailingmoe3 cohere2moe deepseek2 deepseek2-ocr deepseek32 deepseek4 dots1 dots3note ' +
    'exaone-moe glm-dsa glm4moe hy_v3 hy_v4 kimi-k3 laguna minimax-m3 mistral4 nemotron_h nemotron_h_moe step35'
  ).split(' '),
);

function normalises(model: Model, name: string): boolean {
  const said = model.metadata[`${name}.expert_weights_norm`];
  if (asksForNorm.has(name)) return said === true || said === 1;
  return !unnormalised.has(name);
}

const rowsAfter = new Set(
  'bailingmoe3 cohere2moe gemma4 hy_v3 nemotron_h nemotron_h_moe qwen3next qwen35 qwen35moe'.split(' '),
);

function rowsAfterNorm(name: string): ArchitectureTraits['rowsAfterNorm'] {
  if (name === 'gpt-oss' || name === 'step35') return 'before';
  // all but the first pick them where they add up what is left
  if (/^(cogvlm|hy_v4|kimi-k3|hrm_text|dflash)$/u.test(name)) return 'never';
  return rowsAfter.has(name) ? 'after' : null;
}

function residualFirst(name: string): ArchitectureTraits['residualFirst'] {
  if (/^(lfm2|lfm2moe|jamba)$/u.test(name)) return 'both';
  if (name === 'openelm') return 'first';
  return name === 'phi3' || name === 'phimoe' ? 'second' : 'neither';
}
