import type { Bytes } from '../../units';
import type { Plan } from '../schema';
import type { Miss } from './trials';

/** That nothing which was planned ships, with the change that comes nearest and what still stands against it. */
export function noRemedySentence(misses: readonly Miss[], refused: Plan): string {
  const nearest = [...misses].sort(byDistance)[0];
  if (isImpossible(refused))
    return 'What is asked for cannot hold together, or not on this machine: correct what is named above.';
  if (nearest === undefined)
    return 'No change was worth planning: none that is open here brings weights and cache into all memory together.';
  const { change, outcome } = nearest;
  const still = outcome.reasons.filter(({ code }) => against.has(code)).map(({ message }) => message);
  const planned = misses.length === 1 ? 'The one change' : `None of the ${misses.length} changes`;
  const ships = misses.length === 1 ? 'does not ship' : 'ships';
  return [
    `${planned} that could be planned ${ships}. Nearest comes this: ${change.message} Even then:`,
    ...still,
  ].join(' ');
}

/** Reasons that keep a plan from shipping; the others only comment. */
const against: ReadonlySet<string> = new Set([
  'over-budget',
  'below-floor',
  'missing-measurement',
  'unknown-architecture',
  'unknown-memory',
  'unsupported-combination',
]);

/** Least memory short first; of those that fit the fastest, of two alike the cheaper. */
function byDistance(left: Miss, right: Miss): number {
  return (
    shortOf(left) - shortOf(right) || speedOf(right) - speedOf(left) || left.change.cost - right.change.cost
  );
}

/** Bytes over all budgets; combinations that cannot start are the furthest. */
function shortOf({ outcome }: Miss): Bytes {
  if (isImpossible(outcome)) return Infinity;
  return outcome.reasons.reduce(
    (sum, { code, bytes }) => sum + (code === 'over-budget' ? (bytes ?? 0) : 0),
    0,
  );
}

function isImpossible({ reasons }: Pick<Plan, 'reasons'>): boolean {
  return reasons.some(({ code }) => code === 'unsupported-combination');
}

function speedOf({ outcome }: Miss): number {
  return outcome.decode.high_tok_s ?? 0;
}
