import { passesExpertsOver } from '../drawing/block-feed-forward';
import { hasWindow } from '../drawing/encoder';
import type { LayerMemory, Model } from '../../../model/schema';
import { indexOf } from '../../model-index';
import { SPARSE_BLOCKS } from '../drawing/gemma-3n';
import { numberOf, shapeLook, type TensorWord, TensorWords } from './tensor-words';
import { traitsOf } from '../drawing/traits';

/** Numbers that tell blocks apart: equal numbers, equal graphs. */
export interface Looks {
  /** By the shapes of all tensors. */
  readonly shape: readonly number[];
  /** What they stand for, in words. */
  readonly shapes: readonly string[];
  /** The blocks of each look by shape, in order. */
  readonly byShape: readonly (readonly number[])[];
  /** By shapes and bytes: what copies of weights take besides. */
  readonly typed: readonly number[];
  /** Whether a block has experts. */
  readonly experts: readonly boolean[];
  /** The block whose cache a block reads: itself, but where it shares an earlier one's. */
  readonly cacheOwner: readonly number[];
}

const known = new WeakMap<Model, Looks>();

export function looksOf(model: Model): Looks {
  const found = known.get(model);
  if (found !== undefined) return found;
  const traits = traitsOf(model);
  const perLayer = perLayerNumbers(model);
  const words = new TensorWords();
  const shapes = new Map<string, number>();
  const shapeNames: string[] = [];
  const types = new Map<string, number>();
  const looks = { shape: [] as number[], typed: [] as number[] };
  const { tensorsByLayer, experts } = indexOf(model);
  let facts: ReturnType<typeof factsOf> = [];
  let own: readonly TensorWord[] = [];
  for (const [layer, tensors] of tensorsByLayer.entries()) {
    const [factsBefore, ownBefore] = [facts, own];
    facts = factsOf(model, layer, traits, perLayer);
    own = words.ofBlock(tensors, ownBefore);
    if (layer > 0 && own === ownBefore && facts.every((fact, at) => fact === factsBefore[at])) {
      looks.shape.push(looks.shape[layer - 1]!);
      looks.typed.push(looks.typed[layer - 1]!);
      continue;
    }
    const common = JSON.stringify(facts);
    const shape = numberOf(shapes, common + own.map((word) => word.shape).join());
    if (shape === shapeNames.length) shapeNames.push(common + tensors.map(shapeLook).join());
    looks.shape.push(shape);
    looks.typed.push(numberOf(types, common + own.map((word) => word.typed).join()));
  }
  const made = {
    ...looks,
    shapes: shapeNames,
    byShape: groupsOf(looks.shape),
    experts: experts.map((flags) => flags.includes(1)),
    cacheOwner: cacheOwners(model, tensorsByLayer.length),
  };
  known.set(model, made);
  return made;
}

/** What a block is beside its tensors, each a text, a number or a truth. */
function factsOf(
  model: Model,
  layer: number,
  traits: ReturnType<typeof traitsOf>,
  perLayer: readonly (readonly number[])[],
): readonly (string | number | boolean)[] {
  const { cache = null, state = null } = model.layers?.[layer] ?? {};
  return [
    JSON.stringify([cache, state]),
    traits.rope(layer, cache?.window ?? null),
    isEarly(model, layer),
    hasWindow(model, layer),
    ...perLayer.map((values) => values[layer]!),
  ];
}

/** For each block the first one of its look that stands for none before it; null where there are too few. */
export function lookalikes(looks: Looks, layers: readonly number[]): readonly number[] | null {
  const { shape, byShape } = looks;
  const next = new Map<number, number>();
  const alike: number[] = [];
  for (const layer of layers) {
    const look = shape[layer]!;
    const position = next.get(look) ?? 0;
    const found = byShape[look]![position];
    if (found === undefined) return null;
    next.set(look, position + 1);
    alike.push(found);
  }
  return alike;
}

function groupsOf(looks: readonly number[]): readonly (readonly number[])[] {
  const groups: number[][] = [];
  for (const [layer, look] of looks.entries()) (groups[look] ??= []).push(layer);
  return groups;
}

/**
 * The first blocks of Qwen 3 VL add what images gave, those of Gemma 3n keep only the largest of their gates; the first of RWKV 7
 * gives its values to the others.
 */
function isEarly(model: Model, layer: number): boolean {
  const name = model.architecture ?? '';
  const seen = model.metadata[`${name}.n_deepstack_layers`];
  if (name === 'gemma3n') return layer < SPARSE_BLOCKS;
  if (passesExpertsOver(model, layer)) return true;
  return (typeof seen === 'number' && layer < seen) || (layer === 0 && /^a?rwkv7$/u.test(name));
}

/** What the file says of each block by itself: heads, experts in use, patterns. */
function perLayerNumbers(model: Model): readonly (readonly number[])[] {
  const count = model.block_count ?? 0;
  return Object.values(model.metadata).filter(
    (value): value is number[] => Array.isArray(value) && value.length === count,
  );
}

/** Blocks without a cache of their own read the last one before them of the same kind. */
function cacheOwners(model: Model, blocks: number): readonly number[] {
  const pattern = model.metadata[`${model.architecture}.attention.sliding_window_pattern`];
  const isWindowed = (layer: number): boolean => Array.isArray(pattern) && pattern[layer] === 1;
  const last: (number | undefined)[] = [];
  return Array.from({ length: blocks }, (_, layer) => {
    const cache: LayerMemory['cache'] = model.layers?.[layer]?.cache ?? null;
    if (cache === null) return last[isWindowed(layer) ? 1 : 0] ?? layer;
    last[cache.window === null ? 0 : 1] = layer;
    return layer;
  });
}
