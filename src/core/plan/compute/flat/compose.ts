import { CODES_A_BLOCK, type DrawnWeight, FIRST_WEIGHT, type FlatGraph, twinsOf } from './flat-graph';
import {
  type Fragment,
  NONE,
  OF_BEFORE,
  OF_PROLOGUE,
  PROLOGUE,
  SHARED,
  type SharedTensors,
} from './fragment';
import type { Forms } from './size-forms';

/** A graph put together, and which of its tensors came from where. */
export interface Composed {
  readonly graph: FlatGraph;
  /** The numbers of what each fragment brought: from the first to one before the last. */
  readonly ranges: readonly { readonly from: number; readonly to: number }[];
  /** By tensor, whether any block may read it: it is shared, or was made before all blocks. */
  readonly common: Uint8Array;
}

/** The flat graph of fragments behind each other, the first of them what comes before all blocks. */
export function compose(fragments: readonly Fragment[], shared: SharedTensors, forms: Forms): Composed {
  const composer = new Composer(fragments, shared);
  for (const fragment of fragments) composer.add(fragment);
  return composer.finish(forms);
}

class Composer {
  private readonly flags: Uint8Array;
  private readonly bytes: Uint16Array;
  private readonly rows: Uint16Array;
  private readonly roots: Int32Array;
  private readonly starts: Int32Array;
  private readonly sources: Int32Array;
  private readonly heirs: Uint8Array;
  private readonly homes: Int32Array;
  private readonly pins: Int32Array;
  private readonly nodes: number[] = [];
  private readonly leaves: number[] = [];
  private readonly blocks: { nodes: number; leaves: number }[] = [];
  private readonly weights: DrawnWeight[] = [];
  private readonly flashed: { tensor: number; layer: number }[] = [];
  private readonly ranges: { from: number; to: number }[] = [];
  private readonly common: Uint8Array;
  private count = 0;
  private reads = 0;
  private position = -1;
  /** Numbers of what is shared; -1 before anybody reads it, and whether it is in the graph. */
  private readonly sharedNumbers: Int32Array;
  private readonly isIn: Uint8Array;
  /** Numbers of results, by how many their block had made before. */
  private prologue = new Int32Array(64);
  private own = new Int32Array(256);
  private before = new Int32Array(256);
  /** What the last block was given. */
  private given = -1;

  constructor(
    fragments: readonly Fragment[],
    private readonly shared: SharedTensors,
  ) {
    let tensors = shared.all.length;
    let reads = shared.all.reduce((sum, { sources }) => sum + sources.length, 0);
    for (const { flags, sources } of fragments) {
      tensors += flags.length;
      reads += sources.length;
    }
    this.flags = new Uint8Array(tensors);
    this.bytes = new Uint16Array(tensors);
    this.rows = new Uint16Array(tensors);
    this.roots = new Int32Array(tensors);
    this.starts = new Int32Array(tensors + 1);
    this.sources = new Int32Array(reads);
    this.heirs = new Uint8Array(reads);
    this.homes = new Int32Array(tensors);
    this.pins = new Int32Array(tensors);
    this.common = new Uint8Array(tensors);
    this.sharedNumbers = new Int32Array(shared.all.length).fill(-1);
    this.isIn = new Uint8Array(shared.all.length);
  }

  add(fragment: Fragment): void {
    const { position } = this;
    if (position >= 0) this.blocks.push({ nodes: this.nodes.length, leaves: this.leaves.length });
    const outside = this.resolve(fragment);
    const base = this.copy(fragment, outside);
    this.ranges.push({ from: base, to: this.count });
    const numberOf = (reference: number): number =>
      reference < 0 ? outside[-1 - reference]! : base + reference;
    this.list(fragment, fragment.leaves, this.leaves, numberOf);
    this.list(fragment, fragment.nodes, this.nodes, numberOf);
    for (const tensor of fragment.flashed) this.flashed.push({ tensor: base + tensor, layer: -1 });
    this.given = fragment.given === NONE ? -1 : numberOf(fragment.given);
    [this.own, this.before] = [this.before, this.own];
    this.position++;
  }

  finish(forms: Forms): Composed {
    return {
      graph: this.graph(forms),
      ranges: this.ranges,
      common: this.common.subarray(0, this.count),
    };
  }

  private graph(forms: Forms): FlatGraph {
    const { count, reads, weights } = this;
    const homes = this.homes.subarray(0, count);
    return {
      flags: this.flags.subarray(0, count),
      bytes: this.bytes.subarray(0, count),
      rows: this.rows.subarray(0, count),
      roots: this.roots.subarray(0, count),
      starts: this.starts.subarray(0, count + 1),
      sources: this.sources.subarray(0, reads),
      heirs: this.heirs.subarray(0, reads),
      homes,
      pins: this.pins.subarray(0, count),
      forms,
      nodes: new Int32Array(this.nodes),
      leaves: new Int32Array(this.leaves),
      blocks: this.blocks,
      flashed: this.flashed,
      missing: 0,
      weights,
      twins: twinsOf(homes, weights),
    };
  }

