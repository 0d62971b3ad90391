import type { Bytes } from '../../../units';
import type { Repeat } from '../flat/periods';
import { ALIGNMENT, FreeList, type Unit, unitsOf } from './free-list';
import { valuesInUnits } from './slot-sizes';
import type { StepBook } from './step-book';
import {
  backendOf,
  GIVE,
  sizeOf,
  slotOf,
  STEP_BEGINS,
  STEP_EVENTS,
  STEP_HEAD,
  STEP_LEFT,
  STEP_MOST,
  STEP_OLDEST,
  STEP_REPEATED,
  STEP_WEIGHTS,
  TAKE,
  WEIGHT_BEFORE,
  WEIGHT_NUMBERS,
  WEIGHT_ORDINAL,
  WEIGHT_OUTSIDE,
  WEIGHTS,
  whatOf,
} from './step-code';
import type { Template } from './template';

/** What a replay needs to know of the weights whose copies it makes room for. */
export interface BlockWeights {
  /** By block, bytes of its tensors, padded and as smallest units. */
  readonly units: readonly Float64Array[];
  /** Bytes of the largest tensor. */
  readonly largest: Bytes;
  /** Bytes of one that belongs to no block. */
  readonly bytesOutside: (name: string) => Bytes;
  /** Equal for blocks whose tensors have equal bytes. */
  readonly looks: readonly number[];
}

/** How many repetitions each loop of a template stands for. */
export type Repeats = readonly Pick<Repeat, 'omitted'>[];

/** Scratch space: nothing of a replay outlasts it, and thousands a second need not be swept up. */
const buffers: FreeList[] = [];
const sizes = new Int32Array(2 * WEIGHTS);
let places = new Int32Array(1024);
/** What steps found and left, one behind the other. */
let memory = new Int32Array(16_384);

/** Empties memory, fills in sizes, and says the largest of them. */
export function prepare({ forms }: Template, monomials: Float64Array, backends: number, unit: Unit): number {
  while (buffers.length < backends) buffers.push(new FreeList());
  for (let backend = 0; backend < backends; backend++) buffers[backend]!.reset();
  return valuesInUnits(forms, monomials, unit, sizes);
}

/** The most units of each backend that were in use since then. */
export function mostInUse(backends: number): readonly number[] {
  return buffers.slice(0, backends).map(({ size }) => size);
}

/** Memory that is no state that is known. */
const NEW = -1;
/** No outcome. */
const NONE = -1;

/**
 * Memory as steps found or left it. By state: where `memory` has it and how long that is, the slots that are taken, and the last of what
 * is known to come of it; that is, by fours: a step, what its weights are like, the state that it leaves, and what else is known.
 */
let stateAt = new Int32Array(1024);
let stateLength = new Int32Array(1024);
let stateTaken = new Int32Array(1024);
let stateNext = new Int32Array(1024);
let outcomes = new Float64Array(4096);

class Walk {
  private layer = -1;
  private used = 0;
  private states = 0;
  private known = 0;
  /** What memory is to be, and whether it is; `NEW`: as it is. */
  private state = NEW;
  private isThere = true;
  private book!: StepBook;
  private code!: Int32Array;
  private weights!: BlockWeights;
  private backends = 0;
  private unit: Unit = ALIGNMENT;

  begin(book: StepBook, backends: number, weights: BlockWeights, unit: Unit): void {
    this.unit = unit;
    this.book = book;
    this.code = book.code;
    this.backends = backends;
    this.weights = weights;
    this.layer = -1;
    this.used = 0;
    this.states = 0;
    this.known = 0;
    this.state = NEW;
    this.isThere = true;
  }

  all({ order, loops }: Template, repeats: Repeats): void {
    let next = 0;
    for (let item = 0; item < order.length;) {
      const loop = loops[next];
      if (loop === undefined || loop.at + 1 !== item) this.take(order[item++]!);
      else {
        this.repeat(order, item, loop.period, repeats[next++]!.omitted + 1);
        item += loop.period;
      }
    }
  }

  /** One block after another; until they leave memory as they found it, where their weights do not vary. */
  private repeat(order: Int32Array, from: number, period: number, times: number): void {
    const { code } = this;
    const to = from + period;
    const begins = code[order[from]! + STEP_BEGINS]!;
    let varies = false;
    for (let item = from; item < to; item++) varies ||= code[order[item]! + STEP_WEIGHTS]! > 0;
    for (let time = 0; time < times; time++) {
      const found = this.recognise(begins);
      for (let item = from; item < to; item++) this.take(order[item]!);
      if (varies || this.recognise(begins) !== found) continue;
      this.layer += (times - time - 1) * period;
      return;
    }
  }

  private take(step: number): void {
    const { code } = this;
    if (code[step + STEP_REPEATED]! > 0 && code[step + STEP_OLDEST]! < 2) this.remember(step);
    else {
      this.arrive();
      this.run(step);
      this.state = NEW;
    }
    this.layer++;
  }

  private remember(step: number): void {
    const { code } = this;
    const like = this.likenessOf(step);
    const found = this.recognise(code[step + STEP_BEGINS]!);
    for (let outcome = stateNext[found]!; outcome !== NONE; outcome = outcomes[outcome + 3]!) {
      if (outcomes[outcome] !== step || outcomes[outcome + 1] !== like) continue;
      this.state = outcomes[outcome + 2]!;
      this.isThere = false;
      return;
    }
    this.arrive();
    this.run(step);
    this.state = NEW;
    this.note(found, step, like, this.recognise(code[step + STEP_LEFT]!));
  }

