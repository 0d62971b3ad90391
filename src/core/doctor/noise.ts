import type { Samples } from '../figure';
import type { Finding } from '../finding';
import type { Profile } from '../profile/schema';
import { describePointer } from '../report/figure-specs';

/** As the bandwidth probe has it: passes further apart than this were disturbed. */
const MOST_SPREAD = 0.15;
/** The probes judge these themselves, with what they know of each run. */
const JUDGED = /^\/hardware\/disks\//;
const BANDWIDTH = '/hardware/memory/cpu_mem_bw_gbps';

/** Figures whose repeated measurements lie far apart. */
export function diagnoseNoise({ provenance }: Profile): readonly Finding[] {
  return Object.entries(provenance).flatMap(([pointer, { samples }]) =>
    samples === null || JUDGED.test(pointer) ? [] : judge(pointer, samples),
  );
}

function judge(pointer: string, { n, min, median, max }: Samples): readonly Finding[] {
  const spread = (max - min) / median;
  if (n < 2 || !(spread > MOST_SPREAD)) return [];
  return [
    {
      severity: 'warning',
      code: pointer === BANDWIDTH ? 'bandwidth-noisy' : 'measurement-noisy',
      path: pointer,
      message: `${describePointer(pointer)} varied by ${Math.round(spread * 100)} % over ${n} passes.`,
      remedy: 'Measure again on mains power, with nothing else running.',
    },
  ];
}
