import { backendOf, codeOf, GIVE, TAKE, TOUCH } from './free-list';
import { FIRST_WEIGHT, type FlatGraph } from '../flat/flat-graph';
import type { Repeat } from '../flat/periods';
import type { Script } from './script';
import { UNFIT } from '../flat/size-forms';
import { SlotSizes, WEIGHTS } from './slot-sizes';

/** What an allocator is asked for, its sizes as forms: all it takes to know the buffers for any batch and context. */
export interface Template {
  /** Forms of sizes, one behind the other (`SlotSizes.forms`). */
  readonly forms: Float64Array;
  /** Different things that are asked for from one block to the next. */
  readonly steps: readonly Step[];
  /** The step of what comes before the blocks, and of each drawn block. */
  readonly order: Uint16Array;
  readonly loops: readonly Loop[];
  /** Numbers that it takes to keep it. */
  readonly cost: number;
}

/**
 * What is asked for while one block is computed, the same for every block that asks for the same. Slots are told by their place in the
 * list of those that are taken when it begins, oldest first, and behind them those that it takes itself.
 */
export interface Step {
  /** Slots that are taken when it begins, and at most while it lasts. */
  readonly begins: number;
  readonly most: number;
  /**
   * By turns `codeOf` what happens, and the form of the slot's size; from `WEIGHTS` on one of the weights below. One backend after the
   * other, as what happens on one is nothing to the others.
   */
  readonly events: Int32Array;
  /** Weights that are copied: how many blocks before this one they are of, and which of its tensors. */
  readonly weights: readonly StepWeight[];
  /** Of the weights, how many blocks before this one the farthest are of. */
  readonly oldest: number;
  /** The slots that are still taken when it ends. */
  readonly left: Uint16Array;
  /** Whether it is asked for more than once, so that it pays to remember what it leaves. */
  repeated: boolean;
}

export interface StepWeight {
  readonly before: number;
  readonly ordinal: number;
  /** The tensor's name where it belongs to no block. */
  readonly outside: string | null;
}

/** A repetition among several, by its first block among the drawn ones: it stands for those that were left out. */
export interface Loop {
  readonly at: number;
  readonly period: number;
}

/**
 * The template of a script; null where its repetitions do not do the same. `repeats` says where the drawn blocks repeat.
 */
export function templateOf(script: Script, graph: FlatGraph, repeats: readonly Repeat[]): Template | null {
  const sizes = new SlotSizes(graph);
  const steps = new StepReader(script, sizes).read();
  const loops: Loop[] = [];
  for (const repeat of repeats) {
    const loop = loopFor(repeat, script, steps.order);
    if (loop === null) return null;
    loops.push(loop);
  }
  const looped = new Set<number>();
  for (const { at, period } of loops)
    for (let item = 0; item < period; item++) looped.add(steps.order[at + item + 1]!);
  return {
    forms: sizes.forms(),
    steps: steps.drafts.map((draft, number) => draft.finish(steps.uses[number]! > 1 || looped.has(number))),
    order: new Uint16Array(steps.order),
    loops,
    cost: steps.cost,
  };
}

/** Whether the size of some slot follows no form. */
export function isUnfit(script: Script, { bytes }: FlatGraph): boolean {
  return script.tensors.some((tensor) => bytes[tensor] === UNFIT);
}

/** A repetition that the next one does all over: neither the first, which may find something else, nor the last. */
function loopFor(repeat: Repeat, script: Script, order: readonly number[]): Loop | null {
  const { at, period, kept } = repeat;
  for (let repetition = 1; repetition + 1 < kept; repetition++) {
    const start = at + repetition * period;
    if (script.holds.slice(start, start + period).includes(true)) continue;
    let same = 0;
    while (same < period && order[start + same + 1] === order[start + period + same + 1]) same++;
    if (same === period) return { at: start, period };
  }
  return null;
}

/** A step while it is read. */
export class Draft {
  readonly codes: number[] = [];
  readonly sizes: number[] = [];
  readonly weights: StepWeight[] = [];
  left: number[] = [];
  most = 0;
  hash = 0;

  constructor(readonly begins: number) {}

  add(slot: number, give: number, backend: number, size: number): void {
    const code = codeOf(slot, give === 0 ? TAKE : GIVE, backend);
    this.codes.push(code);
    this.sizes.push(size);
    this.hash = (Math.imul(this.hash, 31) + code + size * 7919) | 0;
  }

