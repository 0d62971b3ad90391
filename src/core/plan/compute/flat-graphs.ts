import type { Model } from '../../model/schema';
import { type DrawnGraph, drawWithoutPlaces, type Sketching } from './drawn-graph';
import { type FlatGraph, flatten } from './flat-graph';
import { lookalikes, looksOf } from './looks';
import {
  batchAt,
  type FixedVariables,
  KnownForms,
  monomialsOf,
  POINTS,
  type Variables,
  variablesAt,
} from './size-forms';
import type { Batch } from './sketch';

/** Flat graphs kept for one model, at some tens of KB each; the oldest goes first. */
const MOST_GRAPHS = 256;

interface Known {
  readonly graphs: Map<string, FlatGraph | null>;
  /** By everything that sizes follow from but for the blocks. */
  readonly forms: Map<string, KnownForms>;
}

const known = new WeakMap<Model, Known>();

function knownOf(model: Model): Known {
  const found = known.get(model);
  if (found !== undefined) return found;
  const made: Known = { graphs: new Map(), forms: new Map() };
  known.set(model, made);
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
  const { graphs, forms } = knownOf(model);
  const alike = lookalikes(looksOf(model), layers);
  if (alike === null) return null;
  const whole = `${key} ${alike.join(' ')}`;
  let graph = graphs.get(whole);
  if (graph === undefined) {
    if (graphs.size >= MOST_GRAPHS) graphs.delete(graphs.keys().next().value!);
    if (forms.size >= MOST_GRAPHS) forms.clear();
    const ofKey = forms.get(key) ?? new KnownForms();
    forms.set(key, ofKey);
    graph = draw({ ...question, sketching: { ...sketching, layers: alike } }, ofKey);
    graphs.set(whole, graph);
  }
  return graph;
}

function draw(question: FlatQuestion, forms: KnownForms): FlatGraph | null {
  const { sketching, batch, windows, actual, fixed } = question;
  const variables = Array.from({ length: POINTS }, (_, point) => variablesAt(point, actual, fixed));
  const drawAt = (each: Variables): DrawnGraph =>
    drawWithoutPlaces(sketching, batchAt(batch, windows, each, fixed));
  const [first, ...others] = variables;
  return flatten(drawAt(first!), forms, variables.map(monomialsOf), () =>
    others.map((each) => drawAt(each).graph),
  );
}

/** The flat graph of these very blocks for one batch alone, its sizes as they are. Throws UnknownGraph. */
export function flatGraphAt(sketching: Sketching, batch: Batch): FlatGraph {
  return flatten(drawWithoutPlaces(sketching, batch), new KnownForms(), [ONE], () => [])!;
}

/** The values of the forms of such a graph. */
export const ONE = Float64Array.of(1);
