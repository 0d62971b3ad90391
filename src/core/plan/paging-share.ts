import type { Candidate } from './placement';
import type { PlanRequest } from './schema';
import type { Paging } from './speed/paging';

/** Host bytes that the user lets lie on the disk: mapped weights that are not repacked. */
export function pagedBytes(request: PlanRequest, candidate: Candidate): number {
  return request.allow_paging && candidate.extras.repacked === 0 ? (candidate.parts.host.model ?? 0) : 0;
}

/** The share of the host's weights that does not fit beside what must be in memory; null where all fits. */
export function pagingOf(request: PlanRequest, candidate: Candidate): Paging | null {
  const paged = pagedBytes(request, candidate);
  const host = candidate.rows.at(-1)!;
  if (paged === 0 || host.total_bytes === null || host.budget_bytes === null) return null;
  const over = host.total_bytes - host.budget_bytes;
  return over <= 0 ? null : { share: Math.min(1, over / paged) };
}
