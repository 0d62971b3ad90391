import type { Model } from '../../model/schema';
import type { DrawnBlocks, Placed } from '../placed';
import type { Settings } from '../settings';
import type { Sketching } from './drawn-graph';
import { flatGraphFor } from './flat-graphs';
import { putInPlace } from './places';
import { type Machine, OFFLOAD_ROWS } from './schedule';
import { scriptOf } from './script';
import { type FixedVariables, MOST_WINDOWS, monomialsOf, type Variables, valuesOf } from './size-forms';
import type { Batch } from './sketch';
import { type Template, templateOf } from './template';

export interface TemplateQuestion {
  readonly model: Model;
  readonly settings: Settings;
  readonly batch: Batch;
  readonly placed: Placed;
  readonly machine: Machine;
  readonly blocks: DrawnBlocks;
  readonly pinned: boolean;
  readonly normsPinned: boolean;
  /** Whether attention is fused. */
  readonly flash: boolean;
}

/**
 * Events of all templates that are kept, of all models together: at 2 bytes each, and 3 for each slot, of which there are half as
 * many, 84 MB. The longest unused goes first.
 */
const MOST_EVENTS = 24_000_000;
const templates = new Map<string, Template | null>();
let events = 0;

/** The template for a question and the values to replay it with; null where there is none for these blocks. */
export function findTemplate(
  question: TemplateQuestion,
): { readonly template: Template; readonly monomials: Float64Array } | null {
  const facts = factsOf(question.model);
  if (facts.windows.length > MOST_WINDOWS) return null;
  const actual = actualVariables(question.batch, facts);
  const fixed = fixedVariables(actual, facts);
  const drawingKey = drawingKeyOf(question, actual, fixed);
  const key = `${facts.number} ${drawingKey} ${rowsKeyOf(question, actual)} ${question.blocks.key}`;
  let template = templates.get(key);
  if (template === undefined) {
    template = learn(question, actual, fixed, facts, drawingKey);
    remember(key, template);
  } else if (events > MOST_EVENTS / 2) {
    // the order of the map is the order of last use, once that matters
    templates.delete(key);
    templates.set(key, template);
  }
  return template === null ? null : { template, monomials: monomialsOf(actual) };
}

function remember(key: string, template: Template | null): void {
  templates.set(key, template);
  events += costOf(template);
  for (const [oldest, unused] of templates) {
    if (events <= MOST_EVENTS) break;
    templates.delete(oldest);
    events -= costOf(unused);
  }
}

/** What is not a template is remembered too, for as much as its key. */
const COST_OF_KEY = 100;

function costOf(template: Template | null): number {
  return COST_OF_KEY + (template?.events.length ?? 0);
}

/** What templates of a model differ by, whatever the settings. */
interface ModelFacts {
  readonly number: number;
  readonly windows: readonly number[];
  /** Whether there are states, whose sizes go with the sequences. */
  readonly stateful: boolean;
}

const known = new WeakMap<Model, ModelFacts>();
let models = 0;

function factsOf(model: Model): ModelFacts {
  const found = known.get(model);
  if (found !== undefined) return found;
  const layers = model.layers ?? [];
  const windows = layers.flatMap((layer) => layer.cache?.window ?? []);
  const made = {
    number: models++,
    windows: [...new Set(windows)],
    stateful: layers.some((layer) => layer.state !== null),
  };
  known.set(model, made);
  return made;
}

function actualVariables(batch: Batch, facts: ModelFacts): Variables {
  const groups = facts.stateful ? batch.sequences : batch.cells.streams;
  return {
    each: batch.tokens / groups,
    groups,
    outputs: batch.outputs,
    cells: batch.cells.perStream,
    windowed: facts.windows.map(batch.cells.windowed),
  };
}

/**
 * Few tokens keep their number, and so does one of anything: a tensor may then have the shape of another, and take over its
 * memory.
 */
function fixedVariables(actual: Variables, facts: ModelFacts): FixedVariables {
  const few = actual.each < OFFLOAD_ROWS;
  return {
    each: few,
    groups: few || facts.stateful || actual.groups === 1,
    outputs: few || actual.outputs === 1,
  };
}

/** Everything that a drawing and the forms of its sizes follow from, but for the blocks. */
function drawingKeyOf(question: TemplateQuestion, actual: Variables, fixed: FixedVariables): string {
  const { settings, batch, flash, pinned, normsPinned } = question;
  const { flashAttention, keyType, valueType, offloadCache } = settings;
  const bits =
    (flashAttention ? 1 : 0) +
    (offloadCache ? 2 : 0) +
    (pinned ? 4 : 0) +
    (normsPinned ? 8 : 0) +
    (flash ? 16 : 0);
  const each = fixed.each ? actual.each : '';
  const groups = fixed.groups ? `${actual.groups} ${batch.cells.streams}` : '';
  const outputs = fixed.outputs ? actual.outputs : '';
  return `${bits} ${keyType} ${valueType} ${each},${groups},${outputs}`;
}

/** Whether so few rows have outputs that operations on them with host weights stay on the host. */
function rowsKeyOf({ machine, placed, settings }: TemplateQuestion, actual: Variables): string {
  const { host, offload } = machine;
  const { blocks, output } = placed.homes;
  const last = placed.signatures.length - 1;
  const hostWeights =
    output === host || blocks[last] === host || settings.cpuMoeLayers > last || settings.overrides.length > 0;
  const counts = hostWeights && host > 0 && offload && actual.outputs < OFFLOAD_ROWS;
  return `${offload} ${counts ? actual.outputs : ''}`;
}

function learn(
  question: TemplateQuestion,
  actual: Variables,
  fixed: FixedVariables,
  facts: ModelFacts,
  key: string,
): Template | null {
  const { model, settings, batch, placed, machine, blocks, pinned, normsPinned, flash } = question;
  const { layers } = blocks;
  const sketching: Sketching = { model, settings, layers, pinned, normsPinned, flash };
  const flat = flatGraphFor({ sketching, batch, windows: facts.windows, actual, fixed, key });
  if (flat === null) return null;
  const graph = putInPlace(flat, model, settings, placed, layers);
  const script = scriptOf(graph.graph, graph.homes, machine, valuesOf(flat.forms, monomialsOf(actual)));
  return templateOf(script, graph, blocks.repeats);
}
