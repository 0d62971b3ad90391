import type { CostPrior } from './cost-priors';
import type { Equation } from './fit-costs';

/** Far more than the few that it takes. */
const MOST_SWEEPS = 500;
const SETTLED = 1e-7;

/**
 * Units of each prior's expected cost that bring the equations nearest to their targets, each drawn to 1 as firmly as its prior
 * is narrow, and none below its least: coordinate descent on the normal equations.
 */
export function solveCosts(
  equations: readonly Equation[],
  priors: readonly CostPrior[],
  start: readonly number[],
): readonly number[] {
  const { gram, aim } = normalEquations(equations, priors);
  const units = [...start];
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let moved = 0;
    for (let column = 0; column < units.length; column++) {
      const row = gram[column]!;
      let others = 0;
      for (let each = 0; each < units.length; each++)
        if (each !== column) others += row[each]! * units[each]!;
      const floor = priors[column]!.least / priors[column]!.expected;
      const next = Math.max(floor, (aim[column]! - others) / row[column]!);
      moved = Math.max(moved, Math.abs(next - units[column]!));
      units[column] = next;
    }
    if (moved < SETTLED) break;
  }
  return units;
}

function normalEquations(
  equations: readonly Equation[],
  priors: readonly CostPrior[],
): { readonly gram: readonly (readonly number[])[]; readonly aim: readonly number[] } {
  const gram = priors.map(({ spread }, row) =>
    priors.map((_, column) => (row === column ? spread ** -2 : 0)),
  );
  const aim = priors.map(({ spread }) => spread ** -2);
  for (const { shares, target, weight } of equations) {
    if (weight === 0) continue;
    for (let column = 0; column < shares.length; column++) {
      const value = shares[column]!;
      if (value === 0) continue;
      const row = gram[column]!;
      aim[column]! += weight * value * target;
      for (let other = 0; other < shares.length; other++) row[other]! += weight * value * shares[other]!;
    }
  }
  return { gram, aim };
}
