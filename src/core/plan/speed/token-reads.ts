import type { Model, Tensor } from '../../model/schema';
import type { Bytes } from '../../units';
import { expertPattern, indexOf } from '../model-index';
import { familyOf } from './quant-family';
import { quantFamilies } from './schema';

/** Bytes by family, in the order of `quantFamilies`. */
export type FamilyBytes = readonly number[];

/** Running sums over the blocks: `experts[n]` and `others[n]` are what one token reads of the first n. */
export interface TokenReads {
  readonly experts: readonly FamilyBytes[];
  readonly others: readonly FamilyBytes[];
  /** The output layer, matrix included. */
  readonly output: FamilyBytes;
  /** With the first block, outside it: Gemma's projection of the per-layer embeddings. */
  readonly firstLayer: FamilyBytes;
  /** Blocks among the first n that hold experts. */
  readonly expertBlocks: readonly number[];
}

/** Share of a layer's experts that a token uses; 1 for a dense model, null where the file does not say. */
export function expertShare(model: Model): number | null {
  if (model.experts === null) return 1;
  return model.experts.used === null ? null : Math.min(1, model.experts.used / model.experts.count);
}

/** What one token of a token's path weighs in one tensor: all of it, of experts the used share. */
export function activeBytes(tensor: Tensor, share: number): Bytes {
  return expertPattern.test(tensor.name) ? tensor.bytes * share : tensor.bytes;
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
  const expertBlocks = [0];
  for (const tensors of index.tensorsByLayer) {
    const own = tensors.filter((tensor) => expertPattern.test(tensor.name));
    const rest = tensors.filter((tensor) => !expertPattern.test(tensor.name));
    experts.push(add(experts.at(-1)!, byFamily(own, share)));
    others.push(add(others.at(-1)!, byFamily(rest, 1)));
    expertBlocks.push(expertBlocks.at(-1)! + (own.length > 0 ? 1 : 0));
  }
  const output = index.tied ? [...index.output, index.outputMatrix!] : index.output;
  return {
    experts,
    others,
    output: byFamily(output, 1),
    firstLayer: byFamily(index.firstLayer, 1),
    expertBlocks,
  };
}

const none: FamilyBytes = quantFamilies.map(() => 0);

function byFamily(tensors: readonly Tensor[], share: number): FamilyBytes {
  const bytes = [...none];
  for (const tensor of tensors) bytes[quantFamilies.indexOf(familyOf(tensor.type))]! += tensor.bytes * share;
  return bytes;
}

function add(left: FamilyBytes, right: FamilyBytes): FamilyBytes {
  return left.map((bytes, family) => bytes + right[family]!);
}
