import { GIB } from '../units';
import { formatBytes } from './format';

/** What measuring a folder's disk would do, as `profile.prepare` answers it. */
export interface DiskPlan {
  readonly directory: string;
  readonly free_bytes: number | null;
  readonly file_bytes: number | null;
  readonly refused: { readonly message: string } | null;
}

/** Largest file that a probe writes where nobody says otherwise. */
export const largestFileGib = 4;

/** One sentence before anything is written: which file, how large, that it goes again; or why not. */
export function diskPlanText(plan: DiskPlan, mostGib: number): string {
  if (plan.refused !== null) return `The disk of ${plan.directory} is not measured: ${plan.refused.message}`;
  const size = plan.file_bytes === null ? null : Math.min(plan.file_bytes, mostGib * GIB);
  const file = size === null ? 'a file' : `a file of ${formatBytes(size)}`;
  const free = plan.free_bytes === null ? '' : ` (${formatBytes(plan.free_bytes)} are free)`;
  return `To measure the disk, ${file} is written in ${plan.directory}${free}, read, and removed again.`;
}
