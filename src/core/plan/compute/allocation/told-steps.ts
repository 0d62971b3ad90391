import type { FlatGraph } from '../flat/flat-graph';
import { SlotSizes } from './slot-sizes';
import { StepBook } from './step-book';

/** Steps of all lines of a chain, with the forms of their sizes. */
export class ToldSteps {
  readonly sizes: SlotSizes;
  readonly book = new StepBook();
  private known: Float64Array = new Float64Array(0);

  constructor(graph: FlatGraph) {
    this.sizes = new SlotSizes(graph);
  }

  /** Forms of the sizes that steps have so far (`SlotSizes.forms`). */
  get forms(): Float64Array {
    if (this.known.length !== FORM * this.sizes.count) this.known = this.sizes.forms();
    return this.known;
  }
}

/** Numbers of a form. */
const FORM = 4;
