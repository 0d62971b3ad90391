import type { Model } from '../model/schema';
import type { LayerHomes, Run } from './layer-homes';
import { indexOf, type ModelIndex } from './model-index';
import type { Settings, TensorOverride } from './settings';

/** Where an override puts a tensor: on the host, or on a device by its position. */
type Home = TensorOverride['home'];

/** A tensor of a block that an override moves, by its position among the block's tensors (`ModelIndex.tensorsByLayer`). */
export interface Moved {
  readonly ordinal: number;
  readonly home: Home;
}

/** Neighbouring blocks of which all experts are moved to one home, and nothing else. */
interface Stretch {
  readonly home: Home;
  readonly from: number;
  readonly to: number;
}

/** The tensors that overrides move; of several patterns that match one the first counts. */
export interface NamedTensors {
  readonly experts: readonly Stretch[];
  /** All other blocks that any tensor is moved of. */
  readonly blocks: ReadonlyMap<number, readonly Moved[]>;
  /** Those that belong to no block, by name. */
  readonly outside: ReadonlyMap<string, Home>;
}

type MovedByBlock = ReadonlyMap<number, readonly Moved[]>;

const nothing: NamedTensors = { experts: [], blocks: new Map(), outside: new Map() };
const known = new WeakMap<readonly TensorOverride[], { model: Model; named: NamedTensors }>();

/** The tensors of a model that these overrides move; worked out once for each list of them. */
export function namedTensors(model: Model, overrides: readonly TensorOverride[]): NamedTensors {
  if (overrides.length === 0) return nothing;
  const before = known.get(overrides);
  if (before?.model === model) return before.named;
  const named = gather(indexOf(model), overrides);
  known.set(overrides, { model, named });
  return named;
}

/** Tells what overrides move, by who made their patterns of these very tensors: so no name needs to be looked at. */
export function rememberNamed(
  model: Model,
  overrides: readonly TensorOverride[],
  blocks: MovedByBlock,
): void {
  known.set(overrides, { model, named: sorted(indexOf(model), blocks, new Map()) });
}

/** Tells that overrides move the same tensors of another model, one whose tensors have the same names in the same order. */
export function rememberAlike(model: Model, other: Model, overrides: readonly TensorOverride[]): void {
  if (overrides.length > 0) known.set(overrides, { model: other, named: namedTensors(model, overrides) });
}

function gather(
  { tensorsByLayer, experts, outside: others }: ModelIndex,
  overrides: readonly TensorOverride[],
): NamedTensors {
  const homeOf = (name: string): Home | null =>
    overrides.find(({ pattern }) => pattern.test(name))?.home ?? null;
  const blocks = new Map<number, Moved[]>();
  for (const [layer, tensors] of tensorsByLayer.entries()) {
    const moved = tensors.flatMap(({ name }, ordinal): readonly Moved[] => {
      const home = homeOf(name);
      return home === null ? [] : [{ ordinal, home }];
    });
    if (moved.length > 0) blocks.set(layer, moved);
  }
  const outside = new Map<string, Home>();
  for (const name of others.keys()) {
    const home = homeOf(name);
    if (home !== null) outside.set(name, home);
  }
  return sorted({ experts }, blocks, outside);
}

/** Puts neighbours of which all experts go to one place together; `blocks` in rising order. */
function sorted(
  { experts }: Pick<ModelIndex, 'experts'>,
  all: MovedByBlock,
  outside: NamedTensors['outside'],
): NamedTensors {
  const stretches: Stretch[] = [];
  const blocks = new Map<number, readonly Moved[]>();
  for (const [layer, moved] of all) {
    const home = homeOfAll(experts[layer]!, moved);
    const last = stretches.at(-1);
    if (home === null) blocks.set(layer, moved);
    else if (last?.to === layer && last.home === home)
      stretches[stretches.length - 1] = { home, from: last.from, to: layer + 1 };
    else stretches.push({ home, from: layer, to: layer + 1 });
  }
  return { experts: stretches, blocks, outside };
}

/** Where all experts of a block go, where nothing else of it goes anywhere; else null. */
function homeOfAll(experts: Uint8Array, moved: readonly Moved[]): Home | null {
  const home = moved[0]?.home ?? null;
  let left = 0;
  for (let ordinal = 0; ordinal < experts.length; ordinal++) left += experts[ordinal]!;
  for (const each of moved)
    if (each.home === home && experts[each.ordinal] === 1) left--;
    else return null;
  return left === 0 ? home : null;
}

/** Blocks whose experts all go from one place to another. */
export interface ExpertMove {
  readonly from: number;
  readonly to: number;
  /** Where the blocks themselves lie, and their experts without the override. */
  readonly block: number;
  readonly before: number;
  readonly after: number;
}

/** Whole blocks' experts that overrides move, in stretches that lie in one place before. */
export function expertMoves(
  { experts }: NamedTensors,
  { host }: LayerHomes,
  runs: readonly Run[],
  { cpuMoeLayers }: Settings,
): readonly ExpertMove[] {
  const moves: ExpertMove[] = [];
  for (const stretch of experts) {
    const after = stretch.home === 'host' ? host : stretch.home;
    for (const { home, from, to } of runs) {
      const first = Math.max(from, stretch.from);
      const end = Math.min(to, stretch.to);
      const kept = Math.min(Math.max(cpuMoeLayers, first), end);
      if (first < kept) moves.push({ from: first, to: kept, block: home, before: host, after });
      if (kept < end && first < end) moves.push({ from: kept, to: end, block: home, before: home, after });
    }
  }
  return moves;
}
