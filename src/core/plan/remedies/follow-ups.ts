import type { Reason } from '../schema';
import type { Change } from './change';
import { hostMemoryBy } from './machine-kinds';
import { floors } from './request-kinds';
import type { Situation } from './situation';
import type { Miss } from './trials';

/** The floor that a change reaches which fits and is too slow; null where it lacks anything else. */
export function reachedFloor({ change, outcome }: Miss): Change | null {
  const reason = onlyReason(outcome.reasons);
  if (reason?.code !== 'below-floor' || 'floor_tok_s' in change.request) return null;
  return floors(outcome)[0] ?? null;
}

/** Host memory by the very bytes that a change still lacks; null where it lacks anything else. */
export function missingHostMemory(situation: Situation, { outcome }: Miss): Change | null {
  const reason = onlyReason(outcome.reasons);
  return reason?.code === 'over-budget' && reason.device === 'host' && reason.bytes !== null
    ? hostMemoryBy(situation, reason.bytes)
    : null;
}

function onlyReason(reasons: readonly Reason[]): Reason | null {
  const against = reasons.filter(({ code }) => !comments.has(code));
  return against.length === 1 ? against[0]! : null;
}

/** Reasons that keep no plan from shipping. */
const comments: ReadonlySet<Reason['code']> = new Set(['fits', 'at-the-edge', 'context-beyond-trained']);
