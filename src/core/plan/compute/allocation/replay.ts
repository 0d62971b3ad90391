import type { Bytes } from '../../../units';
import { inUnits, tooMany, unitsOf } from './free-list';
import type { Template } from './template';
import { type BlockWeights, mostInUse, prepare, type Repeats, walk } from './walk';

/**
 * Bytes of each backend's compute buffer, as they would be found with all blocks drawn. `repeats` says how many repetitions each loop
 * stands for. Where a step finds memory as it was found before, and its weights are like those of then, it leaves what it left then.
 */
export function replay(
  template: Template,
  monomials: Float64Array,
  backends: number,
  repeats: Repeats,
  weights: BlockWeights,
): Bytes[] {
  return inUnits((unit) => {
    const largest = prepare(template, monomials, backends, unit);
    if (tooMany(largest) || tooMany(unitsOf(weights.largest, unit))) return null;
    walk.begin(template.book, backends, weights, unit);
    walk.all(template, repeats);
    return mostInUse(backends);
  });
}
