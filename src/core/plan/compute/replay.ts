import type { Bytes } from '../../units';
import { follow, FreeList, padded } from './free-list';
import type { Repeat } from './periods';
import { type Step, type Template, WEIGHTS } from './template';

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
  const walk = new Walk(template, backends, weights);
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
  return Array.from({ length: backends }, (_, backend) => buffers[backend]!.size);
}

/** Scratch space: nothing of a replay outlasts it, and thousands a second need not be swept up. */
const buffers: FreeList[] = [];
let sizes = new Float64Array(WEIGHTS + 256);
let places = new Float64Array(1024);
/** What steps found and left, one behind the other. */
let memory = new Float64Array(16_384);

function prepare(template: Template, monomials: Float64Array, backends: number): void {
  const { constants, bases, factors, monomials: which } = template.forms;
  while (buffers.length < backends) buffers.push(new FreeList());
  for (let backend = 0; backend < backends; backend++) buffers[backend]!.reset();
  for (let form = 0; form < constants.length; form++) {
    sizes[form] = padded(
      constants[form]! * monomials[bases[form]!]! + factors[form]! * monomials[which[form]!]!,
    );
  }
}

/** Memory as some step found or left it: where `memory` has it, and what is known to come of it. */
interface State {
  readonly at: number;
  readonly length: number;
  /** Slots that are taken. */
  readonly taken: number;
  /** By turns: a step, what its weights are like, and the state that it leaves. */
  readonly next: number[];
}

/** Memory that is no state that is known. */
const NEW = -1;

class Walk {
  private layer = -1;
  private used = 0;
  private readonly states: State[] = [];
  /** What memory is to be, and whether it is; `NEW`: as it is. */
  private state = NEW;
  private isThere = true;

  constructor(
    private readonly template: Template,
    private readonly backends: number,
    private readonly weights: BlockWeights,
  ) {}

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
    const { next } = this.states[this.recognise(step.begins)]!;
    for (let known = 0; known < next.length; known += 3) {
      if (next[known] !== number || next[known + 1] !== like) continue;
      this.state = next[known + 2]!;
      this.isThere = false;
      return;
    }
    this.arrive();
    this.run(step);
    this.state = NEW;
    next.push(number, like, this.recognise(step.left.length));
  }

  /** The number of what memory is now. */
  private recognise(taken: number): number {
    if (this.state !== NEW) return this.state;
    const { states } = this;
    const at = this.used;
    const end = this.describe(taken, at);
    let number = 0;
    while (number < states.length && !isSame(states[number]!, at, end - at)) number++;
    if (number === states.length) {
      states.push({ at, length: end - at, taken, next: [] });
      this.used = end;
    }
    this.state = number;
    return number;
  }

  /** Makes memory what it is to be. */
  private arrive(): void {
    if (this.isThere) return;
    const { at, taken } = this.states[this.state]!;
    this.restore(taken, at);
    this.isThere = true;
  }

  private run({ codes, sizes: which, weights, most, left }: Step): void {
    if (weights.length > 0) this.weigh(weights);
    if (places.length < most) places = grown(places, most);
    follow(buffers, codes, which, sizes, places);
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

/** Numbers of looks are below this. */
const LOOKS = 2 ** 20;

function isSame({ at, length }: State, other: number, otherLength: number): boolean {
  if (length !== otherLength) return false;
  for (let index = 0; index < length; index++) if (memory[at + index] !== memory[other + index]) return false;
  return true;
}

function grown(numbers: Float64Array<ArrayBuffer>, least: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * least);
  larger.set(numbers);
  return larger;
}
