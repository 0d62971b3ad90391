import type { LayerMemory, Tensor } from '../../../model/schema';
import type { Sketch } from './sketch';
import type { Backend, Node } from './tensor-graph';

/** One block while it is drawn: its tensors by name, and which of them the drawing has used. */
export class Block {
  private readonly tensors = new Map<string, Tensor>();
  private readonly used = new Set<string>();

  constructor(
    readonly sketch: Sketch,
    readonly layer: number,
    readonly last: boolean,
    readonly memory: LayerMemory,
    tensors: readonly Tensor[],
    /** Backend that norms are pinned to; null where llama.cpp leaves them to the scheduler. */
    readonly pin: Backend | null,
    /** Tensors that the graph leaves out. */
    unused: RegExp | null,
  ) {
    for (const tensor of tensors) {
      const name = nameInBlock(tensor.name, sketch.model.architecture === 't5encoder' ? 'enc' : 'dec');
      if (neverUsed.test(name)) continue;
      if (unused === null || !unused.test(name)) this.tensors.set(name, tensor);
    }
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  tensor(name: string): Tensor | null {
    return this.tensors.get(name) ?? null;
  }

  /** The weight of this name as a node; null where the block has none. */
  find(name: string): Node | null {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) return null;
    this.used.add(name);
    return this.sketch.weight(tensor);
  }

  weight(name: string): Node {
    const found = this.find(name);
    if (found === null) throw new UnknownGraph(`blk.${this.layer} has no ${name}`);
    return found;
  }

  /** Marks a tensor that this graph does not compute with. */
  skip(name: string): void {
    this.used.add(name);
  }

  /** Marks all tensors of these names. */
  skipAll(pattern: RegExp): void {
    for (const name of this.tensors.keys()) if (pattern.test(name)) this.used.add(name);
  }

  /** Tensors that the drawing has not touched: a block that is not understood. */
  unused(): readonly Tensor[] {
    return [...this.tensors.entries()]
      .filter(([name]) => !this.used.has(name) && !this.scalesAWeight(name))
      .map(([, tensor]) => tensor);
  }

  /** Scales of NVFP4 weights multiply in place where a graph reads them at all, and cost nothing. */
  private scalesAWeight(name: string): boolean {
    const [, weight] = /^(.*)\.scale$/u.exec(name) ?? [];
    return weight !== undefined && !this.left(`${weight}.weight`);
  }

  /** Whether the block has a tensor of this name that the drawing has not touched. */
  private left(name: string): boolean {
    return this.tensors.has(name) && !this.used.has(name);
  }

  /** The norm of this name; the input itself where the block has none. */
  norm(input: Node, name: string, kind: 'rms' | 'layer'): Node {
    const weight = this.find(`${name}.weight`);
    const bias = this.find(`${name}.bias`);
    return weight === null && bias === null ? input : this.sketch.norm(input, weight, bias, kind, this.pin);
  }

  /** Weight times input, with its scale and its bias where there are any. */
  project(name: string, input: Node): Node {
    return this.biased(name, this.scaled(name, this.sketch.multiply(this.weight(`${name}.weight`), input)));
  }

  biased(name: string, input: Node): Node {
    const bias = this.find(`${name}.bias`);
    return bias === null ? input : this.sketch.elementwise(input, bias);
  }

  private scaled(name: string, input: Node): Node {
    const scale = this.find(`${name}.scale`);
    return scale === null ? input : this.sketch.elementwise(input, scale);
  }
}

/** A block or a model whose graph this version cannot draw. */
export class UnknownGraph extends Error {
  override readonly name = 'UnknownGraph';
}

/** Falcon-H1 and PLaMo files leave the suffix of some norms out. */
const unsuffixed = /^(ffn_norm|post_attention_norm|post_ffw_norm|ssm_(dt|b|c)_norm)$/u;

function nameInBlock(name: string, half: 'enc' | 'dec'): string {
  const short = name.replace(half === 'enc' ? /^enc\.blk\.\d+\./u : /^(dec\.)?blk\.\d+\./u, '');
  return unsuffixed.test(short) ? `${short}.weight` : short;
}

/** What no graph computes with: scales of activations that NVFP4 files carry (`build_lora_mm` takes the weights' only), and T5's encoder, whose buffers are not reserved. */
const neverUsed = /\.input_scale$|^enc\./u;
