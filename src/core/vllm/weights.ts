import { assertNever } from '../assert-never';
import { fieldsOf } from '../model/metadata-fields';
import type { Model, Tensor } from '../model/schema';
import { type Bytes, padTo } from '../units';
import { isLatent } from './kv-heads';
import { type Parallel, type Stage, trunkOf } from './parallel';
import { dtypeBytes, type Quantisation, type WeightDtype } from './precision';

/** How weights are held. */
export interface WeightForm {
  readonly quantisation: Quantisation;
  readonly dtype: WeightDtype;
}

/** Weights of one group: one scale of 16 bits and one zero of 4 bits (what AutoAWQ, AutoGPTQ and llm-compressor write). */
const GROUP = 128;
const INT4_BYTES = 0.5 + (2 + 0.5) / GROUP;
/** One 32-bit scale a block of 128 × 128, as published FP8 models have it; scales a tensor are fewer still. */
const FP8_BYTES = 1 + 4 / (128 * 128);
/** One exponent byte for 32 numbers of 4 bits. */
const MXFP4_BYTES = 0.5 + 1 / 32;
/** Rows of embedding and output are padded to this (`vocab_parallel_embedding.py: DEFAULT_VOCAB_PADDING_SIZE`). */
const VOCABULARY_PADDING = 64;

/**
 * Bytes of weights on each card of one stage, from every tensor's own dimensions: `vllm/model_executor/layers/{linear,
 * vocab_parallel_embedding}.py` say what is divided among cards and what each card has whole. Null where no tensors are known.
 */
export function weightsOfRank(
  model: Model,
  form: WeightForm,
  parallel: Parallel,
  stage: Stage,
): Bytes | null {
  if (model.tensors.length === 0) return null;
  const trunk = trunkOf(model) ?? 0;
  const split = splitOf(model, parallel);
  let bytes = rotationTable(model, form);
  for (const tensor of model.tensors) {
    if (
      tensor.layer === null
        ? !isOfStage(tensor, model, stage, parallel)
        : !isWithin(tensor.layer, stage, trunk)
    ) {
      continue;
    }
    bytes += bytesOf(tensor, form) * split(tensor) + absorbed(tensor, form) * split(tensor);
  }
  return Math.round(bytes);
}

/** Bytes of the whole model on one card: what start-up logs call "model weights take". */
export function weightsOfModel(model: Model, form: WeightForm): Bytes | null {
  const one = { tensor: 1, pipeline: 1, data: 1 };
  return weightsOfRank(model, form, one, { index: 0, first: 0, end: trunkOf(model) ?? 0 });
}

function isWithin(layer: number, { first, end }: Stage, trunk: number): boolean {
  return layer >= first && layer < end && layer < trunk;
}

/** Embeddings lie on the first stage, norm and output on the last; an embedding that serves as output too, on both. */
function isOfStage({ role }: Tensor, model: Model, stage: Stage, { pipeline }: Parallel): boolean {
  const first = stage.index === 0;
  const last = stage.index === pipeline - 1;
  if (role === 'output' || role === 'output_norm') return last;
  if (role !== 'token_embedding') return first;
  return first || (last && !model.tensors.some((tensor) => tensor.role === 'output'));
}

/** Bytes of a tensor on one card that has it whole. */
function bytesOf(tensor: Tensor, form: WeightForm): number {
  const elements = elementsOf(tensor);
  if (tensor.role === 'rope') return 0;
  if (!isQuantised(tensor, form.quantisation)) return elements * dtypeBytes[form.dtype];
  switch (form.quantisation) {
    case 'awq':
    case 'gptq':
      return elements * INT4_BYTES;
    case 'fp8':
      return elements * FP8_BYTES;
    case 'int8':
      // one 32-bit scale for each row of the output
      return elements + 4 * (elements / (tensor.dimensions[0] ?? 1));
    case 'mxfp4':
      return elements * MXFP4_BYTES;
    case 'none':
      return elements * dtypeBytes[form.dtype];
    default:
      return assertNever(form.quantisation);
  }
}

function elementsOf({ role, dimensions }: Tensor): number {
  const [inner = 0, rows = 1, ...more] = dimensions;
  const padded = role === 'token_embedding' || role === 'output' ? padTo(rows, VOCABULARY_PADDING) : rows;
  return more.reduce((product, dimension) => product * dimension, inner * padded);
}

/** Matrices of the blocks; embeddings, output, norms, routers and biases stay as they are. MXFP4 holds experts only. */
function isQuantised({ role, dimensions, name }: Tensor, quantisation: Quantisation): boolean {
  if (dimensions.length < 2 || !name.endsWith('.weight') || /conv1d|ssm_(a|d|dt)\b/.test(name)) return false;
  if (quantisation === 'mxfp4') return role === 'expert';
  return (
    role === 'attention' ||
    role === 'feed_forward' ||
    role === 'expert' ||
    role === 'shared_expert' ||
    role === 'recurrent'
  );
}

/** Latent attention keeps the up-projection of a quantised model a second time in 16 bits, to fold it into the query. */
function absorbed(tensor: Tensor, { quantisation, dtype }: WeightForm): number {
  if (quantisation === 'none' || !/attn_[kv]_b\.weight$/.test(tensor.name)) return 0;
  return isQuantised(tensor, quantisation) ? elementsOf(tensor) * dtypeBytes[dtype] : 0;
}

/** Share of a tensor that one card has. */
function splitOf(model: Model, { tensor: ranks, data }: Parallel): (tensor: Tensor) => number {
  const kvHeads = model.attention.kv_heads ?? ranks;
  const latent = model.layers?.some(({ cache }) => cache !== null && isLatent(cache)) ?? false;
  return ({ role, name }) => {
    switch (role) {
      case 'norm':
      case 'output_norm':
      case 'router':
      case 'rope':
      case 'other':
        return 1;
      case 'expert':
        // copies for more requests share their experts (`fused_moe/config.py: FusedMoEParallelConfig.make`)
        return 1 / (ranks * data);
      case 'attention':
        if (latent && /attn_(q_a|kv_a_mqa)\./.test(name)) return 1;
        return /attn_[kv]\./.test(name) ? 1 / Math.min(ranks, kvHeads) : 1 / ranks;
      case 'token_embedding':
      case 'per_layer_embedding':
      case 'output':
      case 'recurrent':
      case 'feed_forward':
      case 'shared_expert':
        return 1 / ranks;
      default:
        return assertNever(role);
    }
  };
}

/** Sines and cosines of every position, made at load (`rotary_embedding/base.py: _compute_cos_sin_cache`); 0 without rotation. */
function rotationTable(model: Model, form: WeightForm): Bytes {
  if (model.architecture === null || model.context_trained === null) return 0;
  const fields = fieldsOf(model.metadata, model.architecture);
  const rotated = fields.count('rope.dimension_count') ?? model.attention.key_length ?? 0;
  if (model.metadata[`${model.architecture}.rope.freq_base`] === undefined) return 0;
  return model.context_trained * rotated * dtypeBytes[form.dtype];
}
