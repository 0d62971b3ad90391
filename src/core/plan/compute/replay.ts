import type { Bytes } from '../../units';
import { FreeList, padded } from './free-list';
import type { Repeat } from './periods';
import type { Step, Template } from './template';

/** What a replay needs to know of the weights whose copies it makes room for. */
export interface BlockWeights {
  /** Bytes of one of a block's tensors. */
  readonly bytesOf: (layer: number, ordinal: number) => Bytes;
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
  repeats: readonly Repeat[],
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
let sizes = new Float64Array(1024);
let places = new Float64Array(1024);
/** What steps found and left, one behind the other. */
let memory = new Float64Array(16_384);

function prepare(template: Template, monomials: Float64Array, backends: number): void {
  const { constants, bases, factors, monomials: which } = template.forms;
  while (buffers.length < backends) buffers.push(new FreeList());
  for (let backend = 0; backend < backends; backend++) buffers[backend]!.reset();
  if (sizes.length < constants.length) sizes = new Float64Array(2 * constants.length);
  for (let form = 0; form < constants.length; form++) {
    sizes[form] = padded(
      constants[form]! * monomials[bases[form]!]! + factors[form]! * monomials[which[form]!]!,
    );
  }
}

/** What a step found and left, by where `memory` has it; the bytes of its weights by their look. */
interface Seen {
  readonly like: number;
  readonly found: number;
  readonly left: number;
}

class Walk {
  private layer = -1;
  private used = 0;
  private readonly seen: (Seen[] | undefined)[] = [];

  constructor(
    private readonly template: Template,
    private readonly backends: number,
    private readonly weights: BlockWeights,
  ) {}

  /** One block after another; until they leave memory as they found it, where their weights do not vary. */
  repeat(once: Uint16Array, times: number, varies: boolean): void {
    const { begins } = this.template.steps[once[0]!]!;
    for (let time = 0; time < times; time++) {
      const found = this.used;
      if (!varies) this.used = this.describe(begins, found);
      const described = this.used;
      for (const step of once) this.take(step);
      if (varies) continue;
      const now = this.describe(begins, this.used);
      if (isSame(found, this.used, described - found, now)) {
        this.layer += (times - time - 1) * once.length;
        return;
      }
    }
  }

  take(number: number): void {
    const step = this.template.steps[number]!;
    if (!step.repeated) {
      this.run(step);
      this.layer++;
      return;
    }
    const like = this.likenessOf(step);
    const found = this.used;
    const left = this.describe(step.begins, found);
    const known = (this.seen[number] ??= []);
    for (const seen of known) {
      if (seen.like !== like || !isSame(seen.found, found, seen.left - seen.found, left)) continue;
      this.restore(step.left.length, seen.left);
      this.layer++;
      return;
    }
    this.run(step);
    this.used = this.describe(step.left.length, left);
    known.push({ like, found, left });
    this.layer++;
  }

  private run({ slots, gives, backends, sizes: which, weights, most, left }: Step): void {
    if (weights.length > 0) this.weigh(weights);
    if (places.length < most) places = grown(places, most);
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index]!;
      const buffer = buffers[backends[index]!]!;
      if (gives[index] === 0) places[slot] = buffer.take(sizes[which[index]!]!);
      else buffer.give(places[slot]!, sizes[which[index]!]!);
    }
    for (let place = 0; place < left.length; place++) places[place] = places[left[place]!]!;
  }

  private weigh(weights: Step['weights']): void {
    const count = this.template.forms.constants.length;
    if (sizes.length < count + weights.length) sizes = grown(sizes, count + weights.length);
    const layer = this.layer;
    for (let index = 0; index < weights.length; index++) {
      const { before, ordinal, outside } = weights[index]!;
      const { bytesOf, bytesOutside } = this.weights;
      sizes[count + index] = padded(
        outside === null ? bytesOf(layer - before, ordinal) : bytesOutside(outside),
      );
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

function isSame(one: number, other: number, length: number, end: number): boolean {
  if (end - other !== length) return false;
  for (let index = 0; index < length; index++)
    if (memory[one + index] !== memory[other + index]) return false;
  return true;
}

function grown(numbers: Float64Array<ArrayBuffer>, least: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * least);
  larger.set(numbers);
  return larger;
}
