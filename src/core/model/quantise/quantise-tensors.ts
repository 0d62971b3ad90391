import type { Metadata, TensorFacts } from '../assemble-model';
import type { TensorShape } from '../derive/tensor-shape';
import { bytesOfTensor } from '../tensor-types';
import type { QuantisedModel } from './choose-type';
import { chooseType } from './choose-type';
import { fittingType } from './fallback-type';
import type { Quant } from './quants';
import { packsBlocks, startTypeOf } from './quants';
import type { TensorCategory } from './tensor-category';
import { categoryOf, mayPack, staysFull } from './tensor-category';

/** A tensor too large to count its bytes exactly. */
export class TensorTooLarge extends Error {
  override readonly name = 'TensorTooLarge';

  constructor(readonly tensor: TensorShape) {
    super(`${tensor.name} is too large: ${tensor.dimensions.join(' × ')} elements.`);
  }
}

/**
 * Type and bytes of every tensor after llama-quantize without an importance matrix, from a 16-bit file (v0.5.0
 * `src/llama-quant.cpp`; docs/spec/quantisation.md). In the order given. Throws TensorTooLarge.
 */
export function quantiseTensors(
  tensors: readonly TensorShape[],
  quant: Quant,
  metadata: Metadata,
): readonly TensorFacts[] {
  const types = packsBlocks(quant) ? typesByName(tensors, quant, metadata) : null;
  return tensors.map((tensor) => {
    const type = types?.get(tensor.name) ?? unpackedType(tensor, quant);
    const bytes = bytesOfTensor(type, tensor.dimensions);
    if (bytes === null) throw new TensorTooLarge(tensor);
    return { name: tensor.name, type, dimensions: tensor.dimensions, bytes };
  });
}

/** Types of what is packed, in the order in which llama-quantize meets the tensors, because some rules count what came before. */
function typesByName(
  tensors: readonly TensorShape[],
  quant: Quant,
  metadata: Metadata,
): ReadonlyMap<string, string> {
  const model = describeModel(tensors, metadata);
  const seen = new Map<TensorCategory, number>();
  const types = new Map<string, string>();
  for (const { tensor, block } of inQuantizeOrder(tensors)) {
    if (!mayPack(tensor.name, tensor.dimensions)) continue;
    const category = categoryOf(tensor.name);
    const order = seen.get(category) ?? 0;
    seen.set(category, order + 1);
    const place = {
      category,
      dimensions: tensor.dimensions,
      order,
      layer: model.experts > 1 ? block : order,
    };
    const chosen = chooseType(quant, startTypeOf(quant), place, model);
    types.set(tensor.name, fittingType(chosen, tensor.dimensions[0]!));
  }
  return types;
}

/** Norms, routers and the like stay f32; what may not be packed stays as the 16-bit file had it. */
function unpackedType(tensor: TensorShape, quant: Quant): string {
  if (staysFull(tensor.name, tensor.dimensions)) return 'f32';
  return packsBlocks(quant) ? 'bf16' : startTypeOf(quant);
}

function describeModel(tensors: readonly TensorShape[], metadata: Metadata): QuantisedModel {
  const architecture = String(metadata['general.architecture']);
  const number = (key: string): number => firstNumber(metadata[`${architecture}.${key}`]);
  const heads = number('attention.head_count');
  const keyHeads =
    metadata[`${architecture}.attention.head_count_kv`] === undefined
      ? heads
      : number('attention.head_count_kv');
  const blocks = number('block_count');
  const trunk = blocks - number('nextn_predict_layers');
  const experts = number('expert_count');
  return {
    headsPerKey: keyHeads === 0 ? 0 : Math.floor(heads / keyHeads),
    experts,
    blocks,
    isSeventyBillion:
      trunk === 80 &&
      (architecture === 'qwen2' || (architecture === 'llama' && experts !== 8 && heads !== keyHeads)),
    tiedEmbeddings: !tensors.some((tensor) => tensor.name === 'output.weight'),
    valueTensors: tensors.filter((tensor) => categoryOf(tensor.name) === 'value').length,
  };
}

/** Numbers that differ by layer count as in the first. */
function firstNumber(value: Metadata[string] | undefined): number {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === 'number' ? first : 0;
}

/** Outside the blocks first, then block by block, by name within each (`src/llama-model-loader.h: weight_name_comparer`). */
function inQuantizeOrder(
  tensors: readonly TensorShape[],
): { readonly tensor: TensorShape; readonly block: number }[] {
  return tensors
    .map((tensor) => ({ tensor, block: blockOf(tensor.name) }))
    .sort((left, right) => left.block - right.block || (left.tensor.name < right.tensor.name ? -1 : 1));
}

function blockOf(name: string): number {
  const block = /^blk\.(\d+)\./.exec(name)?.[1];
  return block === undefined ? -1 : Number(block);
}
