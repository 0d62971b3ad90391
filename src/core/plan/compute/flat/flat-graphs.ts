import type { Model } from '../../../model/schema';
import { type DrawnGraph, drawWithoutPlaces, type Sketching } from '../drawing/drawn-graph';
import { indexOf } from '../../model-index';
import { type Chain, chainOf } from '../allocation/chain';
import { compose } from './compose';
import { type Family, familyOf } from './families';
import { type FlatGraph, flatten } from './flat-graph';
import { cutDrawing, type Fragment, SharedTensors } from './fragment';
import { lookalikes, type Looks, looksOf } from './looks';
import {
  batchAt,
  type FixedVariables,
  KnownForms,
  monomialsOf,
  POINTS,
  settingsAt,
  type Variables,
  variablesAt,
} from './size-forms';
import type { Batch } from '../drawing/sheet';

/** Flat graphs kept for one family, at some tens of KB each; the oldest goes first. */
const MOST_GRAPHS = 256;
/** Drawings of all its blocks kept for one family, at some hundred KB each. */
const MOST_DRAWINGS = 64;

interface Known {
  readonly graphs: Map<string, FlatGraph | null>;
  /** By everything that sizes and shapes follow from but for the blocks. */
  readonly drawings: Map<string, Drawings>;
}

const known = new WeakMap<Family, Known>();

function knownOf(model: Model): Known {
  const family = familyOf(model);
  const found = known.get(family);
  if (found !== undefined) return found;
  const made: Known = { graphs: new Map(), drawings: new Map() };
  known.set(family, made);
  return made;
}

export interface FlatQuestion {
  readonly sketching: Sketching;
  readonly batch: Batch;
  readonly windows: readonly number[];
  readonly actual: Variables;
  readonly fixed: FixedVariables;
  /** Everything the drawing depends on but for the blocks. */
  readonly key: string;
}

/**
 * The flat graph of blocks that look like these: it is drawn once for each sequence of looks, and where its leaves lie is filled in
 * later. Null where sizes follow no forms. Throws UnknownGraph.
 */
export function flatGraphFor(question: FlatQuestion): FlatGraph | null {
  const { sketching, key } = question;
  const { model, layers } = sketching;
  const { graphs, drawings } = knownOf(model);
  const { shape } = looksOf(model);
  const whole = `${key} ${layers.map((layer) => shape[layer]).join(' ')}`;
  let graph = graphs.get(whole);
  if (graph === undefined) {
    if (graphs.size >= MOST_GRAPHS) graphs.delete(graphs.keys().next().value!);
    graph = drawingsFor(drawings, key).graphOf(question);
    graphs.set(whole, graph);
  }
  return graph;
}

/** The chain of all of a model's blocks; null where sizes follow no forms, or blocks cannot be told apart. Throws UnknownGraph. */
export function chainFor(question: FlatQuestion): Chain | null {
  const { drawings } = knownOf(question.sketching.model);
  return drawingsFor(drawings, question.key).chainOf(question);
}

function drawingsFor(drawings: Map<string, Drawings>, key: string): Drawings {
  const found = drawings.get(key);
  if (found !== undefined) return found;
  if (drawings.size >= MOST_DRAWINGS) drawings.clear();
  const made = new Drawings();
  drawings.set(key, made);
  return made;
}

/** Everything that was drawn of a model with one set of switches. */
class Drawings {
  private readonly forms = new KnownForms();
  private readonly shared = new SharedTensors();
  private readonly fragments = new Map<number, Fragment>();
  private prologue: Fragment | null = null;
  /** Whether blocks read more than fragments can tell. */
  private whole = false;
  private chain: Chain | null | undefined;

  graphOf(question: FlatQuestion): FlatGraph | null {
    const { model, layers } = question.sketching;
    const looks = looksOf(model);
    const composed = this.compose(looks, layers);
    if (composed !== null) return composed;
    if (this.prologue === null && !this.whole) {
      this.draw(question, coveringLayers(looks, indexOf(model).trunk));
      const drawn = this.compose(looks, layers);
      if (drawn !== null) return drawn;
    }
    const alike = lookalikes(looks, layers);
    return alike === null ? null : this.draw(question, alike);
  }