  /** The numbers of what a fragment reads of others. */
  private resolve({ outside, outsideKinds }: Fragment): Int32Array {
    const numbers = new Int32Array(outside.length);
    for (let index = 0; index < outside.length; index++) {
      const which = outside[index]!;
      switch (outsideKinds[index]!) {
        case SHARED:
          numbers[index] = this.sharedNumber(which);
          break;
        case OF_PROLOGUE:
          numbers[index] = this.prologue[which]!;
          break;
        case OF_BEFORE:
          numbers[index] = this.before[which]!;
          break;
        default:
          numbers[index] = this.given;
          break;
      }
    }
    return numbers;
  }

  private sharedNumber(which: number): number {
    const known = this.sharedNumbers[which]!;
    if (known >= 0) return known;
    const { flags, bytes, rows, heirs, sources, root, weight } = this.shared.all[which]!;
    const read = sources.map((source) => this.sharedNumber(source));
    const number = this.count++;
    this.sharedNumbers[which] = number;
    this.common[number] = 1;
    this.flags[number] = flags;
    this.bytes[number] = bytes;
    this.rows[number] = rows;
    this.roots[number] = root < 0 ? -1 : this.sharedNumber(root);
    for (const [index, source] of read.entries()) {
      this.heirs[this.reads] = heirs[index]!;
      this.sources[this.reads++] = source;
    }
    this.starts[number + 1] = this.reads;
    this.homes[number] = weight === null ? -1 : FIRST_WEIGHT + this.weights.push(weight) - 1;
    this.pins[number] = -1;
    return number;
  }

  private copy(fragment: Fragment, outside: Int32Array): number {
    const { count: base, reads: baseReads } = this;
    const { flags, sources, roots, starts, makers, ordinals } = fragment;
    this.flags.set(flags, base);
    this.bytes.set(fragment.bytes, base);
    this.rows.set(fragment.rows, base);
    this.heirs.set(fragment.heirs, baseReads);
    for (let read = 0; read < sources.length; read++) {
      const source = sources[read]!;
      this.sources[baseReads + read] = source < 0 ? outside[-1 - source]! : base + source;
    }
    const weights = this.weights.length;
    for (const { weight, before } of fragment.weights) {
      const position = weight.position === null ? null : this.position - before;
      this.weights.push({ ...weight, position });
    }
    for (let tensor = 0; tensor < flags.length; tensor++) {
      const number = base + tensor;
      const root = roots[tensor]!;
      this.roots[number] = root === NONE ? -1 : root < 0 ? outside[-1 - root]! : base + root;
      this.starts[number + 1] = baseReads + starts[tensor + 1]!;
      this.homes[number] = this.absoluteCode(fragment.homes[tensor]!, weights);
      this.pins[number] = this.absoluteCode(fragment.pins[tensor]!, weights);
      const ordinal = ordinals[tensor]!;
      this.common[number] = this.position < 0 || makers[tensor] === PROLOGUE ? 1 : 0;
      if (makers[tensor] === PROLOGUE) this.prologue = noted(this.prologue, ordinal, number);
      else if (makers[tensor] === 0) this.own = noted(this.own, ordinal, number);
      else if (makers[tensor] === 1) this.before = noted(this.before, ordinal, number);
    }
    this.count += flags.length;
    this.reads += sources.length;
    return base;
  }

  private absoluteCode(code: number, weights: number): number {
    if (code <= 0) return code;
    if (code >= FIRST_WEIGHT) return code + weights;
    const before = Math.floor((code - 1) / CODES_A_BLOCK);
    return code + CODES_A_BLOCK * (this.position - 2 * before);
  }

  private list(
    { outside, outsideKinds }: Fragment,
    references: Int32Array,
    to: number[],
    numberOf: (reference: number) => number,
  ): void {
    for (const reference of references) {
      if (reference < 0) {
        const which = -1 - reference;
        if (outsideKinds[which] === SHARED && this.isIn[outside[which]!] === 1) continue;
        if (outsideKinds[which] === SHARED) this.isIn[outside[which]!] = 1;
      }
      to.push(numberOf(reference));
    }
  }
}

/** The numbers with one more, in as much room as that takes. */
function noted(numbers: Int32Array<ArrayBuffer>, at: number, number: number): Int32Array<ArrayBuffer> {
  let kept = numbers;
  if (at >= kept.length) {
    kept = new Int32Array(2 * at + 2);
    kept.set(numbers);
  }
  kept[at] = number;
  return kept;
}
