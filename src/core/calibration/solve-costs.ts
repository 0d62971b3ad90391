import type { CostPrior } from './cost-priors';

/** Rows one after the other, each a sum of shares of costs. */
export interface Equations {
  readonly shares: Float64Array;
  /** Measured over expected. */
  readonly targets: Float64Array;
  readonly weights: Float64Array;
}

/** Far more than the few that it takes. */
const MOST_SWEEPS = 500;
const SETTLED = 1e-7;

/**
 * Units of each prior's expected cost that bring the equations nearest to their targets, each drawn to 1 as firmly as its prior
 * is narrow, and none below its least: coordinate descent on the normal equations.
 */
export function solveCosts(
  equations: Equations,
  priors: readonly CostPrior[],
  start: readonly number[],
): readonly number[] {
  const { gram, aim } = normalEquations(equations, priors);
  const count = priors.length;
  const floors = priors.map(({ least, expected }) => least / expected);
  const units = [...start];
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let moved = 0;
    for (let column = 0; column < count; column++) {
      let others = 0;
      for (let each = 0; each < count; each++)
        if (each !== column) others += gram[column * count + each]! * units[each]!;
      const next = Math.max(floors[column]!, (aim[column]! - others) / gram[column * count + column]!);
      moved = Math.max(moved, Math.abs(next - units[column]!));
      units[column] = next;
    }
    if (moved < SETTLED) break;
  }
  return units;
}

/** The matrix, row after row, and what it is to give. */
interface Normal {
  readonly gram: Float64Array;
  readonly aim: Float64Array;
}

function normalEquations({ shares, targets, weights }: Equations, priors: readonly CostPrior[]): Normal {
  const count = priors.length;
  const gram = new Float64Array(count * count);
  const aim = Float64Array.from(priors, ({ spread }) => spread ** -2);
  for (let column = 0; column < count; column++) gram[column * count + column] = aim[column]!;
  for (let row = 0; row < weights.length; row++) {
    const weight = weights[row]!;
    if (weight === 0) continue;
    for (let column = 0; column < count; column++) {
      const value = weight * shares[row * count + column]!;
      if (value === 0) continue;
      aim[column]! += value * targets[row]!;
      for (let other = 0; other < count; other++)
        gram[column * count + other]! += value * shares[row * count + other]!;
    }
  }
  return { gram, aim };
}
