import type { Bytes } from '../../../units';
import { follow, FreeList, padded } from './free-list';
import type { Repeat } from '../flat/periods';
import { paddedValues, WEIGHTS } from './slot-sizes';
import { type Step, type Template } from './template';

/** What a replay needs to know of the weights whose copies it makes room for. */
export interface BlockWeights {
  /** By block, padded bytes of its tensors. */
  readonly padded: readonly Float64Array[];
  /** Bytes of one that belongs to no block. */
  readonly bytesOutside: (name: string) => Bytes;
  /** Equal for blocks whose tensors have equal bytes. */
  readonly looks: readonly number[];
}

/**
 * Bytes of each backend's compute buffer, as they would be found with all blocks drawn. `repeats` says how many repetitions each loop
 * stands for. Where a step finds memory as it was found before, and its weights are like those of then, it leaves what it left then.
 */
export function replay(
  template: Template,
  monomials: Float64Array,
  backends: number,
  repeats: readonly Pick<Repeat, 'omitted'>[],
  weights: BlockWeights,
): Bytes[] {
  prepare(template, monomials, backends);
  const { order, loops, steps } = template;
  walk.begin(template, backends, weights);
  let next = 0;
  for (let block = -1; block + 1 < order.length; block++) {
    const loop = loops[next];
    if (loop === undefined || loop.at !== block) {
      walk.take(order[block + 1]!);
      continue;
    }
    const { omitted } = repeats[next]!;
    const once = order.subarray(block + 1, block + 1 + loop.period);
    const varies = once.some((step) => steps[step]!.weights.length > 0);
    walk.repeat(once, omitted + 1, varies);
    block += loop.period - 1;
    next++;
  }
  const bytes: Bytes[] = [];
  for (let backend = 0; backend < backends; backend++) bytes.push(buffers[backend]!.size);
  return bytes;
}

/** Scratch space: nothing of a replay outlasts it, and thousands a second need not be swept up. */
const buffers: FreeList[] = [];
let sizes = new Float64Array(WEIGHTS + 256);
let places = new Float64Array(1024);
/** What steps found and left, one behind the other. */
let memory = new Float64Array(16_384);

function prepare(template: Template, monomials: Float64Array, backends: number): void {
  while (buffers.length < backends) buffers.push(new FreeList());
  for (let backend = 0; backend < backends; backend++) buffers[backend]!.reset();
  paddedValues(template.forms, monomials, sizes);
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
  private template!: Template;
  private weights!: BlockWeights;
  private backends = 0;

  begin(template: Template, backends: number, weights: BlockWeights): void {
    this.template = template;
    this.backends = backends;
    this.weights = weights;
    this.layer = -1;
    this.used = 0;
    this.states = 0;
    this.known = 0;
    this.state = NEW;
    this.isThere = true;
  }

  /** One block after another; until they leave memory as they found it, where their weights do not vary. */
  repeat(once: Uint16Array, times: number, varies: boolean): void {
    const { begins } = this.template.steps[once[0]!]!;
    for (let time = 0; time < times; time++) {
      const found = this.recognise(begins);
      for (const step of once) this.take(step);
      if (varies || this.recognise(begins) !== found) continue;
      this.layer += (times - time - 1) * once.length;
      return;
    }
  }

  take(number: number): void {
    const step = this.template.steps[number]!;
    if (step.repeated) this.remember(number, step);
    else {
      this.arrive();
      this.run(step);
      this.state = NEW;
    }
    this.layer++;
  }

  private remember(number: number, step: Step): void {
    const like = this.likenessOf(step);
    const found = this.recognise(step.begins);
    for (let outcome = stateNext[found]!; outcome !== NONE; outcome = outcomes[outcome + 3]!) {
      if (outcomes[outcome] !== number || outcomes[outcome + 1] !== like) continue;
      this.state = outcomes[outcome + 2]!;
      this.isThere = false;
      return;
    }
    this.arrive();
    this.run(step);
    this.state = NEW;
    this.note(found, number, like, this.recognise(step.left.length));
  }

  private note(found: number, step: number, like: number, left: number): void {
    const outcome = this.known;
    this.known += 4;
    if (outcomes.length < this.known) outcomes = grown(outcomes, this.known);
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
      stateAt = larger(stateAt);
      stateLength = larger(stateLength);
      stateTaken = larger(stateTaken);
      stateNext = larger(stateNext);
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

  private run({ events, weights, most, left }: Step): void {
    if (weights.length > 0) this.weigh(weights);
    if (places.length < most) places = grown(places, most);
    follow(buffers, events, sizes, places);
    for (let place = 0; place < left.length; place++) places[place] = places[left[place]!]!;
  }

  private weigh(weights: Step['weights']): void {
    if (sizes.length < WEIGHTS + weights.length) sizes = grown(sizes, WEIGHTS + weights.length);
    const { padded: paddedBytes, bytesOutside } = this.weights;
    for (let index = 0; index < weights.length; index++) {
      const { before, ordinal, outside } = weights[index]!;
      sizes[WEIGHTS + index] =
        outside === null ? paddedBytes[this.layer - before]![ordinal]! : padded(bytesOutside(outside));
    }
  }

  /** A number for what the weights of a step are like; 0 where it copies none. */
  private likenessOf({ weights, oldest }: Step): number {
    if (weights.length === 0) return 0;
    const { looks } = this.weights;
    return looks[this.layer]! + 1 + (oldest === 0 ? 0 : LOOKS * (looks[this.layer - 1]! + 1));
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

/** There is one for all replays, as thousands a second need not be swept up. */
const walk = new Walk();

/** Numbers of looks are below this. */
const LOOKS = 2 ** 20;

function isSame(state: number, other: number, length: number): boolean {
  if (stateLength[state] !== length) return false;
  const at = stateAt[state]!;
  for (let index = 0; index < length; index++) if (memory[at + index] !== memory[other + index]) return false;
  return true;
}

function larger(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const made = new Int32Array(2 * numbers.length);
  made.set(numbers);
  return made;
}

function grown(numbers: Float64Array<ArrayBuffer>, least: number): Float64Array<ArrayBuffer> {
  const made = new Float64Array(2 * least);
  made.set(numbers);
  return made;
}
