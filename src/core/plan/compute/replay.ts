import type { Bytes } from '../../units';
import type { DrawnBlocks } from '../placed';
import { FreeList, padded } from './free-list';
import type { Repeat } from './periods';
import type { Loop, Template } from './template';

/** What a replay needs to know of the weights whose copies it makes room for. */
export interface BlockWeights {
  /** Bytes of one of a block's tensors. */
  readonly bytesOf: (layer: number, ordinal: number) => Bytes;
  /** Equal for blocks whose tensors have equal bytes. */
  readonly looks: readonly number[];
}

/**
 * Bytes of each backend's compute buffer, as they would be found with all blocks drawn. `blocks` are those that were drawn, and how
 * many repetitions each loop stands for.
 */
export function replay(
  template: Template,
  monomials: Float64Array,
  backends: number,
  blocks: Pick<DrawnBlocks, 'layers' | 'repeats'>,
  weights: BlockWeights,
): Bytes[] {
  const { events, loops } = template;
  prepare(template, monomials, backends);
  if (template.weights.length > 0) weigh(template, layersOf(template, blocks), weights);
  let done = 0;
  for (const [index, loop] of loops.entries()) {
    run(template, done, loop.from);
    repeat(template, loop, blocks.repeats[index]!, backends, weights);
    done = loop.to;
  }
  run(template, done, events.length);
  return Array.from({ length: backends }, (_, backend) => buffers[backend]!.size);
}

/** Scratch space: nothing of a replay outlasts it, and thousands a second need not be swept up. */
const buffers: FreeList[] = [];
let sizes = new Float64Array(1024);
let places = new Float64Array(1024);

function prepare(template: Template, monomials: Float64Array, backends: number): void {
  const { forms, formOf, weights } = template;
  while (buffers.length < backends) buffers.push(new FreeList());
  for (let backend = 0; backend < backends; backend++) buffers[backend]!.reset();
  const { constants, factors, monomials: which } = forms;
  const count = constants.length + weights.length;
  if (sizes.length < count) sizes = new Float64Array(2 * count);
  if (places.length < formOf.length) places = new Float64Array(2 * formOf.length);
  for (let form = 0; form < constants.length; form++) {
    sizes[form] = padded(constants[form]! + factors[form]! * monomials[which[form]!]!);
  }
}

/** The block that stands at each position: behind what a loop stands for, the last ones of the stretch. */
function layersOf(
  { loops }: Template,
  { layers, repeats }: Pick<DrawnBlocks, 'layers' | 'repeats'>,
): readonly number[] {
  if (repeats.length === 0) return layers;
  const actual = [...layers];
  for (const [index, { at, start, period, kept, omitted }] of repeats.entries()) {
    for (let repetition = loops[index]!.repetition + 1; repetition < kept; repetition++) {
      const from = start + (repetition + omitted) * period;
      for (let item = 0; item < period; item++) actual[at + repetition * period + item] = from + item;
    }
  }
  return actual;
}

function weigh(template: Template, layers: readonly number[], { bytesOf }: BlockWeights): void {
  const { forms, weights } = template;
  const count = forms.constants.length;
  for (let weight = 0; weight < weights.length; weight++) {
    const { position, ordinal } = weights[weight]!;
    sizes[count + weight] = padded(bytesOf(layers[position]!, ordinal));
  }
}

function run({ events, backends, formOf }: Template, from: number, to: number): void {
  for (let index = from; index < to; index++) {
    const event = events[index]!;
    const slot = event >> 1;
    const buffer = buffers[backends[slot]!]!;
    const bytes = sizes[formOf[slot]!]!;
    if ((event & 1) === 0) places[slot] = buffer.take(bytes);
    else buffer.give(places[slot]!, bytes);
  }
}

/**
 * One repetition for each that it stands for. Where memory is found as an earlier one found it, and the weights are like the
 * earlier one's, what it leaves is known: there are few such states.
 */
function repeat(
  template: Template,
  loop: Loop,
  stretch: Repeat,
  backends: number,
  weights: BlockWeights,
): void {
  const { from, to, left, found } = loop;
  const states: (readonly number[])[] = [];
  const next = new Map<string, number>();
  const intern = (): number => {
    const now = memoryNow(found, backends);
    const known = states.findIndex((state) => isEqual(state, now));
    return known >= 0 ? known : states.push(now) - 1;
  };
  let state = intern();
  let inMemory = state;
  for (let time = 0; time <= stretch.omitted; time++) {
    const like = likenessOf(template, loop, stretch, time, weights);
    const known = next.get(`${state} ${like}`);
    if (known !== undefined) {
      if (like === '' && known === state) break;
      state = known;
      continue;
    }
    if (inMemory !== state) restore(states[state]!, found, backends);
    weighLoop(template, loop, stretch, time, weights);
    run(template, from, to);
    for (let slot = 0; slot < left.length; slot++) places[found[slot]!] = places[left[slot]!]!;
    inMemory = intern();
    next.set(`${state} ${like}`, inMemory);
    state = inMemory;
  }
  if (inMemory !== state) restore(states[state]!, found, backends);
  for (let slot = 0; slot < left.length; slot++) places[left[slot]!] = places[found[slot]!]!;
}

/** The block that a weight of a loop belongs to, at a time. */
function layerAt(position: number, { at, start, period }: Repeat, time: number): number {
  return start + (position - at) + time * period;
}

/** What the weights of a repetition are like; nothing where it copies none. */
function likenessOf(
  template: Template,
  loop: Loop,
  stretch: Repeat,
  time: number,
  { looks }: BlockWeights,
): string {
  let like = '';
  let last = -1;
  for (const weight of loop.weights) {
    const layer = layerAt(template.weights[weight]!.position, stretch, time);
    if (layer === last) continue;
    last = layer;
    like += `${looks[layer]},`;
  }
  return like;
}

function weighLoop(
  template: Template,
  loop: Loop,
  stretch: Repeat,
  time: number,
  { bytesOf }: BlockWeights,
): void {
  const count = template.forms.constants.length;
  for (const weight of loop.weights) {
    const { position, ordinal } = template.weights[weight]!;
    sizes[count + weight] = padded(bytesOf(layerAt(position, stretch, time), ordinal));
  }
}

function memoryNow(found: Int32Array, backends: number): readonly number[] {
  const state = Array.from(found, (slot) => places[slot]!);
  for (let backend = 0; backend < backends; backend++) buffers[backend]!.describe(state);
  return state;
}

function restore(state: readonly number[], found: Int32Array, backends: number): void {
  let at = 0;
  for (const slot of found) places[slot] = state[at++]!;
  for (let backend = 0; backend < backends; backend++) at = buffers[backend]!.restore(state, at);
}

function isEqual(one: readonly number[], other: readonly number[]): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}
