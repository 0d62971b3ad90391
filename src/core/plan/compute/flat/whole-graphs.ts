import type { Model } from '../../../model/schema';
import type { Sketching } from '../drawing/drawn-graph';
import type { FlatGraph } from './flat-graph';
import { flatGraphAt } from './flat-graphs';
import { Remembered } from './remembered';
import type { Batch } from '../drawing/sheet';
import { factsOf } from '../allocation/templates';

/**
 * Graphs of all blocks that are kept, of some MB each: a search asks about a few in many placements, as those that show which operations
 * stay in one piece.
 */
const MOST_WHOLE = 12;
const graphs = new Remembered<FlatGraph>(MOST_WHOLE, () => 1);

const numbers = new WeakMap<Model, number>();
let models = 0;

/** As `flatGraphAt`, remembered by everything that a drawing reads but where its leaves lie. Throws UnknownGraph. */
export function wholeGraphAt(sketching: Sketching, batch: Batch): FlatGraph {
  const key = keyOf(sketching, batch);
  const known = graphs.get(key);
  if (known !== undefined) return known;
  const made = flatGraphAt(sketching, batch);
  graphs.set(key, made);
  return made;
}

function keyOf(sketching: Sketching, { tokens, sequences, others, outputs, cells }: Batch): string {
  const { model, settings, ...drawn } = sketching;
  return JSON.stringify([
    numberOf(model),
    [tokens, sequences, others, outputs, cells.perStream, cells.streams],
    factsOf(model).windows.map(cells.windowed),
    { ...settings, ...nowhere },
    drawn,
  ]);
}

/** In place of what only says where everything lies. */
const nowhere = {
  devices: null,
  tensorSplit: null,
  gpuLayers: null,
  cpuMoeLayers: null,
  overrides: null,
};

function numberOf(model: Model): number {
  const number = numbers.get(model) ?? models++;
  numbers.set(model, number);
  return number;
}
