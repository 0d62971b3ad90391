import type { Model } from '../model/schema';
import { indexOf, type ModelIndex } from './model-index';
import type { TensorOverride } from './settings';

/** Where an override puts a tensor: on the host, or on a device by its position. */
type Home = TensorOverride['home'];

/** A tensor by its block and its position among the block's tensors (`ModelIndex.tensorsByLayer`); outside the blocks by its name. */
export type Match =
  | { readonly layer: number; readonly ordinal: number }
  | { readonly layer: null; readonly name: string };

/** A tensor of a block that an override moves. */
export interface Moved {
  readonly ordinal: number;
  readonly home: Home;
}

/** The tensors that overrides move; of several patterns that match one the first counts. */
export interface NamedTensors {
  readonly blocks: ReadonlyMap<number, readonly Moved[]>;
  /** Those that belong to no block, by name. */
  readonly outside: ReadonlyMap<string, Home>;
}

const nothing: NamedTensors = { blocks: new Map(), outside: new Map() };
const known = new WeakMap<readonly TensorOverride[], { model: Model; named: NamedTensors }>();

/** The tensors of a model that these overrides move; worked out once for each list of them. */
export function namedTensors(model: Model, overrides: readonly TensorOverride[]): NamedTensors {
  if (overrides.length === 0) return nothing;
  const before = known.get(overrides);
  if (before?.model === model) return before.named;
  const named = gather(model, overrides);
  known.set(overrides, { model, named });
  return named;
}

function gather(model: Model, overrides: readonly TensorOverride[]): NamedTensors {
  const blocks = new Map<number, Moved[]>();
  const outside = new Map<string, Home>();
  for (const { pattern, home } of overrides) {
    for (const match of matchesOf(model, pattern)) {
      if (match.layer === null) {
        if (!outside.has(match.name)) outside.set(match.name, home);
        continue;
      }
      const { layer, ordinal } = match;
      const moved = blocks.get(layer);
      if (moved === undefined) blocks.set(layer, [{ ordinal, home }]);
      else if (!moved.some((each) => each.ordinal === ordinal)) moved.push({ ordinal, home });
    }
  }
  return { blocks, outside };
}

/** Patterns whose tensors are remembered for one model: more than a search makes. */
const MOST_PATTERNS = 512;
const memos = new WeakMap<Model, Map<string, readonly Match[]>>();

/** Tells which tensors a pattern matches, by who made it of their names, so that none needs to be looked at. */
export function rememberMatches(model: Model, pattern: RegExp, matches: () => readonly Match[]): void {
  const memo = memoOf(model);
  const key = String(pattern);
  if (!memo.has(key)) remember(memo, key, matches());
}

function matchesOf(model: Model, pattern: RegExp): readonly Match[] {
  const memo = memoOf(model);
  const key = String(pattern);
  const found = memo.get(key);
  if (found !== undefined) return found;
  const matches = matching(indexOf(model), pattern);
  remember(memo, key, matches);
  return matches;
}

function memoOf(model: Model): Map<string, readonly Match[]> {
  const found = memos.get(model);
  if (found !== undefined) return found;
  const fresh = new Map<string, readonly Match[]>();
  memos.set(model, fresh);
  return fresh;
}

function remember(memo: Map<string, readonly Match[]>, key: string, matches: readonly Match[]): void {
  if (memo.size >= MOST_PATTERNS) memo.clear();
  memo.set(key, matches);
}

function matching({ tensorsByLayer, outside }: ModelIndex, pattern: RegExp): readonly Match[] {
  const matches: Match[] = [];
  for (const [layer, tensors] of tensorsByLayer.entries())
    for (const [ordinal, { name }] of tensors.entries())
      if (pattern.test(name)) matches.push({ layer, ordinal });
  for (const name of outside.keys()) if (pattern.test(name)) matches.push({ layer: null, name });
  return matches;
}