  private note(found: number, step: number, like: number, left: number): void {
    const outcome = this.known;
    this.known += 4;
    if (outcomes.length < this.known) {
      const before = outcomes;
      outcomes = new Float64Array(2 * this.known);
      outcomes.set(before);
    }
    outcomes[outcome] = step;
    outcomes[outcome + 1] = like;
    outcomes[outcome + 2] = left;
    outcomes[outcome + 3] = stateNext[found]!;
    stateNext[found] = outcome;
  }

  /** The number of what memory is now. */
  private recognise(taken: number): number {
    if (this.state !== NEW) return this.state;
    const at = this.used;
    const length = this.describe(taken, at) - at;
    let number = 0;
    while (number < this.states && !isSame(number, at, length)) number++;
    if (number === this.states) this.add(at, length, taken);
    this.state = number;
    return number;
  }

  private add(at: number, length: number, taken: number): void {
    const number = this.states++;
    if (number === stateAt.length) {
      stateAt = grown(stateAt, stateAt.length);
      stateLength = grown(stateLength, stateLength.length);
      stateTaken = grown(stateTaken, stateTaken.length);
      stateNext = grown(stateNext, stateNext.length);
    }
    stateAt[number] = at;
    stateLength[number] = length;
    stateTaken[number] = taken;
    stateNext[number] = NONE;
    this.used = at + length;
  }

  /** Makes memory what it is to be. */
  private arrive(): void {
    if (this.isThere) return;
    this.restore(stateTaken[this.state]!, stateAt[this.state]!);
    this.isThere = true;
  }

  private run(step: number): void {
    const { code } = this;
    const left = code[step + STEP_LEFT]!;
    const weights = step + STEP_HEAD + left;
    const events = weights + WEIGHT_NUMBERS * code[step + STEP_WEIGHTS]!;
    if (events > weights) this.weigh(weights, events);
    if (places.length < code[step + STEP_MOST]!) places = grown(places, code[step + STEP_MOST]!);
    follow(code, events, events + code[step + STEP_EVENTS]!);
    for (let place = 0; place < left; place++) places[place] = places[code[step + STEP_HEAD + place]!]!;
  }

  private weigh(from: number, to: number): void {
    const { code, layer, unit } = this;
    const { units, bytesOutside } = this.weights;
    let size = WEIGHTS;
    for (let weight = from; weight < to; weight += WEIGHT_NUMBERS) {
      const outside = code[weight + WEIGHT_OUTSIDE]!;
      sizes[size++] =
        outside < 0
          ? unitsOf(
              units[layer - code[weight + WEIGHT_BEFORE]!]![code[weight + WEIGHT_ORDINAL]!]!,
              unit / ALIGNMENT,
            )
          : unitsOf(bytesOutside(this.book.outside[outside]!), unit);
    }
  }

  /** A number for what the weights of a step are like; 0 where it copies none. */
  private likenessOf(step: number): number {
    const { code } = this;
    if (code[step + STEP_WEIGHTS] === 0) return 0;
    const { looks } = this.weights;
    const before = code[step + STEP_OLDEST] === 0 ? 0 : LOOKS * (looks[this.layer - 1]! + 1);
    return looks[this.layer]! + 1 + before;
  }

  /** Writes everything that what happens next depends on behind what is in `memory`, and says where that ends. */
  private describe(taken: number, at: number): number {
    let room = taken;
    for (let backend = 0; backend < this.backends; backend++) room += buffers[backend]!.room;
    if (memory.length < at + room) memory = grown(memory, at + room);
    for (let place = 0; place < taken; place++) memory[at + place] = places[place]!;
    let end = at + taken;
    for (let backend = 0; backend < this.backends; backend++) end = buffers[backend]!.describe(memory, end);
    return end;
  }

  private restore(taken: number, at: number): void {
    for (let place = 0; place < taken; place++) places[place] = memory[at + place]!;
    let end = at + taken;
    for (let backend = 0; backend < this.backends; backend++) end = buffers[backend]!.restore(memory, end);
  }
}

/** Takes and gives back memory as the events between say. */
function follow(code: Int32Array, from: number, to: number): void {
  for (let at = from; at < to; at++) {
    const event = code[at]!;
    const bytes = sizes[sizeOf(event)]!;
    const list = buffers[backendOf(event)]!;
    const what = whatOf(event);
    if (what === TAKE) places[slotOf(event)] = list.take(bytes);
    else if (what === GIVE) list.give(places[slotOf(event)]!, bytes);
    else list.touch(bytes);
  }
}

/** There is one for all replays, as thousands a second need not be swept up. */
export const walk = new Walk();

/** Numbers of looks are below this. */
const LOOKS = 2 ** 20;

function isSame(state: number, other: number, length: number): boolean {
  if (stateLength[state] !== length) return false;
  const at = stateAt[state]!;
  for (let index = 0; index < length; index++) if (memory[at + index] !== memory[other + index]) return false;
  return true;
}

function grown(numbers: Int32Array<ArrayBuffer>, least: number): Int32Array<ArrayBuffer> {
  const made = new Int32Array(2 * least);
  made.set(numbers);
  return made;
}
