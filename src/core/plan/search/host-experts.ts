import type { Bytes } from '../../units';
import { indexOf, type ModelIndex } from '../model-index';
import type { Model } from '../../model/schema';
import type { TensorOverride } from '../settings';

/** One of a block's matrices of experts (`up`, `down`, `gate`, `gate_up`), its biases with it. */
export interface ExpertMatrix {
  readonly name: string;
  readonly bytes: Bytes;
}

/** By block, the matrices that do not lie with their layer: those that stay on the host, and those that another device has room for. */
export type HostExperts = ReadonlyMap<number, ReadonlyMap<string, TensorOverride['home']>>;

const matrixPattern = /\.ffn_(up|down|gate|gate_up)_(?:ch|)exps/u;
const known = new WeakMap<ModelIndex, readonly (readonly ExpertMatrix[])[]>();

/** The expert matrices of every block. */
export function expertMatrices(model: Model): readonly (readonly ExpertMatrix[])[] {
  const index = indexOf(model);
  const before = known.get(index);
  if (before !== undefined) return before;
  const made = index.tensorsByLayer.map((tensors) => {
    const bytes = new Map<string, Bytes>();
    for (const tensor of tensors) {
      const name = matrixPattern.exec(tensor.name)?.[1];
      if (name !== undefined) bytes.set(name, (bytes.get(name) ?? 0) + tensor.bytes);
    }
    return [...bytes].map(([name, sum]) => ({ name, bytes: sum }));
  });
  known.set(index, made);
  return made;
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
  const matrices = expertMatrices(model);
  return new Map(
    matrices
      .slice(from, to)
      .map((block, at) => [from + at, new Map(block.map(({ name }) => [name, 'host'] as const))] as const),
  );
}

/** Names of a block's matrices that stay on the host. */
export function namesOnHost(host: HostExperts, block: number): ReadonlySet<string> {
  const homes = [...(host.get(block) ?? [])];
  return new Set(homes.filter(([, home]) => home === 'host').map(([name]) => name));
}

/** The same as `-ncmoe` for the blocks at the beginning and `-ot` for the others, in as few patterns as there are kinds of them. */
export function asSettings(
  model: Model,
  host: HostExperts,
): { readonly cpuMoeLayers: number; readonly overrides: readonly TensorOverride[] } {
  const matrices = expertMatrices(model);
  const isWhole = (block: number): boolean => namesOnHost(host, block).size === matrices[block]!.length;
  let first = 0;
  while (first < matrices.length && (matrices[first]!.length === 0 || isWhole(first))) first++;
  const groups = new Map<string, { names: string; home: TensorOverride['home']; blocks: number[] }>();
  for (const [block, homes] of host) {
    if (block < first) continue;
    for (const home of new Set(homes.values())) {
      const names = [...homes.keys()].filter((name) => homes.get(name) === home).sort();
      const key = `${names.join('|')} ${home}`;
      const group = groups.get(key) ?? { names: names.join('|'), home, blocks: [] };
      group.blocks.push(block);
      groups.set(key, group);
    }
  }
  const overrides = [...groups.values()].map(({ names, home, blocks }) => ({
    pattern: new RegExp(String.raw`blk\.(${blocks.join('|')})\.ffn_(${names})_(ch|)exps`, 'u'),
    home,
  }));
  return { cpuMoeLayers: host.size === 0 ? 0 : first, overrides };
}
