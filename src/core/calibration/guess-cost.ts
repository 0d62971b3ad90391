import { spreadOf } from '../figure';
import { costPrior } from './cost-priors';
import type { Fit } from './fit-costs';
import type { LearntRange } from './schema';

/** Families of types differ by half of what is expected between them (`cost-priors.ts`), also where one of them was measured. */
const OTHER_FAMILY = 1.5;

/**
 * A read of weights of a family that no receipt holds: its prior, moved as the families that were measured on that device moved
 * theirs. Null for anything else, and where none was measured there.
 */
export function guessCost({ costs, learnt, rates }: Fit, name: string): LearntRange | null {
  const [verb, device, kind] = name.split(' ');
  const prior = verb === 'read' && kind === 'weights' ? costPrior(name, rates) : null;
  if (prior === null) return null;
  const moved = [...learnt]
    .filter((each) => each.startsWith(`read ${device} weights `))
    .map((each) => costs.get(each)! / costPrior(each, rates)!.expected);
  const spread = spreadOf(moved);
  if (spread === null) return null;
  const expected = prior.expected * spread.median;
  return { slow: expected * OTHER_FAMILY, expected, fast: Math.max(prior.least, expected / OTHER_FAMILY) };
}
