import { isMatrix } from '../flat/families';
import { type DrawnWeight, FIRST_WEIGHT, type FlatGraph } from '../flat/flat-graph';
import { TooLarge } from './draft';
import { type Unit, unitsOf } from './free-list';
import { WEIGHTS } from './step-code';

/** Forms that slots have, each once. */
export class SlotSizes {
  private readonly numbers: Int32Array;
  private readonly used: number[] = [];

  constructor(readonly graph: FlatGraph) {
    this.numbers = new Int32Array(graph.forms.constants.length).fill(-1);
  }

  /** The number of a tensor's form; -1 for a weight whose bytes are the model's. Throws TooLarge. */
  numberOf(tensor: number): number {
    const { bytes, homes, weights } = this.graph;
    const home = homes[tensor]!;
    if (home >= FIRST_WEIGHT && isOfModel(weights[home - FIRST_WEIGHT]!)) return -1;
    const form = bytes[tensor]!;
    if (this.numbers[form]! < 0) {
      if (this.used.length === WEIGHTS) throw new TooLarge();
      this.numbers[form] = this.used.push(form) - 1;
    }
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

/** The values of such forms in units, and the largest of them. */
export function valuesInUnits(
  forms: Float64Array,
  monomials: Float64Array,
  unit: Unit,
  to: Int32Array,
): number {
  let largest = 0;
  for (let form = 0; 4 * form < forms.length; form++) {
    const constant = forms[4 * form]! * monomials[forms[4 * form + 1]!]!;
    const units = unitsOf(constant + forms[4 * form + 2]! * monomials[forms[4 * form + 3]!]!, unit);
    to[form] = units;
    if (units > largest) largest = units;
  }
  return largest;
}

/** Weights of blocks, and matrices of none, which differ from one quantisation to the next. */
function isOfModel({ position, ordinal, tensor }: DrawnWeight): boolean {
  return ordinal >= 0 || (position === null && isMatrix(tensor));
}
