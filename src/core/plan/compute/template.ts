import type { DrawnWeight } from './flat-graph';
import type { Repeat } from './periods';
import type { PlacedGraph } from './places';
import type { Script } from './script';
import type { Forms } from './size-forms';

/** What an allocator is asked for, its sizes as forms: all it takes to know the buffers for any batch and context. */
export interface Template {
  readonly forms: Forms;
  /** Copies of weights: their forms are numbered behind the others, and have the bytes of the file. */
  readonly weights: readonly BlockWeight[];
  /** As in `Script`. */
  readonly events: Uint16Array | Int32Array;
  readonly backends: Uint8Array;
  /** The form of each slot. */
  readonly formOf: Uint16Array;
  readonly loops: readonly Loop[];
}

/** A weight by the position of its block among the drawn ones, and which of that block's tensors it is. */
interface BlockWeight {
  readonly position: number;
  readonly ordinal: number;
}

/**
 * Events of one repetition among several, which stand for those left out: done again as often as there are, with what the last
 * one left in memory as what the next one finds.
 */
export interface Loop {
  /** Which of the kept repetitions it is. */
  readonly repetition: number;
  readonly from: number;
  readonly to: number;
  /** Slots taken within and given back in the next repetition, and the slots that were given back within in their place. */
  readonly left: Int32Array;
  readonly found: Int32Array;
  /** Weights whose copies are made within, by their number. */
  readonly weights: Uint16Array;
}

/** The template of a script; null where its repetitions do not do the same. */
export function templateOf(script: Script, placed: PlacedGraph, repeats: readonly Repeat[]): Template | null {
  const { forms, weights, formOf } = formsOfSlots(script, placed);
  const sizes: Sizes = { formOf, count: forms.constants.length, weights };
  const loops: Loop[] = [];
  for (const repeat of repeats) {
    const loop = loopFor(repeat, script, sizes);
    if (loop === null) return null;
    loops.push(loop);
  }
  return { forms, weights, events: script.events, backends: script.backends, formOf, loops };
}

/** Which size each slot has. */
interface Sizes {
  readonly formOf: Uint16Array;
  /** Forms before those of weights. */
  readonly count: number;
  readonly weights: readonly BlockWeight[];
}

/** The forms that slots have, each once, and weights of blocks. */
function formsOfSlots(
  script: Script,
  { graph, weightAt }: PlacedGraph,
): { readonly forms: Forms; readonly weights: readonly BlockWeight[]; readonly formOf: Uint16Array } {
  const { constants, factors, monomials } = graph.forms;
  const used: { constant: number; factor: number; monomial: number }[] = [];
  const weights: BlockWeight[] = [];
  const numbers = new Map<number, number>();
  const weightNumbers = new Map<DrawnWeight, number>();
  const slots = Array.from(script.tensors, (tensor) => {
    const weight = weightAt(tensor);
    if (weight !== null && weight.position !== null && weight.ordinal >= 0) {
      const known = weightNumbers.get(weight) ?? weights.length;
      if (known === weights.length) weights.push({ position: weight.position, ordinal: weight.ordinal });
      weightNumbers.set(weight, known);
      return -1 - known;
    }
    const form = graph.bytes[tensor]!;
    const known = numbers.get(form) ?? used.length;
    if (known === used.length)
      used.push({ constant: constants[form]!, factor: factors[form]!, monomial: monomials[form]! });
    numbers.set(form, known);
    return known;
  });
  return {
    forms: {
      constants: Float64Array.from(used, (form) => form.constant),
      factors: Float64Array.from(used, (form) => form.factor),
      monomials: Uint8Array.from(used, (form) => form.monomial),
    },
    weights,
    formOf: Uint16Array.from(slots, (slot) => (slot < 0 ? used.length - 1 - slot : slot)),
  };
}

/** Whether two slots have one size, but for the types of weights: those must be of the same place in their blocks. */
function isSameSize(sizes: Sizes, mine: number, next: number, period: number): boolean {
  const { formOf, count, weights } = sizes;
  const [one, other] = [formOf[mine]!, formOf[next]!];
  if (one < count || other < count) return one === other;
  const [first, second] = [weights[one - count]!, weights[other - count]!];
  return first.ordinal === second.ordinal && first.position + period === second.position;
}

/** A repetition that the next one does all over: neither the first, which may find something else, nor the last. */
function loopFor(repeat: Repeat, script: Script, sizes: Sizes): Loop | null {
  for (let repetition = 1; repetition + 1 < repeat.kept; repetition++) {
    const start = repeat.at + repetition * repeat.period;
    const [from, to, end] = [0, 1, 2].map((ahead) => script.blocks[start + ahead * repeat.period]);
    if (from === undefined || to === undefined || end === undefined) return null;
    if (script.holds.slice(start, start + repeat.period).includes(true)) continue;
    const loop = loopBetween(script, sizes, repeat.period, [from, to, end]);
    if (loop !== null) return { ...loop, repetition };
  }
  return null;
}

/**
 * The loop of the events `from` to `to`, if those from there to `end` are the same: equal sizes on equal backends taken and
 * given back in the same order, and what is given back was taken at the same place, one repetition on.
 */
function loopBetween(
  script: Script,
  sizes: Sizes,
  period: number,
  [from, to, end]: readonly [number, number, number],
): Omit<Loop, 'repetition'> | null {
  if (to - from !== end - to) return null;
  const { events, backends } = script;
  /** Slots taken in the first of the two, with their counterparts in the second. */
  const counterparts = new Map<number, number>();
  const left: number[] = [];
  const found: number[] = [];
  const weights = new Set<number>();
  const isSame = (mine: number, next: number): boolean =>
    backends[mine] === backends[next] && isSameSize(sizes, mine, next, period);
  for (let step = 0; step < to - from; step++) {
    const one = events[from + step]!;
    const other = events[to + step]!;
    if ((one & 1) !== (other & 1)) return null;
    const [mine, next] = [one >> 1, other >> 1];
    if ((one & 1) === 0) {
      if (!isSame(mine, next)) return null;
      counterparts.set(mine, next);
      const weight = sizes.formOf[mine]! - sizes.count;
      if (weight >= 0) weights.add(weight);
    } else if (counterparts.has(mine)) {
      if (counterparts.get(mine) !== next) return null;
      counterparts.delete(mine);
    } else {
      // a weight that outlives its repetition would be given back with another's size
      if (!isSame(mine, next) || sizes.formOf[mine]! >= sizes.count) return null;
      found.push(mine);
      left.push(next);
    }
  }
  // What stays must be what the next one gives back, all of it.
  if (counterparts.size !== left.length || left.some((slot) => !counterparts.has(slot))) return null;
  return {
    from,
    to,
    left: Int32Array.from(left),
    found: Int32Array.from(found),
    weights: Uint16Array.from(weights),
  };
}
