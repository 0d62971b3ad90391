import type { Model } from '../../model/schema';
import type { DrawnBlocks, Placed } from '../placed';
import type { Settings } from '../settings';
import type { Scheduled } from './schedule';
import { scriptOf } from './script';
import {
  batchAt,
  type FixedVariables,
  MOST_WINDOWS,
  monomialsOf,
  POINTS,
  type Variables,
  variablesAt,
} from './size-forms';
import type { Batch } from './sketch';
import { type Template, templateOf } from './template';
import type { Graph } from './tensor-graph';

export interface TemplateQuestion {
  readonly model: Model;
  readonly settings: Settings;
  readonly batch: Batch;
  readonly placed: Placed;
  readonly blocks: DrawnBlocks;
  /** Whether attention is fused. */
  readonly flash: boolean;
}

/** A graph with its schedule. */
export interface DrawnGraph extends Scheduled {
  readonly graph: Graph;
}

type Draw = (batch: Batch, blocks: DrawnBlocks, small: boolean) => DrawnGraph;

/** Events of all templates that are kept, of all models together; at 4 bytes each and as much again for slots: 64 MB. The longest unused goes first. */
const MOST_EVENTS = 8_000_000;
const templates = new Map<string, Template | null>();
let events = 0;

/** The template for a question and the values to replay it with; null where there is none for these blocks. */
export function findTemplate(
  question: TemplateQuestion,
  draw: Draw,
): { readonly template: Template; readonly monomials: Float64Array } | null {
  const { batch } = question;
  const facts = factsOf(question.model);
  if (facts.windows.length > MOST_WINDOWS) return null;
  const actual = actualVariables(batch, facts);
  const fixed = fixedVariables(question, actual, facts);
  const key = keyOf(question, actual, fixed, facts);
  let template = templates.get(key);
  if (template === undefined) {
    template = learn(question, actual, fixed, facts, draw);
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
 * Below this many rows operations with host weights stay on the host (`schedule.ts`), so such sizes are part of the key. So is
 * one of anything: a tensor may then have the shape of another, and take over its memory.
 */
const OFFLOAD_ROWS = 32;

function fixedVariables(question: TemplateQuestion, actual: Variables, facts: ModelFacts): FixedVariables {
  const { placed, settings } = question;
  const few = actual.each < OFFLOAD_ROWS;
  const offloads = placed.homes.host > 0 && settings.offloadOperations;
  return {
    each: few,
    groups: few || facts.stateful || actual.groups === 1,
    outputs: few || actual.outputs === 1 || (offloads && actual.outputs < OFFLOAD_ROWS),
  };
}

/** Everything that the shape of a graph, or the forms of its sizes, follow from. */
function keyOf(
  question: TemplateQuestion,
  actual: Variables,
  fixed: FixedVariables,
  facts: ModelFacts,
): string {
  const { settings, batch, blocks } = question;
  const { flashAttention, keyType, valueType, offloadCache, offloadOperations, tool } = settings;
  const bits =
    (flashAttention ? 1 : 0) +
    (offloadCache ? 2 : 0) +
    (offloadOperations ? 4 : 0) +
    (tool === 'llama-fit-params' ? 8 : 0) +
    (question.flash ? 16 : 0);
  const each = fixed.each ? actual.each : '';
  const groups = fixed.groups ? `${actual.groups} ${batch.cells.streams}` : '';
  const outputs = fixed.outputs ? actual.outputs : '';
  return `${facts.number} ${bits} ${keyType} ${valueType} ${each},${groups},${outputs} ${blocks.key}`;
}

function learn(
  question: TemplateQuestion,
  actual: Variables,
  fixed: FixedVariables,
  facts: ModelFacts,
  draw: Draw,
): Template | null {
  const { batch, blocks } = question;
  const small = batch.tokens < OFFLOAD_ROWS;
  const variables = Array.from({ length: POINTS }, (_, point) => variablesAt(point, actual, fixed));
  const scripts = variables.map((each) => {
    const drawn = draw(batchAt(batch, facts.windows, each, fixed), blocks, small);
    return scriptOf(drawn, drawn.graph);
  });
  return templateOf(scripts, variables.map(monomialsOf), blocks.repeats);
}
