import type { Model } from '../../../model/schema';
import type { DrawnBlocks, Placed } from '../../placed';
import { isQuantised } from '../../kv-cache';
import { type KvType, kvTypes } from '../../request-schema';
import type { Settings } from '../../settings';
import type { Sketching } from '../drawing/drawn-graph';
import { type Family, familyOf } from '../flat/families';
import { flatGraphFor, type FlatQuestion } from '../flat/flat-graphs';
import { putInPlace } from '../flat/places';
import { Remembered } from '../flat/remembered';
import { type Machine, OFFLOAD_ROWS } from './schedule';
import { scriptOf } from './script';
import {
  blockBytesOf,
  type FixedVariables,
  MOST_WINDOWS,
  monomialsOf,
  type Variables,
  valuesOf,
} from '../flat/size-forms';
import type { Batch } from '../drawing/sheet';
import { isUnfit, type Template, templateOf } from './template';

/** What a graph is asked about, whatever blocks are drawn of it. */
export interface GraphQuestion {
  readonly model: Model;
  readonly settings: Settings;
  readonly batch: Batch;
  readonly placed: Placed;
  readonly machine: Machine;
  readonly pinned: boolean;
  readonly normsPinned: boolean;
  /** Whether attention is fused. */
  readonly flash: boolean;
}

export interface TemplateQuestion extends GraphQuestion {
  readonly blocks: DrawnBlocks;
}

/**
 * Numbers that all templates of all models take together, at 4 bytes each: 40 MB. The longest unused goes first.
 */
const MOST_NUMBERS = 10_000_000;
/** `special`: sizes follow no forms but for the very sequences and types of caches. */
type Learnt = Template | 'special' | 'none';
/** What is no template is remembered too, for as much as its key. */
const COST_OF_KEY = 100;
const templates = new Remembered<Learnt>(
  MOST_NUMBERS,
  (template) => COST_OF_KEY + (typeof template === 'string' ? 0 : template.cost),
);

/** The template for a question and the values to replay it with; null where there is none for these blocks. */
export function findTemplate(
  question: TemplateQuestion,
): { readonly template: Template; readonly monomials: Float64Array } | null {
  const facts = factsOf(question.model);
  if (facts.windows.length > MOST_WINDOWS) return null;
  const actual = actualVariables(question, facts);
  let template = templateFor(question, facts, actual, false);
  if (template === 'special') template = templateFor(question, facts, actual, true);
  return typeof template === 'string' ? null : { template, monomials: monomialsOf(actual) };
}

function templateFor(
  question: TemplateQuestion,
  facts: ModelFacts,
  actual: Variables,
  special: boolean,
): Learnt {
  const drawing = drawingOf(question, facts, actual, special);
  const key = `${facts.number} ${drawing.key} ${rowsKeyOf(question, actual)} ${question.blocks.key}`;
  let template = templates.get(key);
  if (template === undefined) {
    template = learn(question, drawing, facts, special);
    templates.set(key, template);
  }
  return template;
}

/** What a drawing and its sizes follow from, but for the blocks. */
export interface Drawing {
  /** Equal where these are equal, of one family. */
  readonly key: string;
  readonly actual: Variables;
  readonly fixed: FixedVariables;
}

export function drawingOf(
  question: GraphQuestion,
  facts: ModelFacts,
  actual: Variables,
  special: boolean,
): Drawing {
  const fixed = fixedVariables(actual, question, facts, special);
  return { key: drawingKeyOf(question, actual, fixed, special), actual, fixed };
}

/** What a cache's type changes in a graph beside sizes: whole floats are converted, quantised rows rotated. */
function kindOf(type: KvType): string {
  if (type === 'f32') return type;
  return isQuantised(type) ? 'quantised' : 'half';
}

/** What templates of a family differ by, whatever the settings. */
export interface ModelFacts {
  readonly number: number;
  readonly windows: readonly number[];
  /** Whether there are states, whose sizes go with the sequences. */
  readonly stateful: boolean;
}

const known = new WeakMap<Family, ModelFacts>();

export function factsOf(model: Model): ModelFacts {
  const family = familyOf(model);
  const found = known.get(family);
  if (found !== undefined) return found;
  const layers = model.layers ?? [];
  const windows = layers.flatMap((layer) => layer.cache?.window ?? []);
  const made = {
    number: family.number,
    windows: [...new Set(windows)],
    stateful: layers.some((layer) => layer.state !== null),
  };
  known.set(family, made);
  return made;
}

export function actualVariables({ batch, settings }: GraphQuestion, facts: ModelFacts): Variables {
  const groups = facts.stateful ? batch.sequences : batch.cells.streams;
  return {
    each: batch.tokens / groups,
    groups,
    outputs: batch.outputs,
    cells: batch.cells.perStream,
    windowed: facts.windows.map(batch.cells.windowed),
    block: quantisedBlock(settings) ?? 1,
  };
}

