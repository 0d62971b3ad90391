import { Sheet } from './sheet';
import {
  type Backend,
  blankLeaf,
  elements,
  F32,
  Graph,
  type Node,
  operation,
  type Shape,
  view,
} from './tensor-graph';

/** Pencil and paper for one graph: ggml's operations as llama.cpp's helpers use them, on what the sheet has. */
export class Sketch extends Sheet {
  readonly graph = new Graph();

  /** Bytes that a look at `width` numbers of each of a matrix's rows spans, as a copy of it takes them. */
  bytesOfPart(whole: Node, width: number): number {
    return whole.bytes - (whole.shape[0] - width) * F32;
  }

  /** A tensor that nobody fills before the run. */
  blank(shape: Shape, elementBytes: number): Node {
    return blankLeaf(shape, elementBytes);
  }

  expand(node: Node): Node {
    return this.graph.expand(node);
  }

  /** `ggml_mul_mat(weight, input)`. */
  multiply(weight: Node, input: Node): Node {
    const shape: Shape = [weight.shape[1], input.shape[1], input.shape[2], input.shape[3]];
    return operation(shape, [weight, input], { rows: input.shape[1] });
  }

  /** `ggml_mul_mat_id`: each token's chosen experts. */
  multiplyExperts(weight: Node, input: Node, chosen: Node): Node {
    const shape: Shape = [weight.shape[1], chosen.shape[0], input.shape[2], 1];
    return operation(shape, [weight, input, chosen], { rows: input.shape[2] });
  }

  /** An operation element by element, in the first operand's memory where nobody else needs it. */
  elementwise(first: Node, ...others: readonly Node[]): Node {
    return operation(first.shape, [first, ...others], { inPlace: true });
  }

  /** A result of the same shape that never takes over memory: NORM, L2_NORM, CONT, GLU and the like. */
  fresh(shape: Shape, ...sources: Node[]): Node {
    return operation(shape, sources);
  }

  rope(input: Node, factors: Node | null = null): Node {
    const sources = factors === null ? [input, this.positions()] : [input, this.positions(), factors];
    return operation(input.shape, sources, { inPlace: true, rows: input.shape[2], followsWeights: false });
  }

  /** Rotation by other positions than the tokens'. */
  ropeAt(input: Node, positions: Node): Node {
    return operation(input.shape, [input, positions], {
      inPlace: true,
      rows: input.shape[2],
      followsWeights: false,
    });
  }

  /** The rotation taken back (`ggml_rope_ext_back`). */
  ropeBack(input: Node): Node {
    return operation(input.shape, [input, this.positions()], { inPlace: true, rows: input.shape[2] });
  }

  /** `build_gdn_l2_norm`: RMSNorm and a scale. */
  unitNorm(input: Node): Node {
    return this.elementwise(this.elementwise(input));
  }

  rows(table: Node, indexes: Node): Node {
    return operation([table.shape[0], elements(indexes.shape), 1, 1], [table, indexes], { rows: 0 });
  }

  reshape(input: Node, shape: Shape): Node {
    return view(input, shape);
  }

  /** RMSNorm in place, or LayerNorm, which is not; scaled and shifted where the file has the tensors. */
  norm(
    input: Node,
    weight: Node | null,
    bias: Node | null,
    kind: 'rms' | 'layer',
    pin: Backend | null,
  ): Node {
    let result = kind === 'rms' ? this.elementwise(input) : this.fresh(input.shape, input);
    if (weight === null && bias === null) return result;
    // With every layer on devices, llama.cpp pins norms to their layer's device (`graph_get_cb`).
    if (pin !== null) result.pin = pin;
    if (weight !== null) result = this.elementwise(result, weight);
    if (bias !== null) result = this.elementwise(result, bias);
    return result;
  }
}