  /** The size of a copy of a weight. */
  weigh(weight: StepWeight): number {
    const known = this.weights.findIndex((each) => isSameWeight(each, weight));
    return WEIGHTS + (known >= 0 ? known : this.weights.push(weight) - 1);
  }

  isLike(other: Draft): boolean {
    return (
      this.hash === other.hash &&
      this.begins === other.begins &&
      isEqual(this.codes, other.codes) &&
      isEqual(this.sizes, other.sizes) &&
      this.weights.length === other.weights.length &&
      this.weights.every((weight, index) => isSameWeight(weight, other.weights[index]!))
    );
  }

  /** Backend by backend; what is given back at once after it was taken is touched. */
  private events(): Int32Array {
    const events: number[] = [];
    const order = this.codes.map((_, event) => event);
    order.sort((one, other) => backendOf(this.codes[one]!) - backendOf(this.codes[other]!) || one - other);
    for (const event of order) {
      const code = this.codes[event]!;
      const before = events.at(-2);
      if (before !== undefined && (before & 3) === TAKE && before + GIVE - TAKE === code)
        events[events.length - 2] = before + TOUCH - TAKE;
      else events.push(code, this.sizes[event]!);
    }
    return new Int32Array(events);
  }

  finish(repeated: boolean): Step {
    const oldest = this.weights.reduce((most, { before }) => Math.max(most, before), 0);
    return {
      begins: this.begins,
      most: this.most,
      events: this.events(),
      weights: this.weights,
      oldest,
      left: new Uint16Array(this.left),
      repeated: repeated && oldest < 2,
    };
  }
}

function isSameWeight(one: StepWeight, other: StepWeight): boolean {
  return one.before === other.before && one.ordinal === other.ordinal && one.outside === other.outside;
}

function isEqual(one: readonly number[], other: readonly number[]): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}

/** Reads a script block by block. */
class StepReader {
  readonly drafts: Draft[] = [];
  readonly uses: number[] = [];
  readonly order: number[] = [];
  cost = 0;
  private readonly byHash = new Map<number, number[]>();
  /** By slot of the script, its place among those that are taken. */
  private readonly places: Int32Array;
  private readonly forms: Int32Array;
  private taken: number[] = [];

  constructor(
    private readonly script: Script,
    private readonly sizes: SlotSizes,
  ) {
    this.places = new Int32Array(script.tensors.length);
    this.forms = script.tensors.map((tensor) => sizes.numberOf(tensor));
  }

  read(): this {
    const { blocks, events } = this.script;
    let from = 0;
    for (let block = 0; block <= blocks.length; block++) {
      const to = block < blocks.length ? blocks[block]! : events.length;
      this.keep(this.draft(from, to, block - 1));
      from = to;
    }
    return this;
  }

  private draft(from: number, to: number, block: number): Draft {
    const { events, backends } = this.script;
    const { places, taken } = this;
    const draft = new Draft(taken.length);
    const isTaken = new Uint8Array(taken.length + to - from).fill(1, 0, taken.length);
    for (let index = from; index < to; index++) {
      const event = events[index]!;
      const slot = event >> 1;
      const give = event & 1;
      if (give === 0) places[slot] = taken.push(slot) - 1;
      isTaken[places[slot]!] = 1 - give;
      draft.add(places[slot]!, give, backends[slot]!, this.sizeOf(slot, block, draft));
    }
    draft.most = taken.length;
    for (let place = 0; place < taken.length; place++) if (isTaken[place] === 1) draft.left.push(place);
    this.taken = draft.left.map((place) => taken[place]!);
    for (const [place, slot] of this.taken.entries()) places[slot] = place;
    return draft;
  }

  private sizeOf(slot: number, block: number, draft: Draft): number {
    const form = this.forms[slot]!;
    if (form >= 0) return form;
    const { homes, weights } = this.sizes.graph;
    const { position, ordinal, tensor } = weights[homes[this.script.tensors[slot]!]! - FIRST_WEIGHT]!;
    const outside = position === null ? tensor.name : null;
    return draft.weigh({ before: position === null ? 0 : block - position, ordinal, outside });
  }

  private keep(draft: Draft): void {
    const same = this.byHash.get(draft.hash) ?? [];
    this.byHash.set(draft.hash, same);
    let number = same.find((each) => this.drafts[each]!.isLike(draft));
    if (number === undefined) {
      number = this.drafts.push(draft) - 1;
      same.push(number);
      this.uses.push(0);
      this.cost += draft.codes.length;
    }
    this.uses[number]!++;
    this.order.push(number);
  }
}
