import type { Bytes } from '../../units';
import { FreeList, padded } from './free-list';
import type { Loop, Template } from './template';

/**
 * Bytes of each backend's compute buffer, as `allocate` would find them for all blocks. `omitted` says how many repetitions each
 * loop stands for, beside its own.
 */
export function replay(
  template: Template,
  monomials: Float64Array,
  backends: number,
  omitted: readonly number[],
): Bytes[] {
  const { events, loops } = template;
  prepare(template, monomials, backends);
  let done = 0;
  for (const [index, loop] of loops.entries()) {
    run(template, done, loop.from);
    repeat(template, loop, omitted[index]! + 1, backends);
    done = loop.to;
  }
  run(template, done, events.length);
  return Array.from({ length: backends }, (_, backend) => buffers[backend]!.size);
}

/** Scratch space: nothing of a replay outlasts it, and thousands a second need not be swept up. */
const buffers: FreeList[] = [];
let sizes = new Float64Array(256);
let places = new Float64Array(1024);

function prepare({ forms, formOf }: Template, monomials: Float64Array, backends: number): void {
  while (buffers.length < backends) buffers.push(new FreeList());
  for (let backend = 0; backend < backends; backend++) buffers[backend]!.reset();
  const { constants, factors, monomials: which } = forms;
  if (sizes.length < constants.length) sizes = new Float64Array(2 * constants.length);
  if (places.length < formOf.length) places = new Float64Array(2 * formOf.length);
  for (let form = 0; form < constants.length; form++) {
    sizes[form] = padded(constants[form]! + factors[form]! * monomials[which[form]!]!);
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

/** One repetition so many times; once it finds everything as an earlier one found it, the rest goes round in circles. */
function repeat(template: Template, loop: Loop, times: number, backends: number): void {
  const { from, to, left, found } = loop;
  // none at all: the next finds what this one would have found
  if (times === 0) for (let slot = 0; slot < left.length; slot++) places[left[slot]!] = places[found[slot]!]!;
  const seen: (readonly number[])[] = [];
  let end = times;
  for (let time = 0; time < end; time++) {
    if (time > 0) for (let slot = 0; slot < left.length; slot++) places[found[slot]!] = places[left[slot]!]!;
    if (end === times) {
      const now = memoryNow(found, backends);
      const earlier = seen.findIndex((then) => isEqual(then, now));
      if (earlier >= 0) end = time + ((times - time) % (time - earlier));
      if (time === end) break;
      seen.push(now);
    }
    run(template, from, to);
  }
}

function memoryNow(found: Uint16Array, backends: number): readonly number[] {
  const state = Array.from(found, (slot) => places[slot]!);
  for (let backend = 0; backend < backends; backend++) buffers[backend]!.describe(state);
  return state;
}

function isEqual(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((number, index) => number === other[index]);
}