/** Bytes of a block of the quantised caches; null where none is, or where they are of two types. */
function quantisedBlock({ keyType, valueType }: Settings): number | null {
  const [type, other] = [keyType, valueType].filter(isQuantised);
  return type === undefined || (other !== undefined && other !== type) ? null : blockBytesOf(type);
}

/**
 * Few tokens keep their number, and so does one of anything: a tensor may then have the shape of another, and take over its
 * memory.
 */
function fixedVariables(
  actual: Variables,
  { batch, settings, flash }: GraphQuestion,
  facts: ModelFacts,
  special: boolean,
): FixedVariables {
  const few = actual.each < OFFLOAD_ROWS;
  return {
    each: few,
    // states are of sequences, which have no streams of their own where the cache is unified
    groups:
      few || actual.groups === 1 || (facts.stateful && (special || actual.groups !== batch.cells.streams)),
    outputs: few || actual.outputs === 1,
    // unfused attention turns its values in the cache's own type
    block: special || !flash || quantisedBlock(settings) === null,
  };
}

/** Everything that a drawing and the forms of its sizes follow from, but for the blocks. */
function drawingKeyOf(
  question: GraphQuestion,
  actual: Variables,
  fixed: FixedVariables,
  special: boolean,
): string {
  const { settings, batch, flash, pinned, normsPinned } = question;
  const { flashAttention, keyType, valueType, offloadCache } = settings;
  const turned = special || !flash;
  const types = [keyType, valueType].map((type) =>
    turned || (fixed.block && isQuantised(type)) ? type : kindOf(type),
  );
  const bits =
    (flashAttention ? 1 : 0) +
    (offloadCache ? 2 : 0) +
    (pinned ? 4 : 0) +
    (normsPinned ? 8 : 0) +
    (flash ? 16 : 0);
  const each = fixed.each ? actual.each : '';
  const groups = fixed.groups ? `${actual.groups} ${batch.cells.streams} ${batch.others ?? 0}` : '';
  const outputs = fixed.outputs ? actual.outputs : '';
  return `${bits} ${types.join(' ')} ${each},${groups},${outputs}`;
}

/** A number for all that `drawingOf` reads of a question, sooner made than its key; null where few tokens count by themselves, and where numbers do not suffice. */
export function drawingNumberOf(
  question: GraphQuestion,
  facts: ModelFacts,
  actual: Variables,
): number | null {
  const { settings, batch, flash, pinned, normsPinned } = question;
  const { flashAttention, keyType, valueType, offloadCache } = settings;
  const others = batch.others ?? 0;
  const { streams } = batch.cells;
  if (actual.each < OFFLOAD_ROWS || others >= MANY || streams >= MANY || actual.groups >= MANY) return null;
  const bits =
    (flashAttention ? 1 : 0) +
    (offloadCache ? 2 : 0) +
    (pinned ? 4 : 0) +
    (normsPinned ? 8 : 0) +
    (flash ? 16 : 0) +
    (actual.outputs === 1 ? 32 : 0);
  const types = kvTypes.indexOf(keyType) * kvTypes.length + kvTypes.indexOf(valueType);
  const own = facts.stateful || actual.groups === 1;
  const groups = own ? (actual.groups * MANY + streams) * MANY + others : 0;
  return (groups * kvTypes.length ** 2 + types) * 64 + bits;
}

/** Sequences below this make numbers that are exact. */
const MANY = 1024;

/** Whether so few rows have outputs that operations on them with host weights stay on the host. */
function rowsKeyOf({ machine, placed, settings }: GraphQuestion, actual: Variables): string {
  const { host, offload } = machine;
  const { blocks, output } = placed.homes;
  const last = placed.signatures.length - 1;
  const hostWeights =
    output === host || blocks[last] === host || settings.cpuMoeLayers > last || settings.overrides.length > 0;
  const counts = hostWeights && host > 0 && offload && actual.outputs < OFFLOAD_ROWS;
  return `${offload} ${counts ? actual.outputs : ''}`;
}

function learn(question: TemplateQuestion, drawing: Drawing, facts: ModelFacts, special: boolean): Learnt {
  const { model, settings, placed, machine, blocks } = question;
  const { layers } = blocks;
  const flat = flatGraphFor(flatQuestion(question, drawing, facts, layers));
  if (flat === null) return 'none';
  const graph = putInPlace(flat, model, settings, placed, layers);
  const script = scriptOf(
    graph.graph,
    graph.homes,
    machine,
    valuesOf(flat.forms, monomialsOf(drawing.actual)),
  );
  if (isUnfit(script, flat)) return special ? 'none' : 'special';
  return templateOf(script, flat, blocks.repeats) ?? 'none';
}

export function flatQuestion(
  question: GraphQuestion,
  { actual, fixed, key }: Drawing,
  { windows }: ModelFacts,
  layers: readonly number[],
): FlatQuestion {
  const { model, settings, batch, pinned, normsPinned, flash } = question;
  const sketching: Sketching = { model, settings, layers, pinned, normsPinned, flash };
  return { sketching, batch, windows, actual, fixed, key };
}
