import type { Model, Tensor } from '../model/schema';
import type { Bytes } from '../units';

/** Tensors of a model, sorted by where llama.cpp keeps them, with sums that answer any split in constant time. */
export interface ModelIndex {
  /** All blocks, as `-ngl` counts them. */
  readonly layers: number;
  /** Blocks that a token passes: without those that predict further tokens, which llama.cpp loads for drafts only. */
  readonly trunk: number;
  /** Tensors of each block, in the order of the file; none for a block that is not loaded. */
  readonly tensorsByLayer: readonly (readonly Tensor[])[];
  /** Which of these are expert tensors (1). */
  readonly experts: readonly Uint8Array[];
  /** `expertsBefore[n]`: bytes of the first n blocks' expert tensors, as `-ncmoe n` selects them. */
  readonly expertsBefore: readonly Bytes[];
  /** `othersBefore[n]`: bytes of everything else in the first n blocks. */
  readonly othersBefore: readonly Bytes[];
  /** On the host always: the tables that a token looks a row up in. */
  readonly input: readonly Tensor[];
  /** The output layer's own tensors: norm and, where it is not tied, the output matrix. */
  readonly output: readonly Tensor[];
  /** The matrix that logits are computed with: the output tensor, or the token embedding where it is tied. */
  readonly outputMatrix: Tensor | null;
  readonly tied: boolean;
  /** Outside the blocks, but with the first of them: `per_layer_model_proj`, `token_embd_norm`. */
  readonly firstLayer: readonly Tensor[];
  /** Small tables that every device with a block gets a copy of: `rope_freqs`, `rope_factors_long`. */
  readonly everywhere: readonly Tensor[];
  /** Where each tensor that belongs to no block lies, by its name. */
  readonly places: ReadonlyMap<string, Place>;
  /** Tensors that belong to no block, by their name. */
  readonly outside: ReadonlyMap<string, Tensor>;
  /** Blocks that hold expert tensors; `-ncmoe` moves nothing in the others. */
  readonly expertLayers: number;
}

/** With the input, with the first block, on every device with a block, or with the output. */
export type Place = 'input' | 'first-layer' | 'everywhere' | 'output';

const indexes = new WeakMap<Model, ModelIndex>();

/** The index of a model, made once for each Model object. */
export function indexOf(model: Model): ModelIndex {
  const known = indexes.get(model);
  if (known !== undefined) return known;
  const index = buildIndex(model);
  indexes.set(model, index);
  return index;
}

/** The tensors `-ncmoe` and `-cmoe` move (`common/common.h: LLM_FFN_EXPS_REGEX`). */
export const expertPattern = /\.ffn_(up|down|gate|gate_up)_(ch|)exps/u;

/** Where llama.cpp's loader puts tensors that belong to no block (`src/llama-arch.cpp: LLM_TENSOR_INFOS`). */
const inputPattern = /^(token_embd|position_embd|token_types|per_layer_token_embd|hrm)\./u;
const firstLayerPattern =
  /^(per_layer_model_proj|per_layer_proj_norm|token_embd_norm|nextn\.pre_projection)\./u;
const everywherePattern = /^rope_(freqs|factors_long|factors_short)\./u;
/** LFM2 files call their output norm so (`LLM_TENSOR_OUTPUT_NORM_LFM2`). */
const lfm2OutputNorm = 'token_embd_norm.weight';

/** Encoders that end in what is pooled compute no logits, and load no second embedding for them. */
const logitless = /bert/u;

function buildIndex(model: Model): ModelIndex {
  const layers = model.block_count ?? 0;
  const trunk = Math.max(0, layers - predictingLayers(model));
  const tensorsByLayer: Tensor[][] = Array.from({ length: layers }, () => []);
  const input: Tensor[] = [];
  const output: Tensor[] = [];
  const firstLayer: Tensor[] = [];
  const everywhere: Tensor[] = [];
  const places = new Map<string, Place>();
  const lists = { input, output, 'first-layer': firstLayer, everywhere };
  for (const tensor of model.tensors) {
    if (tensor.layer !== null && tensor.layer >= trunk && tensor.layer < layers) continue;
    const home = tensor.layer === null ? undefined : tensorsByLayer[tensor.layer];
    if (home !== undefined) {
      home.push(tensor);
      continue;
    }
    const place = placeOf(tensor.name, model.architecture ?? '');
    places.set(tensor.name, place);
    lists[place].push(tensor);
  }
  const experts = tensorsByLayer.map(flagsOf);
  const matrix = output.find((tensor) => tensor.name === 'output.weight') ?? null;
  const pooled = logitless.test(model.architecture ?? '');
  const embedding = pooled ? null : (input.find(({ name }) => name === 'token_embd.weight') ?? null);
  return {
    layers,
    trunk,
    tensorsByLayer,
    experts,
    expertsBefore: sumsBefore(tensorsByLayer, experts, 1),
    othersBefore: sumsBefore(tensorsByLayer, experts, 0),
    input,
    output,
    outputMatrix: matrix ?? embedding,
    // BitNet computes its logits with the embedding itself, where that lies.
    tied: matrix === null && embedding !== null && model.architecture !== 'bitnet',
    firstLayer,
    everywhere,
    places,
    outside: new Map(
      model.tensors.filter((tensor) => tensor.layer === null).map((tensor) => [tensor.name, tensor]),
    ),
    expertLayers: experts.filter((flags) => flags.includes(1)).length,
  };
}

function placeOf(name: string, architecture: string): Place {
  if (inputPattern.test(name)) return 'input';
  if (everywherePattern.test(name)) return 'everywhere';
  if (name === lfm2OutputNorm && architecture.startsWith('lfm2')) return 'output';
  return firstLayerPattern.test(name) ? 'first-layer' : 'output';
}

/** Blocks for multi-token prediction, always the last (`nextn_predict_layers`). */
function predictingLayers(model: Model): number {
  const count = model.metadata[`${model.architecture}.nextn_predict_layers`];
  const blocks = Number.isInteger(count) ? Math.max(0, Number(count)) : 0;
  // a model of nothing else is a draft model
  return blocks === model.block_count ? 0 : blocks;
}

function flagsOf(tensors: readonly Tensor[]): Uint8Array {
  const flags = new Uint8Array(tensors.length);
  for (let ordinal = 0; ordinal < tensors.length; ordinal++) {
    const { name } = tensors[ordinal]!;
    // most names need no closer look
    if (name.includes('exps') && expertPattern.test(name)) flags[ordinal] = 1;
  }
  return flags;
}

function sumsBefore(
  tensorsByLayer: readonly (readonly Tensor[])[],
  experts: readonly Uint8Array[],
  counted: 0 | 1,
): readonly Bytes[] {
  const sums: Bytes[] = [0];
  let sum = 0;
  for (const [layer, tensors] of tensorsByLayer.entries()) {
    const flags = experts[layer]!;
    for (let ordinal = 0; ordinal < tensors.length; ordinal++)
      if (flags[ordinal] === counted) sum += tensors[ordinal]!.bytes;
    sums.push(sum);
  }
  return sums;
}

/** Sum of the tensors' bytes. */
export function bytesOf(tensors: readonly Tensor[]): Bytes {
  return tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
}
