import type { Metadata, TensorFacts } from '../assemble-model';
import type { TensorShape } from '../derive/tensor-shape';
import { bytesOfTensor } from '../tensor-types';
import type { QuantisedModel } from './choose-type';
import { chooseType } from './choose-type';
import { fittingType } from './fallback-type';
import type { Quant } from './quants';
import { packsBlocks, startTypeOf } from './quants';
import { splitTensorName } from '../tensor-name';
import type { NameRules, TensorCategory } from './tensor-category';
import { dimensionCount, rulesOf } from './tensor-category';

/** A tensor that cannot be had in a quantisation: too large to count its bytes exactly, or of a width that llama-quantize gives up at. */
export class NotQuantisable extends Error {
  override readonly name = 'NotQuantisable';

  constructor(
    readonly tensor: TensorShape,
    reason: string,
  ) {
    super(`${tensor.name} (${tensor.dimensions.join(' × ')}) ${reason}.`);
  }
}

/**
 * Type and bytes of every tensor after llama-quantize without an importance matrix, from a 16-bit file (v0.5.0
 * `src/llama-quant.cpp`; docs/spec/quantisation.md). In the order given. Throws NotQuantisable.
 */
export function quantiseTensors(
  tensors: readonly TensorShape[],
  quant: Quant,
  metadata: Metadata,
): readonly TensorFacts[] {
  const named = tensors.map((tensor): Named => {
    const { block, rest } = splitTensorName(tensor.name);
    return { tensor, block: block ?? -1, rest, rules: rulesOf({ block, rest }), type: null };
  });
  if (packsBlocks(quant)) choosePacked(named, quant, metadata);
  return named.map(({ tensor, rules, type: packed }) => {
    const type = packed ?? unpackedType(tensor, rules, quant);
    const bytes = bytesOfTensor(type, tensor.dimensions);
    if (bytes === null) throw new NotQuantisable(tensor, 'is too large');
    return { name: tensor.name, type, dimensions: tensor.dimensions, bytes };
  });
}

/** A tensor with what its name decides. */
interface Named {
  readonly tensor: TensorShape;
  /** -1 outside the blocks. */
  readonly block: number;
  /** Its name within the block. */
  readonly rest: string;
  readonly rules: NameRules;
  /** What it is packed as; null where it is not, or not yet. */
  type: string | null;
}

/** Types of what is packed, in the order in which llama-quantize meets the tensors, because some rules count what came before. */
function choosePacked(tensors: readonly Named[], quant: Quant, metadata: Metadata): void {
  const model = describeModel(tensors, metadata);
  const seen = new Map<TensorCategory, number>();
  for (const named of inQuantizeOrder(tensors)) {
    const { tensor, block, rules } = named;
    const { dimensions } = tensor;
    if (!rules.mayPack || dimensionCount(dimensions) < 2) continue;
    const { category } = rules;
    const order = seen.get(category) ?? 0;
    seen.set(category, order + 1);
    const place = { category, dimensions, order, layer: model.experts > 1 ? block : order };
    const wanted = chooseType(quant, startTypeOf(quant), place, model);
    named.type = fittingType(wanted, dimensions[0]!);
    if (named.type === null)
      throw new NotQuantisable(tensor, `has rows that no whole blocks of ${wanted} make`);
  }
}

/** Norms, routers and the like stay f32; what may not be packed stays as the 16-bit file had it. */
function unpackedType({ dimensions }: TensorShape, { staysFull }: NameRules, quant: Quant): string {
  if (staysFull || dimensions.length < 2) return 'f32';
  return packsBlocks(quant) ? 'bf16' : startTypeOf(quant);
}

function describeModel(tensors: readonly Named[], metadata: Metadata): QuantisedModel {
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
    tiedEmbeddings: !tensors.some(({ tensor }) => tensor.name === 'output.weight'),
    valueTensors: tensors.filter(({ rules }) => rules.category === 'value').length,
  };
}

/** Numbers that differ by layer count as in the first. */
function firstNumber(value: Metadata[string] | undefined): number {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === 'number' ? first : 0;
}

/** Outside the blocks first, then block by block, by name within each (`src/llama-model-loader.h: weight_name_comparer`). */
function inQuantizeOrder(tensors: readonly Named[]): readonly Named[] {
  const blocks = new Map<number, Named[]>();
  for (const named of tensors) {
    const own = blocks.get(named.block);
    if (own === undefined) blocks.set(named.block, [named]);
    else own.push(named);
  }
  const ordered: Named[] = [];
  let before: readonly Named[] = [];
  let order: readonly number[] = [];
  for (const [, own] of [...blocks].sort(([left], [right]) => left - right)) {
    if (!isNamedAs(own, before)) order = orderByName(own);
    for (const position of order) ordered.push(own[position]!);
    before = own;
  }
  return ordered;
}

/** Blocks mostly hold the same tensors in the same order: what was sorted of one holds for the next. */
function isNamedAs(one: readonly Named[], other: readonly Named[]): boolean {
  return one.length === other.length && one.every(({ rest }, position) => rest === other[position]!.rest);
}

function orderByName(tensors: readonly Named[]): readonly number[] {
  const positions = tensors.map((_, position) => position);
  return positions.sort((left, right) => (tensors[left]!.rest < tensors[right]!.rest ? -1 : 1));
}
