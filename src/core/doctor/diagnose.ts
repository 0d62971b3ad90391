import { severities, type Finding } from '../finding';
import type { Profile } from '../profile/schema';
import { diagnoseAge, type Circumstances } from './age';
import { diagnoseDisks } from './disks';
import { diagnoseGpus } from './gpus';
import { diagnoseMemory } from './memory';
import { diagnoseProcessor } from './processor';
import { diagnoseNoise } from './noise';

/** A general finding that a rule's own says better. */
const REPLACES: ReadonlyMap<string, string> = new Map([['driver-mismatch', 'gpus-unknown']]);

/**
 * What costs speed or safety on the machine of this profile, the gravest first: what the probes found, and what the rules
 * read from its figures. Each says its evidence and what to do; a figure that is unknown speaks for nothing.
 */
export function diagnose(profile: Profile, circumstances: Circumstances): readonly Finding[] {
  const ruled = [
    ...diagnoseAge(profile, circumstances),
    ...diagnoseGpus(profile),
    ...diagnoseMemory(profile, circumstances.memoryModules),
    ...diagnoseProcessor(profile),
    ...diagnoseDisks(profile),
    ...diagnoseNoise(profile),
  ];
  const replaced = new Set(ruled.map(({ code }) => REPLACES.get(code)));
  const probed = profile.findings.filter(({ code }) => !replaced.has(code));
  return withoutRepeats([...probed, ...ruled]).sort(byGravity);
}

function byGravity(left: Finding, right: Finding): number {
  return severities.indexOf(right.severity) - severities.indexOf(left.severity);
}

/** The first of each code and place: the probe that saw it knows more than a rule. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ code, path }) => {
    const key = `${code} ${path}`;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}
