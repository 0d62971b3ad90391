import type { Finding } from '../finding';
import type { Profile } from '../profile/schema';
import { cpuShareFindings } from '../reading/cpu-limits';

/** Fewer processors to be had than there are. */
export function diagnoseProcessor({ hardware, provenance }: Profile): readonly Finding[] {
  const conditions = provenance['/hardware/cpu/logical_cores']?.conditions ?? {};
  const share = { allowed: numberOf(conditions['allowed']), quota: numberOf(conditions['quota']) };
  return cpuShareFindings(share, hardware.cpu.logical_cores);
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
