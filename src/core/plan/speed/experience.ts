import type { Learnt } from '../../calibration/schema';

/** What receipts of like conditions taught; null where there are none. */
export interface Experience {
  readonly decode: Learnt | null;
  readonly prefill: Learnt | null;
}

export const noExperience: Experience = { decode: null, prefill: null };
