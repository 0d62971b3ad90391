import type { Bytes } from '../../units';
import type { Repeat } from './periods';
import type { PlacedGraph } from './places';
import type { Script } from './script';
import type { Forms } from './size-forms';

/** What an allocator is asked for, its sizes as forms: all it takes to know the buffers for any batch and context. */
export interface Template {
  readonly forms: Forms;
  /** As in `Script`. */
  readonly events: Int32Array;
  readonly backends: Uint8Array;
  /** The form of each slot. */
  readonly formOf: Uint16Array;
  readonly loops: readonly Loop[];
}

/**
 * Events of one repetition among several, which stand for those left out: done again as often as there are, with what the last
 * one left in memory as what the next one finds.
 */
export interface Loop {
  readonly from: number;
  readonly to: number;
  /** Slots taken within and given back in the next repetition, and the slots that were given back within in their place. */
  readonly left: Uint16Array;
  readonly found: Uint16Array;
}

/** Slots are numbered with 16 bits. */
const MOST_SLOTS = 65_000;

/** The template of a script; null where its repetitions do not do the same. */
export function templateOf(script: Script, placed: PlacedGraph, repeats: readonly Repeat[]): Template | null {
  if (script.tensors.length > MOST_SLOTS) return null;
  const { forms, formOf } = formsOfSlots(script, placed);
  const loops: Loop[] = [];
  for (const repeat of repeats) {
    const loop = loopFor(repeat, script, formOf);
    if (loop === null) return null;
    loops.push(loop);
  }
  return { forms, events: script.events, backends: script.backends, formOf, loops };
}

/** The forms that slots have, each once; weights have the bytes of the file. */
function formsOfSlots(
  script: Script,
  { graph, weightBytes }: PlacedGraph,
): { readonly forms: Forms; readonly formOf: Uint16Array } {
  const { constants, factors, monomials } = graph.forms;
  const used: { constant: number; factor: number; monomial: number }[] = [];
  const numbers = new Map<number, number>();
  const weights = new Map<Bytes, number>();
  const numberOf = (tensor: number): number => {
    const bytes = weightBytes(tensor);
    const [known, name] = bytes === null ? [numbers, graph.bytes[tensor]!] : [weights, bytes];
    const given = known.get(name);
    if (given !== undefined) return given;
    known.set(name, used.length);
    return (
      used.push(
        bytes === null
          ? { constant: constants[name]!, factor: factors[name]!, monomial: monomials[name]! }
          : { constant: bytes, factor: 0, monomial: 0 },
      ) - 1
    );
  };
  const formOf = Uint16Array.from(script.tensors, numberOf);
  return {
    forms: {
      constants: Float64Array.from(used, (form) => form.constant),
      factors: Float64Array.from(used, (form) => form.factor),
      monomials: Uint8Array.from(used, (form) => form.monomial),
    },
    formOf,
  };
}

/** A repetition that the next one does all over: neither the first, which may find something else, nor the last. */
function loopFor(repeat: Repeat, script: Script, formOf: Uint16Array): Loop | null {
  for (let repetition = 1; repetition + 1 < repeat.kept; repetition++) {
    const start = repeat.at + repetition * repeat.period;
    const [from, to, end] = [0, 1, 2].map((ahead) => script.blocks[start + ahead * repeat.period]);
    if (from === undefined || to === undefined || end === undefined) return null;
    if (script.holds.slice(start, start + repeat.period).includes(true)) continue;
    const loop = loopBetween(script, formOf, from, to, end);
    if (loop !== null) return loop;
  }
  return null;
}

/**
 * The loop of the events `from` to `to`, if those from there to `end` are the same: equal sizes on equal backends taken and
 * given back in the same order, and what is given back was taken at the same place, one repetition on.
 */
function loopBetween(
  script: Script,
  formOf: Uint16Array,
  from: number,
  to: number,
  end: number,
): Loop | null {
  if (to - from !== end - to) return null;
  const { events, backends } = script;
  /** Slots taken in the first of the two, with their counterparts in the second. */
  const counterparts = new Map<number, number>();
  const left: number[] = [];
  const found: number[] = [];
  for (let step = 0; step < to - from; step++) {
    const one = events[from + step]!;
    const other = events[to + step]!;
    if ((one & 1) !== (other & 1)) return null;
    const [mine, next] = [one >> 1, other >> 1];
    if ((one & 1) === 0) {
      if (formOf[mine] !== formOf[next] || backends[mine] !== backends[next]) return null;
      counterparts.set(mine, next);
    } else if (counterparts.has(mine)) {
      if (counterparts.get(mine) !== next) return null;
      counterparts.delete(mine);
    } else {
      if (formOf[mine] !== formOf[next] || backends[mine] !== backends[next]) return null;
      found.push(mine);
      left.push(next);
    }
  }
  // What stays must be what the next one gives back, all of it.
  if (counterparts.size !== left.length || left.some((slot) => !counterparts.has(slot))) return null;
  return { from, to, left: Uint16Array.from(left), found: Uint16Array.from(found) };
}
