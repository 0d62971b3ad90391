import { isMatrix } from '../flat/families';
import { type DrawnWeight, FIRST_WEIGHT, type FlatGraph } from '../flat/flat-graph';
import { padded } from './free-list';

/** Sizes of weights are numbered from here on, those of forms below. */
export const WEIGHTS = 32_768;

/** Forms that slots have, each once. */
export class SlotSizes {
  private readonly numbers: Int32Array;
  private readonly used: number[] = [];

  constructor(readonly graph: FlatGraph) {
    this.numbers = new Int32Array(graph.forms.constants.length).fill(-1);
  }

  /** The number of a tensor's form; -1 for a weight whose bytes are the model's. */
  numberOf(tensor: number): number {
    const { bytes, homes, weights } = this.graph;
    const home = homes[tensor]!;
    if (home >= FIRST_WEIGHT && isOfModel(weights[home - FIRST_WEIGHT]!)) return -1;
    const form = bytes[tensor]!;
    if (this.numbers[form]! < 0) this.numbers[form] = this.used.push(form) - 1;
    return this.numbers[form]!;
  }

  get count(): number {
    return this.used.length;
  }

  /** Four numbers a form: its constant and what that is a multiple of, its factor and the monomial. */
  forms(): Float64Array {
    const { constants, bases, factors, monomials } = this.graph.forms;
    return Float64Array.from(
      this.used.flatMap((form) => [constants[form]!, bases[form]!, factors[form]!, monomials[form]!]),
    );
  }
}

/** The values of such forms, padded. */
export function paddedValues(forms: Float64Array, at: Float64Array, to: Float64Array): void {
  for (let form = 0; 4 * form < forms.length; form++) {
    const constant = forms[4 * form]! * at[forms[4 * form + 1]!]!;
    to[form] = padded(constant + forms[4 * form + 2]! * at[forms[4 * form + 3]!]!);
  }
}

/** Weights of blocks, and matrices of none, which differ from one quantisation to the next. */
function isOfModel({ position, ordinal, tensor }: DrawnWeight): boolean {
  return ordinal >= 0 || (position === null && isMatrix(tensor));
}
