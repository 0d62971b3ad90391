import type { Model, Tensor } from '../../model/schema';
import type { Bytes } from '../../units';
import { contextBytesBefore } from '../kv-cache';
import { overriddenHome } from '../layer-homes';
import { bytesOf, expertPattern, indexOf } from '../model-index';
import type { Settings } from '../settings';

/** Running sums over the blocks, by which the bytes of any stretch of layers are known without looking at a tensor. */
export interface LayerSums {
  /** Blocks; the output is layer number `blocks`. */
  readonly blocks: number;
  /** `others[n]`, `experts[n]`, `context[n]`: bytes of the first n blocks. `context` is zero where the cache stays on the host. */
  readonly others: readonly Bytes[];
  readonly experts: readonly Bytes[];
  readonly context: readonly Bytes[];
  /** Blocks among the first n that hold experts. */
  readonly mixtures: readonly number[];
  /** With the output, with the first block, and on every device with a block. */
  readonly output: Bytes;
  readonly firstBlock: Bytes;
  readonly everywhere: Bytes;
}

/** Sums for the caches that these settings mean; tensors that are placed by name count nowhere. Null where the cache is not known. */
export function layerSums(model: Model, settings: Settings): LayerSums | null {
  const index = indexOf(model);
  const context = contextBytesBefore(model, settings);
  if (context === null) return null;
  const named = (tensor: Tensor): boolean => overriddenHome(tensor.name, settings, 0) !== null;
  const some = settings.overrides.length > 0;
  const free = (tensors: readonly Tensor[]): readonly Tensor[] =>
    some ? tensors.filter((tensor) => !named(tensor)) : tensors;
  const layers = some ? index.tensorsByLayer.map(free) : index.tensorsByLayer;
  const tied = index.tied && !(some && named(index.outputMatrix!)) ? index.outputMatrix!.bytes : 0;
  return {
    blocks: index.layers,
    others: some ? sumsOf(layers, (tensor) => !expertPattern.test(tensor.name)) : index.othersBefore,
    experts: some ? sumsOf(layers, (tensor) => expertPattern.test(tensor.name)) : index.expertsBefore,
    context: settings.offloadCache ? padded(context, index.layers) : index.othersBefore.map(() => 0),
    mixtures: mixturesOf(index.expertsBefore),
    output: bytesOf(free(index.output)) + tied,
    firstBlock: bytesOf(free(index.firstLayer)),
    everywhere: bytesOf(free(index.everywhere)),
  };
}

function sumsOf(
  layers: readonly (readonly Tensor[])[],
  counts: (tensor: Tensor) => boolean,
): readonly Bytes[] {
  const sums = [0];
  for (const tensors of layers) sums.push(sums.at(-1)! + bytesOf(tensors.filter(counts)));
  return sums;
}

/** Blocks for drafts have no cache of their own. */
function padded(sums: readonly Bytes[], blocks: number): readonly Bytes[] {
  return Array.from({ length: blocks + 1 }, (_, count) => sums[count] ?? sums.at(-1)!);
}

function mixturesOf(experts: readonly Bytes[]): readonly number[] {
  let count = 0;
  return experts.map((bytes, position) => (position > 0 && bytes > experts[position - 1]! ? ++count : count));
}

/** Bytes of layers `from` to `to` (the output is the last) on one device, with the experts of the first `moved` blocks elsewhere. */
export function stretchBytes(sums: LayerSums, from: number, to: number, moved: number): Bytes {
  if (from >= to) return 0;
  const last = Math.min(to, sums.blocks);
  const kept = Math.min(Math.max(moved, from), last);
  const blocks =
    from >= last
      ? 0
      : sums.others[last]! -
        sums.others[from]! +
        sums.experts[last]! -
        sums.experts[kept]! +
        sums.context[last]! -
        sums.context[from]! +
        sums.everywhere;
  const ends = (to > sums.blocks ? sums.output : 0) + (from === 0 ? sums.firstBlock : 0);
  return blocks + ends;
}
