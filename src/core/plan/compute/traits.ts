import type { Model } from '../../model/schema';

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
  readonly residualFirst: 'neither' | 'second' | 'both';
  /** The normed input is put into the graph at once. */
  readonly expandsNorm: boolean;
  /** Where the rows with outputs are picked: in the last block (null), before or after the output norm. */
  readonly rowsAfterNorm: 'before' | 'after' | null;
  readonly normalisedExperts: boolean;
  readonly softmaxAfter: boolean;
  readonly weighedBefore: boolean;
  readonly squared: boolean;
  /** Operations on the logits, in place: a scale, or the three of a soft cap. */
  readonly logitSteps: number;
  readonly outputNorm: string;
  readonly rope: (layer: number, window: number | null) => boolean;
}

const gemma = /^gemma/u;
const qwenHybrid = /^qwen(3next|35|35moe)$/u;

/** What is known of an architecture's graph; the common one's traits where nothing departs. */
export function traitsOf(model: Model): ArchitectureTraits {
  const name = model.architecture ?? '';
  const positive = (key: string): boolean => {
    const value = model.metadata[`${name}.${key}`];
    return typeof value === 'number' && value > 0;
  };
  return {
    norm: layerNormed.has(name) ? 'layer' : 'rms',
    scaledEmbedding: gemma.test(name) || positive('embedding_scale'),
    expandsEmbedding: positive('embedding_scale'),
    scaledQuery: /^(gemma|gemma2|gemma3|phi2|phi3)$/u.test(name),
    scaledResidual: positive('residual_scale'),
    normedValue: name === 'gemma4',
    gatedQuery: qwenHybrid.test(name),
    residualFirst: residualFirst(name),
    expandsNorm: qwenHybrid.test(name),
    rowsAfterNorm: rowsAfterNorm(name),
    normalisedExperts: normalises(model, name),
    softmaxAfter: name === 'gpt-oss',
    weighedBefore: name === 'llama4',
    squared: /^(nemotron|nemotron_h|nemotron_h_moe)$/u.test(name),
    logitSteps: positive('final_logit_softcapping') ? 3 : positive('logit_scale') ? 1 : 0,
    outputNorm:
      name.startsWith('lfm2') && model.tensors.some((tensor) => tensor.name === 'token_embd_norm.weight')
        ? 'token_embd_norm.weight'
        : 'output_norm.weight',
    rope: (layer, window) => isRotated(model, name, layer, window),
  };
}

/** Architectures with LayerNorm, which never takes over memory (`LLM_NORM` in src/models). */
const layerNormed = new Set([
  'bloom',
  'codeshell',
  'cohere2',
  'command-r',
  'dbrx',
  'falcon',
  'gpt2',
  'gptneox',
  'jais',
  'jais2',
  'mpt',
  'nemotron',
  'olmo',
  'orion',
  'phi2',
  'stablelm',
  'starcoder',
  'starcoder2',
]);
/** Mixtures whose router weights are used as they are. */
const unnormalised = new Set(['gpt-oss', 'llama4', 'olmoe', 'deepseek2', 'deepseek', 'qwen2moe']);

function normalises(model: Model, name: string): boolean {
  const said = model.metadata[`${name}.expert_weights_norm`];
  return said === undefined ? !unnormalised.has(name) : said !== false && said !== 0;
}

function rowsAfterNorm(name: string): ArchitectureTraits['rowsAfterNorm'] {
  if (name === 'gpt-oss') return 'before';
  return /^(gemma4|qwen3next|qwen35|qwen35moe|nemotron_h|nemotron_h_moe)$/u.test(name) ? 'after' : null;
}

function residualFirst(name: string): ArchitectureTraits['residualFirst'] {
  if (/^(lfm2|lfm2moe|jamba)$/u.test(name)) return 'both';
  return name === 'phi3' || name === 'phimoe' ? 'second' : 'neither';
}

/** Architectures that leave some layers without positions. */
function isRotated(model: Model, name: string, layer: number, window: number | null): boolean {
  switch (name) {
    case 'cohere2':
    case 'exaone4':
    case 'exaone-moe':
      return (
        window !== null || !model.layers!.some((each) => each.cache !== null && each.cache.window !== null)
      );
    case 'granitehybrid':
      return model.metadata['granitehybrid.rope.scaling.finetuned'] !== false;
    case 'smollm3':
    case 'llama4':
      return (layer + 1) % 4 !== 0;
    case 'nemotron_h':
    case 'nemotron_h_moe':
    case 'jamba':
      return false;
    default:
      return true;
  }
}
