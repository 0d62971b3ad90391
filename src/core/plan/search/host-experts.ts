import type { Model, Tensor } from '../../model/schema';
import type { Bytes } from '../../units';
import { indexOf, type ModelIndex } from '../model-index';
import { type Moved, rememberNamed } from '../named-tensors';
import type { TensorOverride } from '../settings';

/** One of a block's matrices of experts (`up`, `down`, `gate`, `gate_up`), its biases with it. */
export interface ExpertMatrix {
  readonly name: string;
  readonly bytes: Bytes;
  /** Positions of its tensors among the block's. */
  readonly ordinals: readonly number[];
}

/** Where those of a block's matrices are that do not lie with their layer, by name. */
type BlockHomes = ReadonlyMap<string, TensorOverride['home']>;

/** By block, in rising order, the matrices that do not lie with their layer: those that stay on the host, and those that another device has room for. */
export type HostExperts = ReadonlyMap<number, BlockHomes>;

const matrixPattern = /\.ffn_(up|down|gate|gate_up)_(?:ch|)exps/u;

interface Experts {
  /** The same list for blocks that are alike. */
  readonly matrices: readonly (readonly ExpertMatrix[])[];
  /** Every block with all of its matrices on the host; the same for blocks that are alike. */
  readonly onHost: readonly BlockHomes[];
}

const known = new WeakMap<ModelIndex, Experts>();

function expertsOf(model: Model): Experts {
  const index = indexOf(model);
  const before = known.get(index);
  if (before !== undefined) return before;
  const kinds: { matrices: readonly ExpertMatrix[]; onHost: BlockHomes }[] = [];
  const blocks = index.tensorsByLayer.map((tensors, layer) => {
    const matrices = matricesOf(tensors, index.experts[layer]!);
    const kind = kinds.find((each) => isAlike(each.matrices, matrices));
    if (kind !== undefined) return kind;
    const fresh = { matrices, onHost: new Map(matrices.map(({ name }) => [name, 'host'] as const)) };
    kinds.push(fresh);
    return fresh;
  });
  const made = {
    matrices: blocks.map(({ matrices }) => matrices),
    onHost: blocks.map(({ onHost }) => onHost),
  };
  known.set(index, made);
  return made;
}

/** The expert matrices of every block. */
export function expertMatrices(model: Model): readonly (readonly ExpertMatrix[])[] {
  return expertsOf(model).matrices;
}

function matricesOf(tensors: readonly Tensor[], experts: Uint8Array): readonly ExpertMatrix[] {
  const matrices = new Map<string, { name: string; bytes: Bytes; ordinals: number[] }>();
  for (let ordinal = 0; ordinal < tensors.length; ordinal++) {
    if (experts[ordinal] === 0) continue;
    const tensor = tensors[ordinal]!;
    const name = matrixPattern.exec(tensor.name)![1]!;
    const matrix = matrices.get(name) ?? { name, bytes: 0, ordinals: [] as number[] };
    matrices.set(name, matrix);
    matrix.bytes += tensor.bytes;
    matrix.ordinals.push(ordinal);
  }
  return [...matrices.values()];
}

function isAlike(one: readonly ExpertMatrix[], other: readonly ExpertMatrix[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ name, bytes, ordinals }, at) => {
      const { name: otherName, bytes: otherBytes, ordinals: others } = other[at]!;
      return name === otherName && bytes === otherBytes && ordinals.join() === others.join();
    })
  );
}

/** All matrices of the first blocks, as `-ncmoe` keeps them. */
export function firstBlocks(model: Model, count: number): HostExperts {
  return blocksBetween(model, 0, count);
}

/** All matrices of the last blocks, as `--fit` keeps them. */
export function lastBlocks(model: Model, count: number): HostExperts {
  const { length } = expertMatrices(model);
  return blocksBetween(model, Math.max(0, length - count), length);
}

function blocksBetween(model: Model, from: number, to: number): HostExperts {
  const { onHost } = expertsOf(model);
  return new Map(onHost.slice(from, to).map((homes, at) => [from + at, homes]));
}

/** What of one block does not lie with its layer. */
interface Apart {
  readonly moved: readonly Moved[];
  /** The same by home. */
  readonly lots: readonly Lot[];
}

/** Matrices of one block that lie in one place apart from their layer. */
interface Lot {
  /** Sorted, separated as in a pattern. */
  readonly names: string;
  readonly home: TensorOverride['home'];
}

const apart = new WeakMap<BlockHomes, Apart>();

function apartOf(model: Model, block: number, homes: BlockHomes): Apart {
  const before = apart.get(homes);
  if (before !== undefined) return before;
  const matrices = expertMatrices(model)[block]!;
  const moved = matrices.flatMap(({ name, ordinals }) => {
    const home = homes.get(name);
    return home === undefined ? [] : ordinals.map((ordinal) => ({ ordinal, home }));
  });
  const lots = [...new Set(homes.values())].map((home) => {
    const names = [...homes.keys()].filter((name) => homes.get(name) === home);
    return { names: names.sort().join('|'), home };
  });
  const made = { moved, lots };
  apart.set(homes, made);
  return made;
}

/** The same as `-ncmoe` for the blocks at the beginning and `-ot` for the others, in as few patterns as there are kinds of them. */
export function asSettings(
  model: Model,
  host: HostExperts,
): { readonly cpuMoeLayers: number; readonly overrides: readonly TensorOverride[] } {
  const first = wholeBlocks(model, host);
  const groups = new Map<string, { lot: Lot; blocks: number[] }>();
  const moved = new Map<number, readonly Moved[]>();
  for (const [block, homes] of host) {
    if (block < first) continue;
    const own = apartOf(model, block, homes);
    if (own.moved.length > 0) moved.set(block, own.moved);
    for (const lot of own.lots) {
      const key = `${lot.names} ${lot.home}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { lot, blocks: [block] });
      else group.blocks.push(block);
    }
  }
  const overrides = [...groups.values()].map(({ lot: { names, home }, blocks }) => ({
    pattern: new RegExp(String.raw`blk\.(${blocks.join('|')})\.ffn_(${names})_(ch|)exps`, 'u'),
    home,
  }));
  rememberNamed(model, overrides, moved);
  return { cpuMoeLayers: host.size === 0 ? 0 : first, overrides };
}

/** Blocks at the beginning with all of their experts on the host, those without any among them. */
function wholeBlocks(model: Model, host: HostExperts): number {
  const { matrices, onHost } = expertsOf(model);
  let first = 0;
  while (first < matrices.length && (matrices[first]!.length === 0 || host.get(first) === onHost[first]))
    first++;
  return first;
}
