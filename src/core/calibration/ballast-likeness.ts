import { spreadOf } from '../figure';
import type { Observation } from './schema';

/** Medians of two sets of starts on a quiet machine lie this close together. */
const CLOSE = 0.05;
/** Of each kind: one start says nothing of the spread between starts. */
const ENOUGH = 2;

/**
 * Whether random weights were shown to decode as fast as real ones here: some model was measured with both at least twice
 * under the same conditions, and over all such models the medians agree within 5 %. Until then they are kept apart.
 */
export function ballastIsLikeReal(observations: readonly Observation[]): boolean {
  const decode = observations.filter(({ phase }) => phase === 'decode');
  const kinds = new Set(decode.map(({ likeness }) => likeness.weights));
  if (kinds.size < 2) return false;
  const groups = new Map<string, Observation[]>();
  for (const each of decode) {
    const { weights: _, ...same } = each.likeness;
    const key = JSON.stringify([same, each.depth]);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  const ratios = [...groups.values()].flatMap((group) => {
    const [ballast, real] = (['ballast', 'real'] as const).map((kind) =>
      group.filter(({ likeness }) => likeness.weights === kind).map(({ seconds }) => seconds),
    );
    if (ballast!.length < ENOUGH || real!.length < ENOUGH) return [];
    return [Math.log(spreadOf(ballast!)!.median / spreadOf(real!)!.median)];
  });
  const typical = spreadOf(ratios)?.median ?? Infinity;
  return Math.abs(typical) <= CLOSE;
}
