import { FIRST_WEIGHT, type FlatGraph } from '../flat/flat-graph';
import type { Repeat } from '../flat/periods';
import { UNFIT } from '../flat/size-forms';
import { Draft, TooLarge } from './draft';
import type { Script } from './script';
import { SlotSizes } from './slot-sizes';
import { StepBook } from './step-book';

/** What an allocator is asked for, its sizes as forms: all it takes to know the buffers for any batch and context. */
export interface Template {
  /** Forms of sizes, one behind the other (`SlotSizes.forms`). */
  readonly forms: Float64Array;
  readonly book: StepBook;
  /** The step of what comes before the blocks, and of each drawn block. */
  readonly order: Int32Array;
  readonly loops: readonly Loop[];
  /** Numbers that it takes to keep it. */
  readonly cost: number;
}

/** A repetition among several, by its first block among the drawn ones: it stands for those that were left out. */
export interface Loop {
  readonly at: number;
  readonly period: number;
}

/**
 * The template of a script; null where its repetitions do not do the same, or where it is too large. `repeats` says where the drawn blocks
 * repeat.
 */
export function templateOf(script: Script, graph: FlatGraph, repeats: readonly Repeat[]): Template | null {
  const sizes = new SlotSizes(graph);
  const book = new StepBook();
  const order = stepsOf(script, sizes, book);
  if (order === null) return null;
  const loops: Loop[] = [];
  for (const repeat of repeats) {
    const loop = loopFor(repeat, script, order);
    if (loop === null) return null;
    loops.push(loop);
  }
  book.expectRepeated(order);
  for (const { at, period } of loops)
    for (let item = 0; item < period; item++) book.expect(order[at + item + 1]!);
  return { forms: sizes.forms(), book: book.close(), order: new Int32Array(order), loops, cost: book.cost };
}

function stepsOf(script: Script, sizes: SlotSizes, book: StepBook): readonly number[] | null {
  try {
    return new StepReader(script, sizes, book).read();
  } catch (error) {
    if (error instanceof TooLarge) return null;
    throw error;
  }
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

/** Reads a script block by block. */
class StepReader {
  /** By slot of the script, its place among those that are taken. */
  private readonly places: Int32Array;
  private readonly forms: Int32Array;
  private taken: number[] = [];

  constructor(
    private readonly script: Script,
    private readonly sizes: SlotSizes,
    private readonly book: StepBook,
  ) {
    this.places = new Int32Array(script.tensors.length);
    this.forms = script.tensors.map((tensor) => sizes.numberOf(tensor));
  }

  read(): readonly number[] {
    const { blocks, events } = this.script;
    const order: number[] = [];
    let from = 0;
    for (let block = 0; block <= blocks.length; block++) {
      const to = block < blocks.length ? blocks[block]! : events.length;
      order.push(this.book.add(this.draft(from, to, block - 1)));
      from = to;
    }
    return order;
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
}
