import type { Model, Tensor } from '../../model/schema';
import type { Bytes } from '../../units';
import { indexOf } from '../model-index';
import { familyIndex } from './quant-family';
import { quantFamilies } from './schema';

/** Bytes by family, in the order of `quantFamilies`. */
export type FamilyBytes = readonly number[];

/** Running sums over the blocks: `experts[n]` and `others[n]` are what one token reads of the first n. */
export interface TokenReads {
  readonly experts: readonly FamilyBytes[];
  readonly others: readonly FamilyBytes[];
  /** Multiply-adds of one token, in the same way: elements of matrices, of experts the used share. */
  readonly expertWork: readonly FamilyBytes[];
  readonly otherWork: readonly FamilyBytes[];
  /** The output layer, matrix included. */
  readonly output: FamilyBytes;
  readonly outputWork: FamilyBytes;
  /** With the first block, outside it: Gemma's projection of the per-layer embeddings. */
  readonly firstLayer: FamilyBytes;
  readonly firstLayerWork: FamilyBytes;
  /** Blocks among the first n that hold experts. */
  readonly expertBlocks: readonly number[];
}

/** Share of a layer's experts that a token uses; 1 for a dense model, null where the file does not say. */
export function expertShare(model: Model): number | null {
  if (model.experts === null) return 1;
  return model.experts.used === null ? null : Math.min(1, model.experts.used / model.experts.count);
}

const known = new WeakMap<Model, TokenReads | null>();

/**
 * Weights that one decoded token reads: every active one once, of the experts the used share, no embedding tables (a token
 * looks up one row), no blocks for drafts. Null where the share of experts is not known. Worked out once for each Model.
 */
export function tokenReads(model: Model): TokenReads | null {
  const before = known.get(model);
  if (before !== undefined) return before;
  const share = expertShare(model);
  const reads = share === null ? null : sumReads(model, share);
  known.set(model, reads);
  return reads;
}

function sumReads(model: Model, share: number): TokenReads {
  const index = indexOf(model);
  const experts: FamilyBytes[] = [none];
  const others: FamilyBytes[] = [none];
  const expertWork: FamilyBytes[] = [none];
  const otherWork: FamilyBytes[] = [none];
  const expertBlocks = [0];
  for (const [layer, tensors] of index.tensorsByLayer.entries()) {
    const flags = index.experts[layer]!;
    const own = { bytes: [...experts.at(-1)!], work: [...expertWork.at(-1)!] };
    const rest = { bytes: [...others.at(-1)!], work: [...otherWork.at(-1)!] };
    for (let ordinal = 0; ordinal < tensors.length; ordinal++) {
      const tensor = tensors[ordinal]!;
      const family = familyIndex(tensor.type);
      const [sums, part] = flags[ordinal] === 1 ? [own, share] : [rest, 1];
      sums.bytes[family]! += tensor.bytes * part;
      sums.work[family]! += multiplyAdds(tensor) * part;
    }
    experts.push(own.bytes);
    expertWork.push(own.work);
    others.push(rest.bytes);
    otherWork.push(rest.work);
    expertBlocks.push(expertBlocks.at(-1)! + (flags.includes(1) ? 1 : 0));
  }
  const matrix = index.outputMatrix;
  const output = matrix === null || index.output.includes(matrix) ? index.output : [...index.output, matrix];
  return {
    experts,
    others,
    expertWork,
    otherWork,
    output: byFamily(output, bytesOf),
    outputWork: byFamily(output, multiplyAdds),
    firstLayer: byFamily(index.firstLayer, bytesOf),
    firstLayerWork: byFamily(index.firstLayer, multiplyAdds),
    expertBlocks,
  };
}

const none: FamilyBytes = quantFamilies.map(() => 0);

function byFamily(tensors: readonly Tensor[], amountOf: (tensor: Tensor) => number): FamilyBytes {
  const sums = [...none];
  for (const tensor of tensors) sums[familyIndex(tensor.type)]! += amountOf(tensor);
  return sums;
}

function bytesOf(tensor: Tensor): Bytes {
  return tensor.bytes;
}

/** A matrix is multiplied with once a token; what has one dimension is added or scaled by, which counts for nothing. */
export function multiplyAdds({ dimensions }: Tensor): number {
  if (dimensions.length < 2) return 0;
  let product = 1;
  for (const size of dimensions) product *= size;
  return product;
}