  /** All blocks that tokens pass. */
  chainOf(question: FlatQuestion): Chain | null {
    if (this.chain !== undefined) return this.chain;
    const { model } = question.sketching;
    const looks = looksOf(model);
    const { trunk } = indexOf(model);
    if (this.prologue === null && !this.whole) this.draw(question, coveringLayers(looks, trunk));
    const parts = this.partsOf(
      looks,
      Array.from({ length: trunk }, (_, layer) => layer),
    );
    const numbers = new Map(parts?.map((part, number) => [part, number]));
    this.chain =
      parts === null
        ? null
        : chainOf(
            compose(parts, this.shared, this.forms.all()),
            parts.map((part) => numbers.get(part)!),
          );
    return this.chain;
  }

  private compose(looks: Looks, layers: readonly number[]): FlatGraph | null {
    const parts = this.partsOf(looks, layers);
    return parts === null ? null : compose(parts, this.shared, this.forms.all()).graph;
  }

  private partsOf(looks: Looks, layers: readonly number[]): readonly Fragment[] | null {
    if (this.prologue === null || this.whole) return null;
    const parts = [this.prologue];
    for (let position = 0; position < layers.length; position++) {
      const part = this.fragments.get(contextOf(looks, layers, position));
      if (part === undefined) return null;
      parts.push(part);
    }
    return parts;
  }

  /** Draws these blocks and keeps what each of them puts into the graph. */
  private draw(question: FlatQuestion, layers: readonly number[]): FlatGraph | null {
    const { batch, windows, actual, fixed } = question;
    const sketching = { ...question.sketching, layers };
    const { model } = sketching;
    const looks = looksOf(model);
    const variables = Array.from({ length: POINTS }, (_, point) => variablesAt(point, actual, fixed));
    const drawAt = (each: Variables, point: number): DrawnGraph =>
      drawWithoutPlaces(
        { ...sketching, settings: settingsAt(point, sketching.settings, fixed) },
        batchAt(batch, windows, each, fixed),
      );
    const [first, ...others] = variables;
    const drawn = drawAt(first!, 0);
    const flat = flatten(drawn, this.forms, variables.map(monomialsOf), () =>
      others.map((each, index) => drawAt(each, index + 1).graph),
    );
    if (flat === null) this.whole = true;
    if (flat === null || this.whole) return flat;
    const cut = cutDrawing(drawn, flat, this.shared, (position) =>
      ownsCache(model, looks, layers[position]!),
    );
    if (cut === null) this.whole = true;
    else {
      const [prologue, ...blocks] = cut;
      this.prologue = prologue!;
      for (const [position, part] of blocks.entries())
        this.fragments.set(contextOf(looks, layers, position), part);
    }
    return flat;
  }
}

/** Numbers of looks are below this: two a block, and no file has half a million. */
const MOST_LOOKS = 2 ** 20;

/** What a block's fragment follows from: its look and that of the block before, and whether it is the first, the second, the last. */
function contextOf({ shape }: Looks, layers: readonly number[], position: number): number {
  const before = position === 0 ? 0 : shape[layers[position - 1]!]! + 1;
  const place = Math.min(position, 2) * 2 + (position === layers.length - 1 ? 1 : 0);
  return (shape[layers[position]!]! * MOST_LOOKS + before) * 6 + place;
}

/** Blocks among which every look stands behind every look that it stands behind in the model. */
function coveringLayers({ shape }: Looks, count: number): readonly number[] {
  const layers = new Set<number>();
  const pairs = new Set<number>();
  for (let layer = 0; layer < count; layer++) {
    const pair = layer === 0 ? -1 : shape[layer]! * MOST_LOOKS + shape[layer - 1]!;
    const edge = layer < 2 || layer === count - 1;
    if (!edge && pairs.has(pair)) continue;
    if (layer > 1) pairs.add(pair);
    if (layer > 0) layers.add(layer - 1);
    layers.add(layer);
  }
  return [...layers].sort((one, other) => one - other);
}

/** Whether what a block keeps is its own, not an earlier block's. */
function ownsCache(model: Model, { cacheOwner }: Looks, layer: number): boolean {
  return cacheOwner[layer] === layer || (model.layers?.[layer]?.state ?? null) !== null;
}

/** The flat graph of these very blocks for one batch alone, its sizes as they are. Throws UnknownGraph. */
export function flatGraphAt(sketching: Sketching, batch: Batch): FlatGraph {
  return flatten(drawWithoutPlaces(sketching, batch), new KnownForms(), [ONE], () => [])!;
}

/** The values of the forms of such a graph. */
const ONE = Float64Array.of(1);
