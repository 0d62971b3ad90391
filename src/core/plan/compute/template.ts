import type { Repeat } from './periods';
import type { Script } from './script';
import { type Forms, formsOf } from './size-forms';

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

/**
 * The template of a graph drawn at several points. Null where its shape or its sizes do not follow from the variables alone, or
 * where its repetitions do not do the same.
 */
export function templateOf(
  scripts: readonly Script[],
  at: readonly Float64Array[],
  repeats: readonly Repeat[],
): Template | null {
  const [script] = scripts;
  if (script === undefined || script.bytes.length > MOST_SLOTS) return null;
  if (!scripts.every((other) => isSameShape(script, other))) return null;
  const sizes = formsOf(
    scripts.map((each) => each.bytes),
    at,
  );
  if (sizes === null) return null;
  const { forms, formOf } = sizes;
  const loops: Loop[] = [];
  for (const repeat of repeats) {
    const loop = loopFor(repeat, script, formOf);
    if (loop === null) return null;
    loops.push(loop);
  }
  return { forms, events: script.events, backends: script.backends, formOf, loops };
}

function isSameShape(one: Script, other: Script): boolean {
  return isEqual(one.events, other.events) && isEqual(one.backends, other.backends);
}

function isEqual(one: ArrayLike<number>, other: ArrayLike<number>): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
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
