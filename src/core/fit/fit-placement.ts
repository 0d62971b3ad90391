import type { Settings, TensorOverride } from '../plan/settings';
import { FitFailure, type FitLayers, type FitQuestion, type Fraction } from './fit-question';
import { measure } from './fit-memory';

/** A division of the layers being tried, with what it takes. */
export interface Division {
  readonly shares: readonly FitLayers[];
  /** Bytes on each device. */
  readonly memory: readonly number[];
}

/** What all divisions are tried for. */
export interface FitTask {
  readonly question: FitQuestion;
  /** With the context settled. */
  readonly settings: Settings;
  /** Blocks as `--fit` counts them: those for drafts are not loaded. */
  readonly layers: number;
  /** Most bytes a device may take. */
  readonly targets: readonly number[];
}

/** More layers than `--fit` has patterns for. */
const MOST_LAYERS = 1000;

/** What a division takes. Throws UnknownMemory; FitFailure for a model with too many layers. */
export function tryDivision(task: FitTask, shares: readonly FitLayers[]): Division {
  const settings = settingsOfDivision(task, shares);
  const rows = measure(task.question, settings);
  return { shares, memory: shares.map((_, home) => rows[home]!.total) };
}

/** `common/fit.cpp: set_ngl_tensor_split_tbo`. Patterns of neighbours are joined: the same tensors in fewer words. */
export function settingsOfDivision(task: FitTask, shares: readonly FitLayers[]): Settings {
  return {
    ...task.settings,
    gpuLayers: shares.reduce((sum, { layers }) => sum + layers, 0),
    tensorSplit: shares.length > 1 ? shares.map(({ layers }) => layers) : null,
    overrides: joined(partialLayers(task.layers, shares)),
  };
}

/** A layer of which some tensors lie elsewhere. */
export interface PartialLayer {
  readonly layer: number;
  readonly fraction: Fraction;
  readonly home: 'host' | number;
}

/** In the order of `--fit`'s overrides. */
export function partialLayers(layers: number, shares: readonly FitLayers[]): readonly PartialLayer[] {
  const partial: PartialLayer[] = [];
  let next = layers + 1 - shares.reduce((sum, share) => sum + share.layers, 0);
  for (const share of shares) {
    next += share.layers - share.partial;
    for (let position = 0; position < share.partial; position++) {
      const first = position === 0;
      partial.push({
        layer: next + position,
        fraction: first ? share.fraction : 'no-experts',
        home: first ? share.overflow : 'host',
      });
    }
    next += share.partial;
  }
  if (partial.some(({ layer }) => layer >= MOST_LAYERS)) {
    throw new FitFailure(`at most ${MOST_LAYERS} model layers are supported`);
  }
  return partial;
}

/** What goes elsewhere (`common/fit.cpp: get_overflow_pattern`). */
export const overflowPatterns: Readonly<Record<Fraction, string>> = {
  attention: String.raw`\.ffn_(gate|up|gate_up|down).*`,
  up: String.raw`\.ffn_(gate|gate_up|down).*`,
  gate: String.raw`\.ffn_down.*`,
  'no-experts': String.raw`\.ffn_(up|down|gate_up|gate)_(ch|)exps`,
};

function joined(partial: readonly PartialLayer[]): readonly TensorOverride[] {
  const groups = new Map<string, { layers: number[]; fraction: Fraction; home: 'host' | number }>();
  for (const { layer, fraction, home } of partial) {
    const key = `${fraction} ${home}`;
    const group = groups.get(key) ?? { layers: [], fraction, home };
    group.layers.push(layer);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ layers, fraction, home }) => ({
    pattern: new RegExp(String.raw`blk\.(${layers.join('|')})${overflowPatterns[fraction]}`, 'u'),
    home,
  }));
}

/** Layers to try next by false position: where the line between the two ends meets the target, but always between them. */
export function stepBetween(delta: number, target: number, low: number, high: number): number {
  const step = Math.trunc((delta * (target - low)) / (high - low));
  // below zero it is a very large number there, since it is stored without a sign
  return step < 0 ? delta - 1 : Math.min(Math.max(step, 1), delta - 1);
}

/** A copy of the list with one element replaced. */
export function replaced<T>(list: readonly T[], position: number, change: (old: T) => T): readonly T[] {
  return list.map((old, at) => (at === position ? change(old) : old));
}
