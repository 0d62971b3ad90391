import type { Model } from '../../../model/schema';
import { indexOf } from '../../model-index';
import { UnknownGraph } from './block';
import type { Sketch } from './sketch';
import type { Node } from './tensor-graph';

/** How often HRM-Text runs its two stacks of blocks (`src/models/hrm-text.cpp`). */
interface Cycles {
  /** Blocks of each stack. */
  readonly stack: number;
  /** Runs of the high stack, and runs of the low one before each. */
  readonly high: number;
  readonly low: number;
}

/** Whether a model's blocks are run several times, each time with caches of its own: `block_count` is how often any is run. */
export function runsInCycles(model: Model): boolean {
  return cyclesOf(model) !== null || loopsOf(model) > 1;
}

/** The block whose tensors are used when so many were run before: that very one where each runs once. */
export function blockOfSlot(model: Model, slot: number): number {
  const cycles = cyclesOf(model);
  if (cycles === null) return slot % loopLength(model);
  const { stack, low } = cycles;
  const pass = Math.floor(slot / stack);
  return (pass % (low + 1) === low ? stack : 0) + (slot % stack);
}

/** How often Nanbeige runs all of its blocks (`src/models/nanbeige.cpp`). */
function loopsOf({ architecture, metadata }: Model): number {
  const loops = architecture === 'nanbeige' ? metadata['nanbeige.num_loops'] : 1;
  return typeof loops === 'number' && loops > 1 ? loops : 1;
}

function loopLength(model: Model): number {
  return Math.max(1, (model.block_count ?? 0) / loopsOf(model));
}

function cyclesOf({ architecture, metadata }: Model): Cycles | null {
  if (architecture !== 'hrm_text') return null;
  const count = (key: string): number => {
    const value = metadata[`hrm_text.hrm.${key}`];
    return typeof value === 'number' ? value : 0;
  };
  return { stack: count('layers_per_stack'), high: count('h_cycles'), low: count('l_cycles') };
}

/** Runs the blocks as often as the model does; the result is what logits are computed from. */
export function drawCycles(
  sketch: Sketch,
  embedded: Node,
  drawNext: (position: number, input: Node) => Node,
  outputNorm: (node: Node) => Node,
): Node {
  const cycles = cyclesOf(sketch.model);
  if (cycles !== null)
    return sketch.rows(drawStacks(sketch, cycles, embedded, drawNext), sketch.outputRows());
  const length = loopLength(sketch.model);
  const slots = sketch.model.block_count ?? 0;
  const norms = sketch.model.metadata['nanbeige.skip_loop_final_norm'] !== true;
  let current = embedded;
  for (let slot = 0; slot < slots; slot++) {
    if (norms && slot > 0 && slot % length === 0) current = outputNorm(current);
    current = drawNext(slot, current);
  }
  return outputNorm(current);
}

/** HRM-Text: a low state is refined several times for each time that the high one is; each stack ends in a norm without weights. */
function drawStacks(
  sketch: Sketch,
  cycles: Cycles,
  embedded: Node,
  drawNext: (position: number, input: Node) => Node,
): Node {
  const start = indexOf(sketch.model).outside.get('hrm.z_l_init');
  if (start === undefined || cycles.stack === 0) throw new UnknownGraph('no cycles');
  let position = 0;
  const runStack = (input: Node): Node => {
    let current = input;
    for (let count = 0; count < cycles.stack; count++) current = drawNext(position++, current);
    return sketch.elementwise(current);
  };
  let high = embedded;
  let low = sketch.weight(start);
  for (let cycle = 0; cycle < cycles.high; cycle++) {
    for (let pass = 0; pass < cycles.low; pass++) low = runStack(sketch.elementwise(high, low));
    high = runStack(sketch.elementwise(high, low));
  }
  return high;
}
