import type { LayerMemory, Model, Tensor } from '../../model/schema';
import { indexOf } from '../model-index';
import { traitsOf } from './traits';

/** Blocks that stand for all, and what identifies them: two models of placement with one key have one answer. */
export interface Representatives {
  readonly layers: readonly number[];
  readonly key: string;
}

/** How often the same block between the same neighbours is drawn: later ones show what the earlier left behind. */
const REPETITIONS = 3;

/**
 * The blocks that nearly always decide the size of the compute buffers, for searches: buffers do not grow with the number of
 * equal blocks, so of those that look alike between neighbours that look alike, a few are enough. The allocator's best fit
 * can take more blocks than that to settle; an exact answer draws them all.
 * `placeOf` says how a block is placed: equal strings, equal homes of all its tensors; `copied` whether its weights are
 * copied to the device, so that their types count.
 */
export function representativeLayers(
  model: Model,
  placeOf: (layer: number) => string,
  copied: (layer: number) => boolean,
): Representatives {
  const looks = looksOf(model);
  const count = indexOf(model).trunk;
  const signatures: string[] = [];
  for (let layer = 0; layer < count; layer++) {
    const look = copied(layer) ? `t${looks.typed[layer]}` : `s${looks.shape[layer]}`;
    signatures.push(`${look}${placeOf(layer)}`);
  }
  const seen = new Map<string, number>();
  const layers: number[] = [];
  for (let layer = 0; layer < count; layer++) {
    const trigram = `${signatures[layer - 1] ?? '^'} ${signatures[layer]} ${signatures[layer + 1] ?? '$'}`;
    const times = seen.get(trigram) ?? 0;
    if (times >= REPETITIONS) continue;
    seen.set(trigram, times + 1);
    layers.push(layer);
  }
  return { layers, key: layers.map((layer) => signatures[layer]).join(' ') };
}

/** Numbers that are equal for blocks of equal shape, and for blocks of equal shape and types. */
interface Looks {
  readonly shape: readonly number[];
  readonly typed: readonly number[];
}

const known = new WeakMap<Model, Looks>();

function looksOf(model: Model): Looks {
  const found = known.get(model);
  if (found !== undefined) return found;
  const traits = traitsOf(model);
  const number = numbering();
  const shape: number[] = [];
  const typed: number[] = [];
  for (const [layer, tensors] of indexOf(model).tensorsByLayer.entries()) {
    const memory = model.layers?.[layer] ?? null;
    const common = [
      memoryLook(memory),
      traits.rope(layer, memory?.cache?.window ?? null),
      windowOf(model, layer),
    ];
    shape.push(number(JSON.stringify([common, tensors.map(shapeLook)])));
    typed.push(number(JSON.stringify([common, tensors.map(typedLook)])));
  }
  const looks = { shape, typed };
  known.set(model, looks);
  return looks;
}

function numbering(): (text: string) => number {
  const numbers = new Map<string, number>();
  return (text) => {
    const given = numbers.get(text) ?? numbers.size;
    numbers.set(text, given);
    return given;
  };
}

function memoryLook(memory: LayerMemory | null): unknown {
  return memory === null ? null : [memory.cache, memory.state];
}

/** Layers without a cache of their own differ by whose they read. */
function windowOf(model: Model, layer: number): unknown {
  const pattern = model.metadata[`${model.architecture}.attention.sliding_window_pattern`];
  return Array.isArray(pattern) ? pattern[layer] : null;
}

function shapeLook(tensor: Tensor): unknown {
  return [nameInBlock(tensor), tensor.dimensions];
}

function typedLook(tensor: Tensor): unknown {
  return [nameInBlock(tensor), tensor.dimensions, tensor.bytes];
}

function nameInBlock(tensor: Tensor): string {
  return tensor.name.replace(/^blk\.\d+\./u, '');
}
