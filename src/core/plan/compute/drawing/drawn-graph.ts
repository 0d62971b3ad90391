import type { Model, Tensor } from '../../../model/schema';
import { indexOf } from '../../model-index';
import type { Settings } from '../../settings';
import { type DrawnWeight, HOST_CODE, ownCode, sharedCode, weightCode } from '../flat/flat-graph';
import { allJoined, type Joined } from './joined-residuals';
import { drawModel } from './model-graph';
import type { Batch } from './sheet';
import type { Graph } from './tensor-graph';

/** What a drawing depends on beside the batch. */
export interface Sketching {
  readonly model: Model;
  readonly settings: Settings;
  /** Blocks to draw. */
  readonly layers: readonly number[];
  /** Whether llama.cpp's wishes for backends count, and those for norms. */
  readonly pinned: boolean;
  readonly normsPinned: boolean;
  readonly flash: boolean;
  /** Which operations on residuals are in one piece; all where it is not said. */
  readonly joined?: Joined;
  /** Whether what cannot be drawn is left out, and its size told. */
  readonly lenient?: boolean;
}

/** A graph whose homes are codes, and what the codes of weights mean. */
export interface DrawnGraph {
  readonly graph: Graph;
  readonly weights: readonly DrawnWeight[];
}

/** Draws some blocks of a model without knowing where anything lies. Throws UnknownGraph. */
export function drawWithoutPlaces(sketching: Sketching, batch: Batch): DrawnGraph {
  const { model, settings, layers, pinned, normsPinned, flash } = sketching;
  const weights: DrawnWeight[] = [];
  const numbers = new Map<string, number>();
  const positions = new Map(layers.map((layer, position) => [layer, position]));
  const { tensorsByLayer } = indexOf(model);
  let current = 0;
  const numberOf = (tensor: Tensor, asOutput: boolean): number => {
    const key = `${tensor.name} ${tensor.layer} ${asOutput}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    const position = tensor.layer === null ? null : (positions.get(tensor.layer) ?? null);
    const ordinal = position === null ? -1 : tensorsByLayer[tensor.layer!]!.indexOf(tensor);
    numbers.set(key, weights.length);
    return weights.push({ tensor, position, ordinal, asOutput }) - 1;
  };
  const graph = drawModel({
    model,
    settings,
    batch,
    layers,
    host: HOST_CODE,
    begin: (position) => void (current = position),
    homeOf: (tensor, asOutput) => weightCode(numberOf(tensor, asOutput)),
    cacheHomeOf: (layer) => (layer === layers[current] ? ownCode(current, true) : sharedCode(current)),
    pinOf: normsPinned ? (layer) => ownCode(positions.get(layer)!, false) : () => null,
    pinned,
    flash,
    joined: sketching.joined ?? allJoined,
    lenient: sketching.lenient ?? false,
  });
  return { graph, weights };
}
